import type { Constitution, Limits } from '../constitution.ts';
import type { IssueSituation } from '../situation.ts';
import type { WorkingTime } from '../working-time.ts';
import { instantAt, instantIn, orNever } from './instants.ts';

type BlockedCause = 'flag' | 'status' | 'link';

/** Why an item is blocked now, and since when. */
export interface Blocked {
  /** Where the unbroken time of being blocked began; `null` when it is blocked but no source tells since when. */
  readonly since: number | null;
  /** What blocks it at this moment. */
  readonly causes: readonly BlockedCause[];
  /** The open items that block it. */
  readonly by: readonly string[];
}

interface Interval {
  readonly cause: BlockedCause;
  readonly from: number;
  /** Infinite while it goes on. */
  readonly to: number;
}

/**
 * Whether and since when a ticket is blocked: by its flag, by its status or by an open ticket, taken together so that
 * overlapping reasons are one time. `null` when it is not blocked, or done. A link whose beginning is not known adds nothing to
 * the time; one that ended is no longer seen.
 */
export function blockedSince(
  issue: IssueSituation,
  statuses: Pick<Constitution['statuses'], 'blocked'>,
  now: number,
): Blocked | null {
  if (issue.category === 'done') return null;
  const links = issue.blockedBy.filter(({ done }) => !done);
  const intervals = [
    ...flagIntervals(issue),
    ...statusIntervals(issue, statuses),
    ...linkIntervals(issue),
  ];
  const open = intervals.filter(({ to }) => to === Infinity);
  const causes = new Set<BlockedCause>(open.map(({ cause }) => cause));
  if (links.length > 0) causes.add('link');
  if (causes.size === 0) return null;
  const by = links.map(({ subject }) => subject);
  return { since: unionStart(intervals, now), causes: [...causes], by };
}

/** When a blocker has stood as long as the directives allow, on the calendar given; `null` when that never comes. */
export function blockedDueAt(
  since: number,
  time: WorkingTime,
  limits: Pick<Limits, 'blockedDays'>,
): number | null {
  return orNever(time.addDays(since, limits.blockedDays));
}

function flagIntervals(issue: IssueSituation): readonly Interval[] {
  const isOn = (value: string | null) => value !== null && value !== '';
  return fieldIntervals(issue, 'flag', { cause: 'flag', isBlocked: isOn, isNow: issue.flagged });
}

function statusIntervals(
  issue: IssueSituation,
  { blocked }: Pick<Constitution['statuses'], 'blocked'>,
): readonly Interval[] {
  const isBlocked = (value: string | null) =>
    value !== null && blocked.includes(value.trim().toLowerCase());
  return fieldIntervals(issue, 'status', {
    cause: 'status',
    isBlocked,
    isNow: isBlocked(issue.status),
  });
}

interface Reading {
  readonly cause: BlockedCause;
  readonly isBlocked: (value: string | null) => boolean;
  /** How the field stands now. It wins over the history, which may have gaps. */
  readonly isNow: boolean;
}

function fieldIntervals(
  issue: IssueSituation,
  field: 'status' | 'flag',
  { cause, isBlocked, isNow }: Reading,
): readonly Interval[] {
  const changes = issue.changes.filter((change) => change.field === field);
  const starts = [instantAt(issue.createdAt), ...changes.map(({ at }) => instantAt(at))];
  return starts.flatMap((from, n): Interval[] => {
    const following = changes[n];
    const isOn = following === undefined ? isNow : isBlocked(following.from);
    return isOn ? [{ cause, from, to: starts[n + 1] ?? Infinity }] : [];
  });
}

function linkIntervals(issue: IssueSituation): readonly Interval[] {
  return issue.blockedBy.flatMap(({ done, since }): Interval[] => {
    const from = instantIn(since);
    return done || from === null ? [] : [{ cause: 'link', from, to: Infinity }];
  });
}

// Walks back from now through all that touches the time found so far.
function unionStart(intervals: readonly Interval[], now: number): number | null {
  const open = intervals.filter(({ to }) => to === Infinity).map(({ from }) => Math.min(from, now));
  if (open.length === 0) return null;
  let start = Math.min(...open);
  for (const { from, to } of intervals.toSorted((a, b) => b.to - a.to)) {
    if (to >= start) start = Math.min(start, from);
  }
  return start;
}
