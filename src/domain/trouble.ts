import { z } from 'zod';
import { Urgency } from './plan.ts';

/**
 * Something that is wrong with the program itself, in words that hold kinds and ids only. `id` names it for as long as it
 * lasts, e.g. `polls-failing-jira`.
 */
export const Trouble = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,80}$/),
  level: Urgency,
  /** Another mark is told anew, e.g. the newest action of an unknown outcome. */
  mark: z.string().max(200),
  /** One sentence. */
  what: z.string().max(600),
  /** What tells a person more. */
  command: z.string().max(200),
  /** True for a state that ends by itself or is mended; false for things that have happened. */
  ends: z.boolean(),
});
export type Trouble = z.infer<typeof Trouble>;
