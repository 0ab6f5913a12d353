import { z } from 'zod';

/** An account id of Atlassian, e.g. `712020:1b2c...`; nothing else may stand in a query or a body as one. */
export const AccountId = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9:_-]+$/, 'not an account id');
