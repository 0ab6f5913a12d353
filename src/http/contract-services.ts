import { z } from 'zod';

/** An operation of a system, as it is offered here. */
const Offered = z.object({
  name: z.string(),
  summary: z.string(),
  effect: z.enum(['read', 'write', 'destroy']),
  /** Whether it is run for the token that asks. */
  runs: z.boolean(),
  /** Why it is not run; null where it is. */
  why: z.string().nullable(),
  /** Where its input is sent to. */
  path: z.string(),
  /** What it takes, as JSON Schema. */
  input: z.record(z.string(), z.unknown()),
});

/** What can be asked of one system. */
export const ServiceOperations = z.object({
  connector: z.string(),
  operations: z.array(Offered),
});
