import type { Actor, Change, ProjectEvent } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Item } from './event-draft.ts';
import { eventOf, itemLabel, itemSubject } from './event-draft.ts';
import { itemMessage, momentKey, onceKey } from './keys.ts';
import type { Issue, PullRequest, Repo } from './payload.ts';
import { authorOf } from './person.ts';

/** What can happen to an issue or a pull request again and again. */
export type ItemWord =
  | 'closed'
  | 'declined'
  | 'reopened'
  | 'ready'
  | 'drafted'
  | 'labeled'
  | 'unlabeled'
  | 'assigned'
  | 'unassigned'
  | 'review-requested'
  | 'review-request-removed'
  | 'milestoned'
  | 'demilestoned'
  | 'edited';

const SAID: Record<ItemWord, string> = {
  closed: 'closed',
  declined: 'declined',
  reopened: 'reopened',
  ready: 'marked as ready for review',
  drafted: 'turned back into a draft',
  labeled: 'added a label to',
  unlabeled: 'removed a label from',
  assigned: 'assigned somebody to',
  unassigned: 'unassigned somebody from',
  'review-requested': 'requested a review of',
  'review-request-removed': 'took back the request for a review of',
  milestoned: 'set a milestone for',
  demilestoned: 'removed the milestone of',
  edited: 'edited',
};

/** One change of an item, whoever tells of it: a webhook or the time line. */
export interface ItemChange {
  readonly word: ItemWord;
  readonly actor: Actor;
  readonly at: number;
  /** The label, account or team that the change is about: what tells it apart, and what people read. */
  readonly detail?: { readonly id: string; readonly name: string };
}

const FIELDS = new Map<ItemWord, { readonly field: string; readonly isAdded: boolean }>([
  ['labeled', { field: 'label', isAdded: true }],
  ['unlabeled', { field: 'label', isAdded: false }],
  ['assigned', { field: 'assignee', isAdded: true }],
  ['unassigned', { field: 'assignee', isAdded: false }],
  ['review-requested', { field: 'reviewer', isAdded: true }],
  ['review-request-removed', { field: 'reviewer', isAdded: false }],
  ['milestoned', { field: 'milestone', isAdded: true }],
  ['demilestoned', { field: 'milestone', isAdded: false }],
]);

/** The event of one change of an item. */
export function itemChanged(item: Item, change: ItemChange): ProjectEvent {
  const { word, actor, at, detail } = change;
  const fact = { repo: item.repo.id, kind: item.kind, number: item.number, word };
  return eventOf({
    key: momentKey(fact, at, detail?.id),
    kind: `${item.kind}.${word}`,
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} ${SAID[word]} ${itemLabel(item)}`,
    changes: changesOf(change),
    clues: [item.branch],
  });
}

function changesOf({ word, detail }: ItemChange): Change[] {
  const about = FIELDS.get(word);
  if (about !== undefined && detail !== undefined) {
    const name = cleanText(detail.name, 200);
    const { field, isAdded } = about;
    return [{ field, from: isAdded ? null : name, to: isAdded ? name : null }];
  }
  if (word === 'closed' || word === 'declined') return [{ field: 'state', from: 'open', to: word }];
  return word === 'reopened' ? [{ field: 'state', from: 'closed', to: 'open' }] : [];
}

/** The event of a merge. It happens once, so no instant is needed to tell it apart. */
export function itemMerged(item: Item, merge: { actor: Actor; at: number }): ProjectEvent {
  const fact = { repo: item.repo.id, kind: item.kind, number: item.number, word: 'merged' };
  return eventOf({
    key: onceKey(fact),
    kind: 'pull-request.merged',
    subject: itemSubject(item),
    repo: item.repo,
    actor: merge.actor,
    at: merge.at,
    title: `${merge.actor.name} merged ${itemLabel(item)}`,
    changes: [{ field: 'state', from: 'open', to: 'merged' }],
    clues: [item.branch],
  });
}

/** The event of a new issue or pull request, `null` without a time. */
export function itemOpened(item: Item, opened: Issue | PullRequest): ProjectEvent | null {
  const at = instantOf(opened.created_at);
  if (at === null) return null;
  const { user, author_association: association } = opened;
  const actor = authorOf({ user, association, isPublic: !item.repo.private });
  const fact = { repo: item.repo.id, kind: item.kind, number: item.number, word: 'opened' };
  return eventOf({
    key: onceKey(fact),
    kind: `${item.kind}.opened`,
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} opened ${itemLabel(item)}`,
    text: opened.body,
    message: itemMessage(fact),
    clues: [item.branch],
  });
}

/** An issue as an item; where it is a pull request shown as an issue, its branch is not known. */
export function issueItem(repo: Repo, issue: Issue): Item {
  const isPull = issue.pull_request !== undefined && issue.pull_request !== null;
  const kind = isPull ? 'pull-request' : 'issue';
  return { repo, kind, number: issue.number, title: issue.title, branch: null };
}

/** A pull request as an item. */
export function pullItem(repo: Repo, pull: PullRequest): Item {
  const { number, title } = pull;
  return { repo, kind: 'pull-request', number, title, branch: pull.head?.ref ?? null };
}
