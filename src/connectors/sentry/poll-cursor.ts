import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';

const Instant = z.int().nonnegative();

/** How many issues are remembered. */
export const REMEMBERED = 500;

/** What is remembered of an issue: its mark (see poll-mark.ts) and when it last occurred. */
export const Remembered = z.tuple([z.string(), z.string(), Instant]);
export type Remembered = z.infer<typeof Remembered>;

/** Within a walk over several pages. */
const Walk = z.object({
  /** Where the next page begins; `null` when only details are left. */
  next: z.string().nullable(),
  pages: z.int().nonnegative(),
  began: Instant,
  /** The newest occurrence that was met. */
  top: Instant,
  /** Whether it goes on below what is new, to see changes of quiet issues. */
  isSweep: z.boolean(),
  /** The first walk of all: nothing is remembered. */
  isFirst: z.boolean(),
  /** Issues whose activity is still to be read. */
  pending: z.array(z.string()),
});
export type Walk = z.infer<typeof Walk>;

/** Where polling a project stands. Instants are epoch milliseconds by Sentry's clock. */
export const Cursor = z.object({
  /** Facts from here on are given. */
  floor: Instant,
  /** The newest occurrence of the last whole walk. */
  newest: Instant,
  /** When the last whole sweep began. */
  swept: Instant,
  /** Newest occurrence first. */
  issues: z.array(Remembered),
  walk: Walk.nullable(),
});
export type Cursor = z.infer<typeof Cursor>;

/** The cursor of the last page, `null` before the first. Throws `bad-answer` for what is not one of ours. */
export function readCursor(text: string | null): Cursor | null {
  if (text === null) return null;
  const parsed = Cursor.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new Failure('bad-answer', 'The cursor of the poll cannot be read.');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
