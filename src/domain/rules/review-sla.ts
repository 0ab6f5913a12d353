import type { Limits } from '../constitution.ts';
import type { AccountRef, PullRequestSituation } from '../situation.ts';
import type { WorkingTime } from '../working-time.ts';
import { whoHasTheBall } from './ball.ts';
import { instantAt, orNever } from './instants.ts';
import { isReviewer } from './review-history.ts';
import { isSameAccount } from './same-account.ts';

const SECONDS_PER_HOUR = 3600;
const MS_PER_HOUR = 3_600_000;
// From this share of the time on, a review is due soon.
const SOON = 0.75;

/** A pull request and the calendars of those who may have to review it. */
export interface ReviewSlaInput {
  readonly pr: PullRequestSituation;
  readonly now: number;
  /** The calendar of a reviewer; `null` for one without: the team's is used. */
  readonly timeOf: (account: AccountRef) => WorkingTime | null;
  readonly team: WorkingTime;
  readonly limits: Pick<Limits, 'reviewHours'>;
}

type ReviewState = 'ok' | 'due_soon' | 'breached';

/** The time of one reviewer, on their own calendar. */
interface ReviewClock {
  /** `null`: nobody is asked, it waits for the team. */
  readonly reviewer: AccountRef | null;
  readonly from: number;
  /** `null` when that never comes. */
  readonly due: number | null;
  /** How long it has waited. */
  readonly businessHours: number;
  readonly elapsedHours: number;
  /** Used share of the time allowed; 1 and more is too late. */
  readonly used: number;
  readonly state: ReviewState;
}

/** How the review of a pull request stands against the time allowed. */
export interface ReviewSla {
  /** `paused`: the author has the ball. `met`: somebody has reviewed in this turn. `none`: nothing is awaited. */
  readonly state: ReviewState | 'met' | 'paused' | 'none';
  readonly why: string;
  /** One for each awaited reviewer, the first due first. */
  readonly clocks: readonly ReviewClock[];
  /** The clock that is due first: it sets the due of the pull request, and its waiting is that of the pull request. */
  readonly first: ReviewClock | null;
  /** The first review of this turn. */
  readonly metAt: number | null;
}

/**
 * How long a review has been awaited and when it is due: so many business hours from the start of the reviewer's turn, on
 * the reviewer's calendar. It stands still while the author has the ball; every new turn has the whole time again.
 */
export function reviewSla(input: ReviewSlaInput): ReviewSla {
  const ball = whoHasTheBall(input.pr);
  const rest = { why: ball.why, clocks: [], first: null, metAt: null };
  if (ball.party === 'nobody') return { state: 'none', ...rest };
  if (ball.party !== 'reviewers') return { state: 'paused', ...rest };
  const turns = ball.turns.length === 0 ? [{ reviewer: null, since: ball.since }] : ball.turns;
  const clocks = turns
    .map(({ reviewer, since }) => clockOf(input, reviewer, since))
    .toSorted((a, b) => (a.due ?? Infinity) - (b.due ?? Infinity) || a.from - b.from);
  const [first = null] = clocks;
  const metAt = firstReview(input.pr, ball.since);
  const state = metAt === null ? (first?.state ?? 'ok') : 'met';
  return { state, why: ball.why, clocks, first, metAt };
}

function clockOf(input: ReviewSlaInput, reviewer: AccountRef | null, from: number): ReviewClock {
  const { now, team, limits } = input;
  const time = (reviewer === null ? null : input.timeOf(reviewer)) ?? team;
  const allowed = limits.reviewHours * SECONDS_PER_HOUR;
  const waited = time.elapsed(from, now);
  const used = waited / allowed;
  return {
    reviewer,
    from,
    due: orNever(time.add(from, allowed)),
    businessHours: waited / SECONDS_PER_HOUR,
    elapsedHours: Math.max(0, now - from) / MS_PER_HOUR,
    used,
    state: stateOf(used),
  };
}

function stateOf(used: number): ReviewState {
  if (used >= 1) return 'breached';
  return used >= SOON ? 'due_soon' : 'ok';
}

// A plain comment counts as a review only where its writer was asked for one.
function firstReview(pr: PullRequestSituation, from: number): number | null {
  const isAsked = (by: AccountRef) =>
    pr.requests.some(({ reviewer }) => isSameAccount(reviewer, by));
  const reviews = pr.reviews.filter(({ verdict }) => verdict !== 'dismissed');
  const comments = pr.comments.filter(({ by, inline }) => inline || (by !== null && isAsked(by)));
  const times = [...reviews, ...comments]
    .filter(({ by }) => isReviewer(pr, by))
    .map(({ at }) => instantAt(at))
    .filter((at) => at >= from);
  return times.length === 0 ? null : Math.min(...times);
}
