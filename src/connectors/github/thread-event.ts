import type { ProjectEvent } from '../../domain/event.ts';
import { sha256 } from '../../lib/digest.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Item } from './event-draft.ts';
import { eventOf, itemLabel, itemSubject } from './event-draft.ts';
import { commentEditedKey, commentKey, reviewKey, threadKey } from './keys.ts';
import type { Comment, Review } from './payload.ts';
import type { Actor } from '../../domain/event.ts';
import { actorOf, authorOf } from './person.ts';

type CommentWord = 'created' | 'edited' | 'deleted';
export type CommentNoun = 'comment' | 'review-comment';

const COMMENTED: Record<CommentWord, string> = {
  created: 'commented on',
  edited: 'edited a comment on',
  deleted: 'deleted a comment on',
};

/** A step of a comment's life. `by` is who took it, where that is said; else the author is taken to have. */
export interface CommentStep {
  readonly noun: CommentNoun;
  readonly word: CommentWord;
  readonly by?: Actor;
  /** For a deletion, which bears no time of its own. */
  readonly at?: number | null;
}

/** The event of a comment that was written, edited or deleted; `null` without a time. */
export function commentEvent(item: Item, comment: Comment, step: CommentStep): ProjectEvent | null {
  const { noun, word } = step;
  const at = momentOf(comment, step);
  if (at === null) return null;
  const { user, author_association: association } = comment;
  const author = authorOf({ user, association, isPublic: !item.repo.private });
  // An edit by somebody else is theirs; by the author it keeps what is known of the author.
  const actor = step.by === undefined || step.by.id === author.id ? author : step.by;
  return eventOf({
    key:
      word === 'edited'
        ? commentEditedKey(noun, comment.id, at)
        : commentKey(noun, comment.id, word),
    kind: `${noun}.${word}`,
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} ${COMMENTED[word]} ${placeOf(comment)}${itemLabel(item)}`,
    // What was taken back is not quoted.
    text: word === 'deleted' ? null : comment.body,
    message: `github:${noun}:${comment.id}`,
    clues: [item.branch],
  });
}

function placeOf({ path }: Comment): string {
  return path === null || path === '' ? '' : `${path.slice(0, 60)} in `;
}

function momentOf(comment: Comment, { word, at }: CommentStep): number | null {
  if (word === 'created') return instantOf(comment.created_at);
  const updated = instantOf(comment.updated_at);
  return word === 'edited' ? updated : (at ?? updated);
}

/** Every event that a comment read over REST stands for: it was written, and perhaps edited since. */
export function commentEvents(item: Item, comment: Comment, noun: CommentNoun): ProjectEvent[] {
  const created = commentEvent(item, comment, { noun, word: 'created' });
  const isEdited = instantOf(comment.updated_at) !== instantOf(comment.created_at);
  const edited = isEdited ? commentEvent(item, comment, { noun, word: 'edited' }) : null;
  return [created, edited].filter((event) => event !== null);
}

const VERDICTS = new Map([
  ['approved', 'approved'],
  ['changes_requested', 'changes-requested'],
  ['commented', 'commented'],
]);

const REVIEWED = new Map([
  ['approved', 'approved'],
  ['changes-requested', 'requested changes to'],
  ['commented', 'reviewed'],
]);

/** The event of a review that was handed in, or the reason why there is none: one that is only begun is not public. */
export function reviewEvent(item: Item, review: Review): ProjectEvent | string {
  const verdict = VERDICTS.get(review.state);
  if (verdict === undefined) return 'a review that was not handed in';
  const at = instantOf(review.submitted_at);
  if (at === null) return 'no time';
  const { user, author_association: association } = review;
  const actor = authorOf({ user, association, isPublic: !item.repo.private });
  const text = review.body === '' ? null : review.body;
  return eventOf({
    key: reviewKey(review.id, 'submitted'),
    kind: `review.${verdict}`,
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} ${REVIEWED.get(verdict) ?? 'reviewed'} ${itemLabel(item)}`,
    text,
    clues: [item.branch],
    ...(text === null ? {} : { message: `github:review:${review.id}` }),
  });
}

/** Who took a later step of a review, and when. */
export interface ReviewStep {
  readonly actor: Actor;
  readonly at: number;
}

/** The event of a review that no longer counts. */
export function reviewDismissed(item: Item, id: string, { actor, at }: ReviewStep): ProjectEvent {
  return eventOf({
    key: reviewKey(id, 'dismissed'),
    kind: 'review.dismissed',
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} dismissed a review of ${itemLabel(item)}`,
    clues: [item.branch],
  });
}

/** The event of a review whose text was changed. */
export function reviewEdited(item: Item, review: Review, { actor, at }: ReviewStep): ProjectEvent {
  return eventOf({
    key: reviewKey(review.id, 'edited', sha256(review.body ?? '').slice(0, 32)),
    kind: 'review.edited',
    subject: itemSubject(item),
    repo: item.repo,
    actor: actor.id === review.user?.id ? actorOf(review.user) : actor,
    at,
    title: `${actor.name} edited a review of ${itemLabel(item)}`,
    text: review.body,
    message: `github:review:${review.id}`,
    clues: [item.branch],
  });
}

/** A thread of a review that was resolved or opened again. */
export interface ThreadStep extends ReviewStep {
  readonly id: string;
  readonly word: 'resolved' | 'unresolved';
}

/** The event of a thread of a review that was resolved or opened again. */
export function threadEvent(item: Item, { id, word, actor, at }: ThreadStep): ProjectEvent {
  return eventOf({
    key: threadKey(id, word, at),
    kind: `review-thread.${word}`,
    subject: itemSubject(item),
    repo: item.repo,
    actor,
    at,
    title: `${actor.name} ${word === 'resolved' ? 'resolved' : 'reopened'} a thread of ${itemLabel(item)}`,
    clues: [item.branch],
  });
}
