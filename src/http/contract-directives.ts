import { z } from 'zod';

const MOST_CHARACTERS = 200_000;

/** The directives in force. */
export const Directives = z.object({
  version: z.string(),
  text: z.string(),
  /** What is wrong with the file that was to come into force; null when it is in force. */
  problem: z.string().nullable(),
});

/** Every version that was in force, newest first. */
export const DirectiveHistory = z.object({
  items: z.array(
    z.object({
      version: z.string(),
      author: z.string(),
      note: z.string().nullable(),
      appliedAt: z.string(),
      /** True for the newest row. */
      inForce: z.boolean(),
    }),
  ),
});
export type DirectiveHistory = z.infer<typeof DirectiveHistory>;

const By = z.string().trim().min(1).max(100);

export const DirectiveChange = z.strictObject({
  text: z.string().min(1).max(MOST_CHARACTERS),
  note: z.string().trim().min(1).max(500).optional(),
  /** In whose name; the token is named beside it. */
  by: By.optional(),
});

export const DirectiveReturn = z.strictObject({
  version: z.string().regex(/^[0-9a-f]{12}$/, 'It is no version; the history lists them.'),
  by: By.optional(),
});

/** What became of a change that has no fault. */
export const DirectivesApplied = z.object({
  changed: z.boolean(),
  version: z.string(),
  before: z.string(),
});
export type DirectivesApplied = z.infer<typeof DirectivesApplied>;
