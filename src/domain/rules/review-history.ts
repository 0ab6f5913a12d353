import type { AccountRef, PullRequestSituation } from '../situation.ts';
import { instantAt } from './instants.ts';
import { isSameAccount } from './same-account.ts';

type PullRequest = PullRequestSituation;

interface Word {
  readonly by: AccountRef;
  readonly at: number;
  readonly verdict: PullRequest['reviews'][number]['verdict'];
}

/** True for a person other than the author: only theirs is a review. */
export function isReviewer(pr: PullRequest, by: AccountRef | null): by is AccountRef {
  return by !== null && !by.bot && !isSameAccount(by, pr.author);
}

/** The last change to ready or to draft, else the creation. */
export function lastDraftChange(pr: PullRequest, ready: boolean): number {
  const changes = pr.draftChanges.filter((change) => change.ready === ready);
  return Math.max(instantAt(pr.createdAt), ...changes.map(({ at }) => instantAt(at)));
}

/** Instants at which the author, or somebody for the author, moved the request on: a push, a word, ready again. */
export function authorActs(pr: PullRequest): readonly number[] {
  // Whoever pushes a fix answers for the author; a bot does so only on its own request.
  const pushes = pr.pushes.filter(({ by }) => by?.bot !== true || isSameAccount(by, pr.author));
  const words = [...pr.comments, ...pr.reviews].filter(({ by }) => isSameAccount(by, pr.author));
  const readied = pr.draftChanges.filter(({ ready }) => ready);
  return [...pushes, ...words, ...readied].map(({ at }) => instantAt(at));
}

/** Instants of requested changes that the author has still to answer. */
export function unansweredChanges(pr: PullRequest): readonly number[] {
  const open = wordsOf(pr).filter((word) => isWish(word) && answerTo(pr, word) === null);
  return open.map(({ at }) => at);
}

/** When the ball last left the author: it became ready, or requested changes were answered. */
export function authorTurnEnd(pr: PullRequest): number {
  const answers = wordsOf(pr)
    .filter(isWish)
    .map((word) => answerTo(pr, word));
  return Math.max(lastDraftChange(pr, true), ...answers.filter((at) => at !== null));
}

/** Instants of the approvals that nothing has taken back. */
export function standingApprovals(pr: PullRequest): readonly number[] {
  return lastWords(pr)
    .filter(({ verdict }) => verdict === 'approved')
    .map(({ at }) => at);
}

/** Reviewers who want changes, as of their last word. */
export function changeRequesters(pr: PullRequest): readonly AccountRef[] {
  return lastWords(pr)
    .filter(isWish)
    .map(({ by }) => by);
}

/** Approved, changes wanted or dismissed: what a reviewer said last; `null` for one who only commented. */
export function lastWord(pr: PullRequest, by: AccountRef): Word | null {
  return lastWords(pr).find((word) => isSameAccount(word.by, by)) ?? null;
}

/** Instants at which a reviewer spoke, by review or comment. What was dismissed is as if never said. */
export function answersOf(pr: PullRequest, by: AccountRef): readonly number[] {
  const words = wordsOf(pr).filter((word) => isSameAccount(word.by, by));
  const dismissed = words.findLastIndex(({ verdict }) => verdict === 'dismissed');
  const comments = pr.comments.filter((comment) => isSameAccount(comment.by, by));
  return [
    ...words.slice(dismissed + 1).map(({ at }) => at),
    ...comments.map(({ at }) => instantAt(at)),
  ];
}

/** Instants of all answers of those who were asked, and of all reviews of others. */
export function reviewAnswers(pr: PullRequest): readonly number[] {
  const reviewed = wordsOf(pr).map(({ by }) => by);
  const asked = pr.requests.map(({ reviewer }) => reviewer);
  const reviewers = [...asked, ...reviewed].filter((by) => isReviewer(pr, by));
  return reviewers.flatMap((by) => answersOf(pr, by));
}

// Listed oldest first, so that the last one found is the last one said.
function wordsOf(pr: PullRequest): readonly Word[] {
  return pr.reviews
    .flatMap(({ by, at, verdict }) =>
      isReviewer(pr, by) ? [{ by, at: instantAt(at), verdict }] : [],
    )
    .toSorted((a, b) => a.at - b.at);
}

// One for each reviewer. A comment takes nothing back.
function lastWords(pr: PullRequest): readonly Word[] {
  const words = wordsOf(pr).filter(({ verdict }) => verdict !== 'commented');
  return words.filter((word, n) => !words.slice(n + 1).some((w) => isSameAccount(w.by, word.by)));
}

function isWish({ verdict }: Word): boolean {
  return verdict === 'changes_requested';
}

function answerTo(pr: PullRequest, wish: Word): number | null {
  const asked = pr.requests.filter(({ reviewer }) => isSameAccount(reviewer, wish.by));
  const taken = wordsOf(pr).filter((word) => isSameAccount(word.by, wish.by) && endsWish(word));
  const answers = [
    ...authorActs(pr),
    ...asked.map(({ at }) => instantAt(at)),
    ...taken.map(({ at }) => at),
  ].filter((at) => at > wish.at);
  return answers.length === 0 ? null : Math.min(...answers);
}

function endsWish({ verdict }: Word): boolean {
  return verdict === 'approved' || verdict === 'dismissed';
}
