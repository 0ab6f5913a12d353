import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found, Item } from './event-draft.ts';
import { eventOf, itemLabel, itemSubject } from './event-draft.ts';
import type { ItemWord } from './item-event.ts';
import { issueItem, itemChanged, itemMerged, itemOpened, pullItem } from './item-event.ts';
import { onceKey, synchronizedKey } from './keys.ts';
import type { Payload, PullRequest, Repo } from './payload.ts';
import { actorOf } from './person.ts';
import type { CommentStep } from './thread-event.ts';
import {
  commentEvent,
  reviewDismissed,
  reviewEdited,
  reviewEvent,
  threadEvent,
} from './thread-event.ts';

function notUsed({ action }: Payload): string {
  return `the action ${cleanText(action ?? 'without a name', 60)} is not used`;
}

const ISSUE_WORDS = new Map<string, ItemWord>([
  ['closed', 'closed'],
  ['reopened', 'reopened'],
  ['labeled', 'labeled'],
  ['unlabeled', 'unlabeled'],
  ['assigned', 'assigned'],
  ['unassigned', 'unassigned'],
  ['milestoned', 'milestoned'],
  ['demilestoned', 'demilestoned'],
  ['edited', 'edited'],
]);

const PULL_WORDS = new Map<string, ItemWord>([
  ...ISSUE_WORDS,
  ['closed', 'declined'],
  ['ready_for_review', 'ready'],
  ['converted_to_draft', 'drafted'],
  ['review_requested', 'review-requested'],
  ['review_request_removed', 'review-request-removed'],
]);

/** The event of a body of `issues`. */
export function issuePushed(repo: Repo, payload: Payload): Found {
  const { issue, action } = payload;
  if (issue === null) return 'no issue with a number';
  const item = issueItem(repo, issue);
  if (action === 'opened') return itemOpened(item, issue) ?? 'no time';
  if (action === 'deleted' || action === 'transferred') return goneEvent(item, payload, action);
  const word = ISSUE_WORDS.get(action ?? '');
  if (word === undefined) return notUsed(payload);
  return changed(item, payload, { word, times: issue });
}

/** The event of a body of `pull_request`. */
export function pullPushed(repo: Repo, payload: Payload): Found {
  const { pull_request: pull, action } = payload;
  if (pull === null) return 'no pull request with a number';
  const item = pullItem(repo, pull);
  if (action === 'opened') return itemOpened(item, pull) ?? 'no time';
  if (action === 'closed' && isMerged(pull)) return merged(item, payload, pull);
  if (action === 'synchronize') return synchronized(item, payload, pull);
  const word = PULL_WORDS.get(action ?? '');
  if (word === undefined) return notUsed(payload);
  return changed(item, payload, { word, times: pull });
}

function isMerged(pull: PullRequest): boolean {
  return pull.merged ?? pull.merged_at !== null;
}

function merged(item: Item, payload: Payload, pull: PullRequest): Found {
  const at = instantOf(pull.merged_at) ?? instantOf(pull.closed_at) ?? instantOf(pull.updated_at);
  return at === null ? 'no time' : itemMerged(item, { actor: actorOf(payload.sender), at });
}

interface Times {
  readonly updated_at: string | number | null;
  readonly closed_at: string | number | null;
}

function changed(item: Item, payload: Payload, given: { word: ItemWord; times: Times }): Found {
  const { word, times } = given;
  const isEnd = word === 'closed' || word === 'declined';
  const updated = instantOf(times.updated_at);
  const at = isEnd ? (instantOf(times.closed_at) ?? updated) : updated;
  if (at === null) return 'no time';
  const detail = detailOf(payload, word);
  const actor = actorOf(payload.sender);
  return itemChanged(item, { word, actor, at, ...(detail === null ? {} : { detail }) });
}

function detailOf(payload: Payload, word: ItemWord): { id: string; name: string } | null {
  if (word === 'labeled' || word === 'unlabeled') return named(payload.label?.name);
  if (word === 'milestoned' || word === 'demilestoned') return named(payload.milestone?.title);
  if (word === 'assigned' || word === 'unassigned') return account(payload.assignee);
  if (word !== 'review-requested' && word !== 'review-request-removed') return null;
  const { requested_team: team } = payload;
  if (team === null) return account(payload.requested_reviewer);
  return { id: `team-${team.id}`, name: team.name ?? team.id };
}

function named(name: string | undefined): { id: string; name: string } | null {
  return name === undefined ? null : { id: name, name };
}

function account(user: Payload['assignee']): { id: string; name: string } | null {
  return user === null ? null : { id: user.id, name: user.login };
}

// What is gone bears no time of its own: the last that is known of it is taken.
function goneEvent(item: Item, payload: Payload, word: 'deleted' | 'transferred'): Found {
  const at = instantOf(payload.issue?.updated_at);
  if (at === null) return 'no time';
  const actor = actorOf(payload.sender);
  const fact = { repo: item.repo.id, kind: item.kind, number: item.number, word };
  return eventOf({
    key: onceKey(fact),
    kind: `${item.kind}.${word}`,
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} ${word} ${itemLabel(item)}`,
  });
}

function synchronized(item: Item, payload: Payload, pull: PullRequest): Found {
  const { before, after } = payload;
  const at = instantOf(pull.updated_at);
  if (before === null || after === null) return 'no commits';
  if (at === null) return 'no time';
  const actor = actorOf(payload.sender);
  const word = 'synchronized';
  const fact = { repo: item.repo.id, kind: item.kind, number: item.number, word };
  return eventOf({
    key: synchronizedKey(fact, { before, after }),
    kind: `${item.kind}.${word}`,
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} pushed new commits to ${itemLabel(item)}`,
    changes: [{ field: 'commit', from: cleanText(before, 64), to: cleanText(after, 64) }],
    clues: [item.branch],
  });
}

const COMMENT_WORDS = new Map<string, CommentStep['word']>([
  ['created', 'created'],
  ['edited', 'edited'],
  ['deleted', 'deleted'],
]);

/** The event of a body of `issue_comment`, which tells of pull requests too. */
export function issueCommentPushed(repo: Repo, payload: Payload): Found {
  const { issue } = payload;
  if (issue === null) return 'no issue with a number';
  const at = instantOf(issue.updated_at);
  return commentPushed(issueItem(repo, issue), payload, { noun: 'comment', at });
}

/** The event of a body of `pull_request_review_comment`. */
export function reviewCommentPushed(repo: Repo, payload: Payload): Found {
  const { pull_request: pull } = payload;
  if (pull === null) return 'no pull request with a number';
  const at = instantOf(pull.updated_at);
  return commentPushed(pullItem(repo, pull), payload, { noun: 'review-comment', at });
}

function commentPushed(
  item: Item,
  payload: Payload,
  about: { noun: CommentStep['noun']; at: number | null },
): Found {
  const word = COMMENT_WORDS.get(payload.action ?? '');
  if (word === undefined) return notUsed(payload);
  if (payload.comment === null) return 'no comment with an id';
  const by = word === 'created' || payload.sender === null ? {} : { by: actorOf(payload.sender) };
  return commentEvent(item, payload.comment, { ...about, word, ...by }) ?? 'no time';
}

/** The event of a body of `pull_request_review`. */
export function reviewPushed(repo: Repo, payload: Payload): Found {
  const { review, pull_request: pull, action } = payload;
  if (review === null) return 'no review with an id';
  if (pull === null) return 'no pull request with a number';
  const item = pullItem(repo, pull);
  if (action === 'submitted') return reviewEvent(item, review);
  const at = instantOf(pull.updated_at) ?? instantOf(review.submitted_at);
  if (at === null) return 'no time';
  const step = { actor: actorOf(payload.sender), at };
  if (action === 'dismissed') return reviewDismissed(item, review.id, step);
  return action === 'edited' ? reviewEdited(item, review, step) : notUsed(payload);
}

/** The event of a body of `pull_request_review_thread`. */
export function threadPushed(repo: Repo, payload: Payload): Found {
  const { thread, pull_request: pull, action } = payload;
  if (thread === null) return 'no thread with an id';
  if (pull === null) return 'no pull request with a number';
  if (action !== 'resolved' && action !== 'unresolved') return notUsed(payload);
  const at = instantOf(pull.updated_at);
  if (at === null) return 'no time';
  const actor = actorOf(payload.sender);
  return threadEvent(pullItem(repo, pull), { id: thread.node_id, word: action, actor, at });
}
