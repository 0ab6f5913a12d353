import type { AccountRef, PullRequestSituation } from '../situation.ts';
import { instantAt } from './instants.ts';
import {
  authorActs,
  authorTurnEnd,
  lastDraftChange,
  reviewAnswers,
  standingApprovals,
  unansweredChanges,
} from './review-history.ts';
import { type ReviewTurn, reviewTurns } from './review-turns.ts';

/** Who has to act on a pull request, and since when. Only people with the ball are ever reminded. */
export interface Ball {
  /** `checks-author`: the author, because checks fail. `nobody`: no rule names anybody, so nobody is reminded. */
  readonly party: 'author' | 'reviewers' | 'checks-author' | 'nobody';
  /** Empty for reviewers when nobody is asked for a review: then it waits for the team. Never a bot. */
  readonly people: readonly AccountRef[];
  readonly since: number;
  readonly why:
    | 'merged'
    | 'declined'
    | 'draft'
    | 'changes_requested'
    | 'checks_failing'
    | 'review_requested'
    | 'approved'
    | 'answered'
    | 'nobody_requested';
  /** One for each of the awaited reviewers. */
  readonly turns: readonly ReviewTurn[];
}

type PullRequest = PullRequestSituation;

/**
 * Whose turn it is. Requested changes give the ball to the author until the author pushes, answers or asks anew; then it
 * goes back to whoever wanted them. A word of the author or of a bot is no review. How long checks failed in the past is
 * not known, so only failing checks of this moment count.
 */
export function whoHasTheBall(pr: PullRequest): Ball {
  return (
    ended(pr) ??
    drafted(pr) ??
    changesWanted(pr) ??
    checksFailing(pr) ??
    reviewAwaited(pr) ??
    approved(pr) ??
    answered(pr) ?? { ...nobody('nobody_requested', authorTurnEnd(pr)), party: 'reviewers' }
  );
}

function nobody(why: Ball['why'], since: number): Ball {
  return { party: 'nobody', people: [], since, why, turns: [] };
}

function theAuthor(pr: PullRequest, why: Ball['why'], since: number): Ball {
  const people = pr.author === null || pr.author.bot ? [] : [pr.author];
  return { party: 'author', people, since, why, turns: [] };
}

function ended(pr: PullRequest): Ball | null {
  const { state } = pr;
  if (state === 'open') return null;
  return nobody(state, instantAt(pr.mergedAt ?? pr.createdAt));
}

function drafted(pr: PullRequest): Ball | null {
  return pr.draft ? theAuthor(pr, 'draft', lastDraftChange(pr, false)) : null;
}

function changesWanted(pr: PullRequest): Ball | null {
  const open = unansweredChanges(pr);
  if (open.length === 0) return null;
  return theAuthor(pr, 'changes_requested', Math.min(...open));
}

function checksFailing(pr: PullRequest): Ball | null {
  if (pr.checks !== 'failing') return null;
  const pushed = pr.pushes.map(({ at }) => instantAt(at));
  const since = Math.max(lastDraftChange(pr, true), ...pushed);
  return { ...theAuthor(pr, 'checks_failing', since), party: 'checks-author' };
}

function reviewAwaited(pr: PullRequest): Ball | null {
  const turns = reviewTurns(pr);
  if (turns.length === 0) return null;
  const since = Math.min(...turns.map((turn) => turn.since));
  const people = turns.map(({ reviewer }) => reviewer);
  return { party: 'reviewers', people, since, why: 'review_requested', turns };
}

function approved(pr: PullRequest): Ball | null {
  const approvals = standingApprovals(pr);
  return approvals.length === 0 ? null : nobody('approved', Math.max(...approvals));
}

// Nobody has to act by the rules: the reviewers have spoken, and the author is free to go on.
function answered(pr: PullRequest): Ball | null {
  const answers = reviewAnswers(pr);
  if (answers.length === 0) return null;
  const last = Math.max(...answers);
  return authorActs(pr).some((at) => at > last) ? null : nobody('answered', last);
}
