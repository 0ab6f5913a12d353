import { isOverloaded } from '../domain/rules/ladder.ts';
import { personSubject } from '../domain/own-subjects.ts';
import type { Urgency } from '../domain/plan.ts';
import { RANK } from '../domain/rules/levels.ts';
import type { Subject } from '../domain/subject.ts';
import {
  changeProblem,
  countOpen,
  findOpen,
  openProblem,
  problemsOfItem,
} from '../store/problems.ts';
import type { NewProblem, Problem, ProblemChange } from '../store/problems.ts';
import type { Work } from '../store/writer.ts';
import { ownerOf } from './handed-reason.ts';
import { wakePerson } from './person-mail.ts';
import type { ProblemDraft } from './problems-of.ts';
import type { TeamView } from './team-view.ts';

/** A reminder whose cycle never came to its end is looked at again then. */
export const AGAIN_MS = 3_600_000;
/** The reason under which the tech lead hears that too much waits for one reviewer. */
export const OVERLOAD = 'overload';

/** An item as it was just read, and what waits on it. */
export interface Reading {
  readonly item: Subject;
  readonly url: string | null;
  readonly level: Urgency;
  readonly drafts: readonly ProblemDraft[];
  readonly team: TeamView;
  readonly now: number;
  /** What comes due for a person within so long goes into one message. */
  readonly windowMs: number;
}

/**
 * Makes the kept problems of an item those that it has now: what does not hold any more is closed, what is new is
 * opened, and its person's mailbox is woken when it is due. Safe to repeat.
 */
export async function reconcile(work: Work, reading: Reading): Promise<void> {
  const known = await problemsOfItem(work.db, reading.item);
  const gone = known.filter((problem) => !stillHolds(problem, reading.drafts));
  for (const problem of gone) await close(work, problem, reading.now);
  for (const draft of reading.drafts) await keep(work, draft, reading);
  const reviewers = [...gone, ...reading.drafts].filter(
    ({ reason }) => reason === 'review-waiting',
  );
  for (const person of new Set(reviewers.map((one) => one.person))) {
    await weigh(work, person, reading);
  }
}

/** Closes a problem; its ladder ends with it. */
export async function close(work: Work, problem: Problem, now: number): Promise<void> {
  const isClosed = await changeProblem(work.db, problem.id, { closed_at: now, due_at: null });
  // What nobody was told of was no problem yet.
  if (isClosed && problem.step > 0) note(work, 'problem.closed', problem);
}

/** Opens a problem unless it is open, and wakes the mailbox of its person when it is due. */
export async function open(
  work: Work,
  draft: NewProblem & { readonly dueAt: number },
  { now, windowMs }: Pick<Reading, 'now' | 'windowMs'>,
): Promise<Problem> {
  const isDue = draft.dueAt <= now;
  const dueAt = isDue ? now + AGAIN_MS : draft.dueAt;
  const { problem, isNew } = await openProblem(work.db, { ...draft, dueAt }, now);
  if (!isNew || !isDue) return problem;
  note(work, 'problem.opened', problem);
  await wake(work, problem, { now, windowMs });
  return problem;
}

async function wake(
  work: Work,
  problem: Problem,
  { now, windowMs }: Pick<Reading, 'now' | 'windowMs'>,
): Promise<void> {
  const wait = problem.level === 'critical' ? 0 : windowMs;
  await wakePerson(work, problem, { due: now, now, mailboxDue: now + wait });
}

// What waits since later than before is not the same wait: the person did something in between.
function stillHolds(problem: Problem, drafts: readonly ProblemDraft[]): boolean {
  const { reason, person } = ownerOf(problem);
  const draft = drafts.find((one) => one.reason === reason && one.person === person);
  if (draft === undefined) return false;
  // Its owner moved after all: nobody else needs to step in.
  const isHanded = ownerOf(problem) !== problem;
  if (isHanded && (draft.progressAt ?? 0) > problem.openedAt) return false;
  return draft.since <= problem.since || isUntold(problem);
}

function isUntold(problem: Problem): boolean {
  return problem.step === 0 && ownerOf(problem) === problem;
}

async function keep(work: Work, draft: ProblemDraft, reading: Reading): Promise<void> {
  const { item, url, level, now } = reading;
  const { reason, person, since, dueAt, what: line } = draft;
  const fresh = { item, reason, person, level, line, url, since, dueAt };
  const problem = await open(work, fresh, reading);
  const hasMoved = since > problem.since && isUntold(problem);
  const moved = hasMoved
    ? { since, due_at: Math.max(dueAt, now) }
    : progressed(problem, draft, now);
  await changeProblem(work.db, problem.id, { level, line, url, ...moved });
  // What became critical waits for no day and no snooze.
  const hasRisen = level === 'critical' && RANK[problem.level] < RANK[level];
  if (hasRisen && problem.step < 3) await wake(work, { ...problem, level }, { now, windowMs: 0 });
}

/** Progress takes the problem down to the foot of its ladder. */
function progressed(problem: Problem, { progressAt }: ProblemDraft, now: number): ProblemChange {
  const { step, steppedAt } = problem;
  if (step === 0 || progressAt === null || progressAt <= (steppedAt ?? 0)) return {};
  return { step: 0, progress_at: progressAt, acknowledged_at: null, due_at: now };
}

/** Too many reviews that wait for one person are a problem of the tech lead, at once. */
async function weigh(work: Work, reviewer: string, reading: Reading): Promise<void> {
  const { team, now } = reading;
  const item = personSubject(reviewer);
  const lead = team.techLead;
  if (item === null || lead === null) return;
  const waiting = await countOpen(work.db, reviewer, 'review-waiting');
  const identity = { item, reason: OVERLOAD, person: lead.id };
  if (!isOverloaded(waiting, team.constitution.limits)) {
    const known = await findOpen(work.db, identity);
    if (known !== null) await close(work, known, now);
    return;
  }
  const line = overloadLine(team, reviewer, waiting);
  const draft = { ...identity, level: 'medium', line, url: null, since: now, dueAt: now } as const;
  await open(work, draft, reading);
}

/** What the tech lead reads about a reviewer who has too much. */
export function overloadLine(team: TeamView, reviewer: string, waiting: number): string {
  return `${waiting} pull requests wait for a review by ${team.nameOf(reviewer)}.`;
}

function note(work: Work, kind: string, problem: Problem): void {
  const { id, item, reason, person, level, step } = problem;
  const data = { problem: id, reason, person, level, step };
  work.journal({ kind, subject: item, cycle: null, data });
}
