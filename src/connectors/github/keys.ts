import { cleanText } from '../../lib/clean-text.ts';
import { sha256 } from '../../lib/digest.ts';

/*
 * The identity of every fact of GitHub, from what the fact itself says, so that a webhook and a poll give the same key.
 * Times are epoch milliseconds (GitHub writes whole seconds). Repositories are named by their number, because names
 * change. A webhook carries no id of the time line's entry, so these instants are taken to be equal:
 *
 *   closed, declined   `closed_at` of the object         = `created_at` of the entry `closed`
 *   reopened, ready, drafted, labels, assignees, review requests
 *                      `updated_at` of the pushed object = `created_at` of the entry
 *
 * The first is corrected by the object where both are known. In the second a later change in the same moment can push
 * `updated_at` on by a second: the fact then has two keys and is noted twice; of these kinds only `ready` and
 * `review-requested` wake anybody. A merge, a review, a comment and a run have ids and need no instant.
 *
 * Polling cannot see: edits of titles and bodies, edits of reviews, pushes, deletions, transfers, milestones, resolved
 * threads, statuses of deployments and commits, check runs and jobs; of a run that was started again only the latest end,
 * and none of a run that was first started more than a day before the newest fact known.
 */

/** A fact about an issue or a pull request. */
export interface ItemFact {
  readonly repo: string;
  readonly kind: 'issue' | 'pull-request';
  readonly number: number;
  readonly word: string;
}

/** An item as a message that may be answered: every key of what happens to it begins with it. */
export function itemMessage({ repo, kind, number }: Omit<ItemFact, 'word'>): string {
  return `github:${repo}:${kind}:${number}`;
}

/** The key of what happens to an item once: opened, merged, deleted, transferred. */
export function onceKey(fact: ItemFact): string {
  return `${itemMessage(fact)}:${fact.word}`;
}

/** The key of what happens to an item again and again; `detail` is the label, the account or the team. */
export function momentKey(fact: ItemFact, at: number, detail?: string): string {
  const what = detail === undefined ? '' : `:${short(detail)}`;
  return `${onceKey(fact)}${what}:${at}`;
}

// A name as it is where it is plain, so that keys can be read; else its digest.
function short(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : sha256(name).slice(0, 32);
}

/** The key of new commits on a pull request. */
export function synchronizedKey(fact: ItemFact, range: { before: string; after: string }): string {
  return `${onceKey(fact)}:${cleanText(range.before, 64)}:${cleanText(range.after, 64)}`;
}

type CommentNoun = 'comment' | 'review-comment';

/** The key of a new or removed comment. Its number is unique in all of GitHub. */
export function commentKey(noun: CommentNoun, id: string, word: 'created' | 'deleted'): string {
  return `github:${noun}:${id}:${word}`;
}

/** The key of one version of an edited comment. */
export function commentEditedKey(noun: CommentNoun, id: string, updated: number): string {
  return `github:${noun}:${id}:edited:${updated}`;
}

/** The key of a step of a review; an edit is told apart by a digest of its text, for it bears no time of its own. */
export function reviewKey(id: string, word: string, version?: string): string {
  return `github:review:${id}:${word}${version === undefined ? '' : `:${version}`}`;
}

/** The key of a resolved or reopened thread of a review. */
export function threadKey(id: string, word: string, at: number): string {
  return `github:thread:${short(id)}:${word}:${at}`;
}

/** The key of the end of a run; running it again raises `attempt`. */
export function runKey(id: string, attempt: number): string {
  return `github:run:${id}:${attempt}:completed`;
}

/** The key of the end of a check run or check suite; either may be asked for again under the same id. */
export function checkKey(
  noun: 'check-run' | 'check-suite' | 'job',
  id: string,
  at: number,
): string {
  return `github:${noun}:${id}:completed:${at}`;
}

/** The key of something that is made once and never changed: a release, a commit status, a status of a deployment. */
export function madeKey(noun: string, id: string): string {
  return `github:${noun}:${id}`;
}

/** The key of a push; `before` too, because a branch can be pushed back to where it was. */
export function pushKey(
  repo: string,
  push: { readonly ref: string; readonly before: string; readonly after: string },
): string {
  const range = `${cleanText(push.before, 64)}:${cleanText(push.after, 64)}`;
  return `github:${repo}:push:${cleanText(push.ref, 250)}:${range}`;
}
