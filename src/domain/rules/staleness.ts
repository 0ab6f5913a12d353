import type { Constitution, Limits } from '../constitution.ts';
import type { AccountRef, IssueSituation, StepKind } from '../situation.ts';
import type { WorkingTime } from '../working-time.ts';
import { instantAt, instantIn, orNever, workingDays } from './instants.ts';

const PROGRESS: ReadonlySet<StepKind> = new Set<StepKind>([
  'status',
  'assignee',
  'estimate',
  'comment',
  'worklog',
  'commit',
  'push',
  'pull-request',
  'review',
]);
// Commits often carry an address that belongs to no account; nobody but a person or their tools writes them.
const PROGRESS_OF_UNKNOWN: ReadonlySet<StepKind> = new Set<StepKind>([
  'commit',
  'push',
  'pull-request',
]);

/** The last sign of life. */
export interface Progress {
  readonly at: number;
  readonly kind: StepKind;
  readonly by: AccountRef | null;
}

/** The last step of a person that moves the work on; `null` when there was none. Bots and the agent (`ours`) never count. */
export function lastProgress(
  issue: Pick<IssueSituation, 'steps'>,
  ours: (account: AccountRef) => boolean,
): Progress | null {
  const steps = issue.steps
    .filter(({ kind, by }) =>
      by === null ? PROGRESS_OF_UNKNOWN.has(kind) : PROGRESS.has(kind) && !by.bot && !ours(by),
    )
    .map(({ at, kind, by }) => ({ at: instantAt(at), kind, by }));
  return steps.reduce<Progress | null>(
    (last, step) => (last !== null && last.at >= step.at ? last : step),
    null,
  );
}

/** A ticket and what its standing still is measured by. */
export interface StalenessInput {
  readonly issue: IssueSituation;
  readonly now: number;
  /** The calendar of the team. */
  readonly time: WorkingTime;
  readonly ours: (account: AccountRef) => boolean;
  readonly limits: Pick<Limits, 'staleDays'>;
  readonly statuses: Pick<Constitution['statuses'], 'review'>;
}

/** Whether a ticket stands still, and the figures that decided. */
export interface Staleness {
  readonly isStale: boolean;
  readonly why: 'in_progress' | 'review' | 'todo' | 'todo_not_due' | 'done';
  /** The last progress, else the creation. */
  readonly since: number;
  /** When it becomes or became stale; `null` where no threshold applies, or when that never comes. */
  readonly at: number | null;
  /** Working days without progress. */
  readonly idleDays: number;
  /** After how many it is stale; `null` where no threshold applies. */
  readonly afterDays: number | null;
}

/** Whether a ticket stands still longer than is normal for its state. A todo counts only in the second half of its active sprint. */
export function staleness(input: StalenessInput): Staleness {
  const { issue, now, time } = input;
  const since = lastProgress(issue, input.ours)?.at ?? instantAt(issue.createdAt);
  const { why, afterDays } = thresholdOf(input);
  const at = afterDays === null ? null : orNever(time.addDays(since, afterDays));
  const isStale = at !== null && at <= now;
  return { isStale, why, since, at, idleDays: workingDays(time, since, now), afterDays };
}

function thresholdOf(input: StalenessInput): Pick<Staleness, 'why' | 'afterDays'> {
  const { issue, limits, statuses } = input;
  if (issue.category === 'done') return { why: 'done', afterDays: null };
  if (statuses.review.includes(issue.status.trim().toLowerCase())) {
    return { why: 'review', afterDays: limits.staleDays.review };
  }
  if (issue.category === 'in_progress') {
    return { why: 'in_progress', afterDays: limits.staleDays.inProgress };
  }
  if (!isSecondHalf(input)) return { why: 'todo_not_due', afterDays: null };
  return { why: 'todo', afterDays: limits.staleDays.todo };
}

// Halves are halves of the working time: a long weekend at the end does not move the middle.
function isSecondHalf({ issue: { sprint }, now, time }: StalenessInput): boolean {
  const from = instantIn(sprint?.startsAt ?? null);
  const to = instantIn(sprint?.endsAt ?? null);
  if (sprint?.state !== 'active' || from === null || to === null) return false;
  return time.elapsed(from, now) * 2 >= time.elapsed(from, to) && now > from;
}
