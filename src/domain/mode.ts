import { z } from 'zod';

/** How far the agent may go by itself. `simulation` changes nothing outside, `ask` waits for a person before every write. */
export const Mode = z.enum(['simulation', 'ask', 'production']);
export type Mode = z.infer<typeof Mode>;
