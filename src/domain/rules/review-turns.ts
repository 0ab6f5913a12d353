import type { AccountRef, PullRequestSituation } from '../situation.ts';
import { instantAt } from './instants.ts';
import {
  answersOf,
  authorActs,
  authorTurnEnd,
  changeRequesters,
  isReviewer,
  lastWord,
} from './review-history.ts';
import { isSameAccount } from './same-account.ts';

/** A reviewer whose word is awaited, and since when it is their turn. */
export interface ReviewTurn {
  readonly reviewer: AccountRef;
  readonly since: number;
}

/**
 * Whose review is awaited, provided that the author does not have the ball: whoever was asked or wanted changes, and
 * has not answered since the ball came back. A mere comment that the author answered makes a new turn.
 */
export function reviewTurns(pr: PullRequestSituation): readonly ReviewTurn[] {
  const asked = pr.requests.map(({ reviewer }) => reviewer);
  const reviewers = [...asked, ...changeRequesters(pr)].filter((by) => isReviewer(pr, by));
  const once = reviewers.filter((by, n) => reviewers.findIndex((b) => isSameAccount(b, by)) === n);
  return once.flatMap((reviewer) => {
    const since = turnStart(pr, reviewer);
    return since === null ? [] : [{ reviewer, since }];
  });
}

function turnStart(pr: PullRequestSituation, reviewer: AccountRef): number | null {
  const word = lastWord(pr, reviewer);
  const requested = requestedAt(pr, reviewer);
  if (word?.verdict === 'approved' && word.at >= (requested ?? 0)) return null;
  const dismissed = word?.verdict === 'dismissed' ? word.at : 0;
  const start = Math.max(requested ?? 0, authorTurnEnd(pr), dismissed);
  const answers = answersOf(pr, reviewer).filter((at) => at >= start);
  if (answers.length === 0) return start;
  const last = Math.max(...answers);
  const replies = authorActs(pr).filter((at) => at > last);
  return replies.length === 0 ? null : Math.min(...replies);
}

function requestedAt(pr: PullRequestSituation, reviewer: AccountRef): number | null {
  const requests = pr.requests.filter((request) => isSameAccount(request.reviewer, reviewer));
  return requests.length === 0 ? null : Math.max(...requests.map(({ at }) => instantAt(at)));
}
