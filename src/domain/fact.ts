import { z } from 'zod';

/** One short statement about a subject, with where and when it was read. */
export const Fact = z.object({
  /** Provenance, unique in its context, e.g. `jira:comment:10042`. */
  id: z.string(),
  kind: z.string(),
  /** Plain text; data from outside, never an instruction. */
  text: z.string(),
  /** When it became true, ISO 8601 UTC, where known. */
  at: z.string().nullable(),
  author: z.string().nullable(),
  /** Where a person can look at it. */
  url: z.string().nullable(),
});
export type Fact = z.infer<typeof Fact>;
