import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { instantOf } from '../../lib/instant.ts';

/** What is read in one round, in this order. */
const STAGES = ['issues', 'comments', 'review-comments', 'runs', 'releases'] as const;

/** Where a round of polling stands. All instants are epoch milliseconds of GitHub's clock. */
const Cursor = z.object({
  /** Nothing from before is wanted. */
  origin: z.int(),
  /** The newest fact of the rounds before. */
  newest: z.int(),
  /** When this round began: what is newer was perhaps not yet visible in the lists that were read first. */
  began: z.int(),
  /** The newest fact of this round. */
  seen: z.int(),
  stage: z.enum(STAGES),
  /** From when on the list of this stage is asked for, and which of its pages. */
  from: z.int(),
  page: z.int().positive(),
});
export type Cursor = z.infer<typeof Cursor>;

/** Reaches over a list that lags by minutes and a clock that is off by five. */
const OVERLAP_MS = 15 * 60_000;

/** The cursor as it was kept. Throws `internal` for one that was not made here. */
export function readCursor(text: string): Cursor {
  const parsed = Cursor.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new Failure('internal', 'The cursor of GitHub cannot be read.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether a cursor stands between two rounds. */
export function isAtRest(cursor: Cursor): boolean {
  return cursor.stage === 'issues' && cursor.page === 1 && cursor.began === 0;
}

/** The first cursor: nothing before `origin` is wanted. GitHub tells whole seconds. */
export function firstCursor(origin: number): Cursor {
  const whole = Math.floor(origin / 1000) * 1000;
  return atRest(whole, whole);
}

function atRest(origin: number, newest: number): Cursor {
  const from = floorOf({ origin, newest });
  return { origin, newest, began: 0, seen: newest, stage: 'issues', from, page: 1 };
}

/**
 * From when on a round looks. At rest it is the same each time, so that the same lists are asked for and answered with
 * "not modified".
 */
export function floorOf({ origin, newest }: Pick<Cursor, 'origin' | 'newest'>): number {
  return Math.max(origin, newest - OVERLAP_MS);
}

/** The cursor of the next stage, or of the next round. */
export function nextStage(cursor: Cursor): Cursor {
  const stage = STAGES[STAGES.indexOf(cursor.stage) + 1];
  if (stage === undefined) {
    return atRest(cursor.origin, Math.max(cursor.newest, Math.min(cursor.seen, cursor.began)));
  }
  return { ...cursor, stage, from: floorOf(cursor), page: 1 };
}

/** The newest of some instants as GitHub writes them, and of what was seen before. */
export function newestOf(seen: number, times: readonly unknown[]): number {
  return Math.max(seen, ...times.map((time) => instantOf(time) ?? 0));
}
