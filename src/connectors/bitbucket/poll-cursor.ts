import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';

const Instant = z.int().nonnegative();

/** Where polling a repository stands. Instants are epoch milliseconds by Bitbucket's clock. */
export const Cursor = z.object({
  /** Facts from here on are given. */
  floor: Instant,
  /** The newest change of a pull request that was read. */
  newest: Instant,
  /** Within a sweep of several pages: where the next one begins, as Bitbucket writes times. */
  at: z.string().nullable(),
  /** Number and last change of pull requests that were read so late that nothing can be missing. */
  settled: z.record(z.string(), z.string()),
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
