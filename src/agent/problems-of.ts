import type { TeamMember } from '../domain/constitution.ts';
import { whoHasTheBall } from '../domain/rules/ball.ts';
import { blockedDueAt, blockedSince } from '../domain/rules/blocked.ts';
import { orNever } from '../domain/rules/instants.ts';
import { lastProgress } from '../domain/rules/staleness.ts';
import { isClosed } from '../domain/situation.ts';
import type { AccountRef, Situation } from '../domain/situation.ts';
import { counted, itemWords, waitWords } from './reminder-text.ts';
import type { TeamView } from './team-view.ts';
import { isProductionP0, reviewsOf, stalenessOf } from './urgency-of.ts';

/** Why something waits on a person. */
type Reason = 'blocked' | 'review-waiting' | 'changes-waiting' | 'stale' | 'production';

/** What waits on one person, as the item stands now. Instants in epoch milliseconds. */
export interface ProblemDraft {
  readonly reason: Reason;
  readonly person: string;
  /** Since when it waits. */
  readonly since: number;
  /** When the person may be reminded; it is no problem before. */
  readonly dueAt: number;
  /** When it last moved on; what was tried before counts no more. `null` when it never did. */
  readonly progressAt: number | null;
  /** What and why now, in one sentence. */
  readonly what: string;
  /** What the person is asked. */
  readonly ask: string;
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** What waits, and what could not be addressed to anybody. */
export interface Found {
  readonly drafts: readonly ProblemDraft[];
  readonly notes: readonly string[];
}

interface Look {
  readonly team: TeamView;
  readonly now: number;
}

type Issue = Extract<Situation, { kind: 'issue' }>;
type PullRequest = Extract<Situation, { kind: 'pull-request' }>;
type ErrorItem = Extract<Situation, { kind: 'error' }>;

const NOTHING: Found = { drafts: [], notes: [] };

/**
 * What on this item waits on whom. Only the party with the ball is named, and only members of the team: nobody knows the
 * hours of others.
 */
export function problemsOf(situation: Situation, look: Look): Found {
  if (isClosed(situation)) return NOTHING;
  if (situation.kind === 'issue') return merge([blocked(situation, look), stale(situation, look)]);
  if (situation.kind === 'pull-request')
    return merge([reviews(situation, look), changes(situation, look)]);
  return production(situation, look);
}

function merge(found: readonly Found[]): Found {
  return {
    drafts: found.flatMap(({ drafts }) => drafts),
    notes: found.flatMap(({ notes }) => notes),
  };
}

function only(draft: ProblemDraft | null): Found {
  return draft === null ? NOTHING : { drafts: [draft], notes: [] };
}

function nobodyFor(what: string): Found {
  return {
    drafts: [],
    notes: [`${what}: nobody whom the directives name is there to be reminded`],
  };
}

function blocked(issue: Issue, { team, now }: Look): Found {
  const { statuses, limits } = team.constitution;
  const found = blockedSince(issue, statuses, now);
  if (found === null) return NOTHING;
  const { since } = found;
  if (since === null) return { drafts: [], notes: ['blocked, but nobody tells since when'] };
  const owner = ownerOf(issue, team);
  if (owner === null) return nobodyFor('blocked');
  const time = team.timeOf(owner.id);
  const dueAt = blockedDueAt(since, time, limits);
  if (dueAt === null) return NOTHING;
  const waited = time.elapsed(since, now);
  const by = found.by.map((subject) => subject.split(':').slice(2).join(':'));
  const cause = by.length > 0 ? ` by ${by.join(', ')}` : '';
  return only({
    reason: 'blocked',
    person: owner.id,
    since,
    dueAt,
    progressAt: lastProgress(issue, team.ours)?.at ?? null,
    what: `${itemWords(issue)} has been blocked${cause} for ${waitWords(waited, time.dayLength)} (status ${issue.status}).`,
    ask: 'What would unblock it, or who can?',
    numbers: { waitedSeconds: waited, blockedDays: limits.blockedDays },
  });
}

/** Whoever works on it; with nobody on it, whoever wants it, else the tech lead. */
function ownerOf(issue: Issue, team: TeamView): TeamMember | null {
  if (issue.assignee !== null && !issue.assignee.bot) return team.memberAt(issue.assignee);
  return team.memberAt(issue.reporter) ?? team.techLead;
}

function stale(issue: Issue, { team, now }: Look): Found {
  const stands = stalenessOf(issue, team, now);
  // What is blocked is a problem of its own, and what lies in review waits on others.
  const isBlocked = blockedSince(issue, team.constitution.statuses, now) !== null;
  if (stands.why !== 'in_progress' || stands.at === null || isBlocked) return NOTHING;
  const owner = issue.assignee === null ? null : team.memberAt(issue.assignee);
  if (owner === null) return stands.isStale ? nobodyFor('no progress') : NOTHING;
  const waited = team.time.elapsed(stands.since, now);
  return only({
    reason: 'stale',
    person: owner.id,
    since: stands.since,
    dueAt: stands.at,
    progressAt: stands.since,
    what: `${itemWords(issue)} is in status ${issue.status} without progress for ${waitWords(waited, team.time.dayLength)}.`,
    ask: 'Still going, or is something in the way?',
    numbers: { idleDays: stands.idleDays, afterDays: stands.afterDays ?? 0 },
  });
}

function reviews(pr: PullRequest, { team, now }: Look): Found {
  const { clocks } = reviewsOf(pr, team, now);
  const asked = clocks.filter(({ reviewer }) => reviewer !== null);
  const found = asked.map(({ reviewer, from, due }): Found => {
    const member = team.memberAt(reviewer);
    if (member === null) return nobodyFor(`a review by ${reviewer?.name ?? 'somebody'}`);
    if (due === null) return NOTHING;
    const time = team.timeOf(member.id);
    const waited = time.elapsed(from, now);
    return only({
      reason: 'review-waiting',
      person: member.id,
      since: from,
      dueAt: due,
      progressAt: lastActOf(pr, member.id, team),
      what: `${itemWords(pr)} has waited ${waitWords(waited, time.dayLength)} for your review${detail(pr)}.`,
      ask: 'Review it, or hand it on?',
      numbers: { waitedSeconds: waited, reviewHours: team.constitution.limits.reviewHours },
    });
  });
  const notes =
    clocks.length > asked.length ? ['a review is awaited, but nobody is asked for it'] : [];
  return merge([...found, { drafts: [], notes }]);
}

/** ` (112 lines, checks passing)`. */
function detail({ lines, checks }: PullRequest): string {
  const told = [
    ...(lines === null ? [] : [counted(lines, 'line')]),
    ...(checks === 'unknown' ? [] : [`checks ${checks}`]),
  ];
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

const CHANGES = {
  changes_requested: 'changes were requested',
  checks_failing: 'its checks fail',
} as const;

function changes(pr: PullRequest, { team, now }: Look): Found {
  const ball = whoHasTheBall(pr);
  // A draft is work in progress: nobody waits for it.
  if (ball.why !== 'changes_requested' && ball.why !== 'checks_failing') return NOTHING;
  const author = team.memberAt(ball.people[0] ?? null);
  if (author === null) return nobodyFor(CHANGES[ball.why]);
  const time = team.timeOf(author.id);
  const { reviewHours } = team.constitution.limits;
  const dueAt = orNever(time.add(ball.since, reviewHours * 3600));
  if (dueAt === null) return NOTHING;
  const waited = time.elapsed(ball.since, now);
  return only({
    reason: 'changes-waiting',
    person: author.id,
    since: ball.since,
    dueAt,
    progressAt: lastActOf(pr, author.id, team),
    what: `${itemWords(pr)} waits for you since ${waitWords(waited, time.dayLength)}: ${CHANGES[ball.why]}.`,
    ask: 'Push, answer, or say what is in the way?',
    numbers: { waitedSeconds: waited, hours: reviewHours },
  });
}

function production(error: ErrorItem, { team, now }: Look): Found {
  if (!isProductionP0(error)) return NOTHING;
  const onCall = team.constitution.onCall.map((id) => team.member(id)).find((one) => one !== null);
  const owner = onCall ?? (error.assignee === null ? null : team.memberAt(error.assignee));
  if (owner === null) return nobodyFor('an error in production');
  const users = error.users === null ? '' : ` ${counted(error.users, 'user')} so far.`;
  return only({
    reason: 'production',
    person: owner.id,
    since: Date.parse(error.createdAt),
    dueAt: now,
    progressAt: null,
    what: `${itemWords(error)} ${error.regressed ? 'is back' : 'stands open'} in production.${users}`,
    ask: 'Can you look at it now?',
    numbers: { regressed: error.regressed ? 1 : 0, users: error.users ?? 0 },
  });
}

/** When a person last did something on an item; `null` when never. */
export function lastActOf(situation: Situation, person: string, team: TeamView): number | null {
  const times = stepsOf(situation)
    .filter(({ by }) => by !== null && team.memberAt(by)?.id === person && !team.ours(by))
    .map(({ at }) => Date.parse(at));
  return times.length === 0 ? null : Math.max(...times);
}

function stepsOf(situation: Situation): readonly { at: string; by: AccountRef | null }[] {
  if (situation.kind === 'issue') return situation.steps;
  if (situation.kind === 'error') return [];
  const { reviews: reviewed, comments, pushes, draftChanges } = situation;
  return [...reviewed, ...comments, ...pushes, ...draftChanges];
}
