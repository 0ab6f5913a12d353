import { z } from 'zod';

/** A line of the journal before it is chained. `data` holds ids, names and numbers, never payloads or prompts. */
export const JournalLine = z.object({
  kind: z.string().regex(/^[a-z-]+\.[a-z-]+$/),
  subject: z.string().nullable(),
  cycle: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type JournalLine = z.infer<typeof JournalLine>;

/** A chained line: `hash = SHA-256(previous hash + canonical JSON of the rest)`. */
export const JournalEntry = JournalLine.extend({
  seq: z.number().int(),
  at: z.string(),
  hash: z.string(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;
