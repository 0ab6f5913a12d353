import type { Situation } from '../domain/situation.ts';
import { blockedSince } from '../domain/rules/blocked.ts';
import { reviewSla } from '../domain/rules/review-sla.ts';
import { staleness } from '../domain/rules/staleness.ts';
import type { Staleness } from '../domain/rules/staleness.ts';
import { NOTHING_KNOWN, urgencyOf } from '../domain/rules/urgency.ts';
import type { UrgencyAnswer, UrgencyInput } from '../domain/rules/urgency.ts';
import type { TeamView } from './team-view.ts';

type Issue = Extract<Situation, { kind: 'issue' }>;
type PullRequest = Extract<Situation, { kind: 'pull-request' }>;
type ErrorItem = Extract<Situation, { kind: 'error' }>;

const HIGHEST = /^(?:highest|blocker|p0|critical)$/i;
const HIGH = /^(?:highest|blocker|p0|critical|high)$/i;

/** How urgent one subject is, by what is known of it alone. */
export function urgencyOfSubject(situation: Situation, team: TeamView, now: number): UrgencyAnswer {
  return urgencyOf(inputOf(situation, team, now), team.constitution.urgency);
}

/** Whether production suffers from an error of the highest level: only this may break quiet hours. */
export function isProductionP0(situation: Situation): boolean {
  return situation.kind === 'error' && isP0Error(situation);
}

/** Whether and how long a ticket stands still, on the calendar of the team. */
export function stalenessOf(issue: Issue, team: TeamView, now: number): Staleness {
  const { limits, statuses } = team.constitution;
  return staleness({ issue, now, time: team.time, ours: team.ours, limits, statuses });
}

function inputOf(situation: Situation, team: TeamView, now: number): UrgencyInput {
  if (situation.kind === 'issue') return ofIssue(situation, team, now);
  if (situation.kind === 'pull-request') return ofPullRequest(situation, team, now);
  return { ...NOTHING_KNOWN, p0: isP0Error(situation) };
}

function isP0Error(error: ErrorItem): boolean {
  if (error.resolved || !error.production) return false;
  return error.regressed || HIGH.test(error.priority ?? '');
}

function ofIssue(issue: Issue, team: TeamView, now: number): UrgencyInput {
  const stands = stalenessOf(issue, team, now);
  const holdsUp = issue.blocks.filter(({ done }) => !done).length;
  const blocked = blockedSince(issue, team.constitution.statuses, now);
  // What is stuck and what others wait for are both in the way; the rest is work like any other.
  const isInTheWay = holdsUp > 0 || blocked !== null;
  const { idleDays } = stands;
  return {
    ...NOTHING_KNOWN,
    p0: issue.category !== 'done' && HIGHEST.test(issue.priority ?? ''),
    blockers: isInTheWay ? [{ holdsUp, idleDays }] : [],
    stale: stands.isStale ? 1 : 0,
  };
}

function ofPullRequest(pr: PullRequest, team: TeamView, now: number): UrgencyInput {
  const { first } = reviewsOf(pr, team, now);
  if (first === null) return { ...NOTHING_KNOWN, reviews: [] };
  const { elapsedHours, businessHours } = first;
  return { ...NOTHING_KNOWN, reviews: [{ critical: pr.critical, elapsedHours, businessHours }] };
}

/** The clocks of the reviewers who are awaited, each on their own calendar. */
export function reviewsOf(pr: PullRequest, team: TeamView, now: number) {
  return reviewSla({
    pr,
    now,
    timeOf: (account) => {
      const member = team.memberAt(account);
      return member === null ? null : team.timeOf(member.id);
    },
    team: team.time,
    limits: team.constitution.limits,
  });
}
