/** Half-open: the first number belongs to it, the second does not. */
export type Interval = readonly [from: number, to: number];

/** The same numbers as intervals in order that neither touch nor overlap; empty and reversed ones are left out. */
export function union(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(([from, to]) => to > from).sort((one, two) => one[0] - two[0]);
  const merged: Interval[] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last === undefined || from > last[1]) merged.push([from, to]);
    else merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
  }
  return merged;
}

/** What is left of `intervals` outside `holes`; both as `union` gives them. */
export function without(intervals: readonly Interval[], holes: readonly Interval[]): Interval[] {
  return holes.reduce<Interval[]>(
    (rest, hole) => rest.flatMap((one) => remains(one, hole)),
    [...intervals],
  );
}

function remains([from, to]: Interval, [start, end]: Interval): Interval[] {
  if (end <= from || start >= to) return [[from, to]];
  const parts: Interval[] = [
    [from, start],
    [end, to],
  ];
  return parts.filter((part) => part[1] > part[0]);
}

/** The parts of `intervals` inside `[from, to)`. */
export function clip(intervals: readonly Interval[], [from, to]: Interval): Interval[] {
  return intervals
    .map(([start, end]): Interval => [Math.max(start, from), Math.min(end, to)])
    .filter(([start, end]) => end > start);
}

/** The sum of the lengths. */
export function lengthOf(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, [from, to]) => sum + to - from, 0);
}
