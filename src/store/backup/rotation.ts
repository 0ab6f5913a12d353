/** How many backups are kept: of the newest days, weeks and months that have one. */
export interface Keep {
  readonly days: number;
  readonly weeks: number;
  readonly months: number;
}

const DAY_MS = 86_400_000;
// 1970-01-01 was a Thursday; weeks begin with Monday.
const FIRST_MONDAY_MS = 4 * DAY_MS;

/**
 * Which of these backups are not kept, given when they were taken (epoch milliseconds). Of each of the newest days, weeks and
 * months the newest backup stays; the newest of all always does. Days are those of UTC.
 */
export function outdated(taken: readonly number[], keep: Keep): readonly number[] {
  const newest = taken.toSorted((left, right) => right - left);
  const kept = new Set([
    ...newest.slice(0, 1),
    ...firstOfEach(newest, keep.days, (at) => Math.floor(at / DAY_MS)),
    ...firstOfEach(newest, keep.weeks, (at) => Math.floor((at - FIRST_MONDAY_MS) / (7 * DAY_MS))),
    ...firstOfEach(newest, keep.months, monthOf),
  ]);
  return newest.filter((at) => !kept.has(at));
}

function monthOf(at: number): number {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function firstOfEach(
  newest: readonly number[],
  count: number,
  spanOf: (at: number) => number,
): readonly number[] {
  const first = new Map<number, number>();
  for (const at of newest) {
    const span = spanOf(at);
    if (!first.has(span)) first.set(span, at);
  }
  return [...first.values()].slice(0, count);
}
