import type { Actor } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found } from './event-draft.ts';
import { eventOf } from './event-draft.ts';
import { commentKey, commentName } from './keys.ts';
import { withoutMarkers } from './marker.ts';
import type { Comment } from './payload.ts';
import { actorOf } from './person.ts';
import type { About } from './pull-request-event.ts';
import { aboutPullRequest, idOf, labelOf } from './pull-request-event.ts';

/** What may happen to a comment. */
export type CommentWord = 'created' | 'updated' | 'deleted' | 'resolved' | 'reopened';

const SAID: Record<CommentWord, string> = {
  created: 'commented on',
  updated: 'edited a comment on',
  deleted: 'deleted a comment on',
  resolved: 'resolved a comment on',
  reopened: 'reopened a comment on',
};

// Bitbucket writes both times of a new comment a moment apart: 62 ms in recorded answers.
const EDIT_SLACK_MS = 1_000;

/** The words of a comment, without the markers that nobody sees; `null` for none. */
export function commentText(comment: Comment): string | null {
  const raw = comment.content?.raw ?? '';
  const text = cleanText(withoutMarkers(raw)).trim();
  return text === '' ? null : text;
}

/** The event of something that happened to a comment. `actor` is null where nobody says who did it. */
export function commentEvent(
  about: About,
  comment: Comment,
  { word, actor }: { readonly word: CommentWord; readonly actor: Actor | null },
): Found {
  // A comment of a review that was not sent yet: only its author sees it.
  if (comment.pending === true) return 'the comment is not published yet';
  const at = momentOf(comment, word);
  if (at === null) return 'no time';
  const isVersion = word === 'updated' || word === 'resolved' || word === 'reopened';
  return eventOf({
    ...aboutPullRequest(about),
    key: commentKey(idOf(about), { id: comment.id, word, at: isVersion ? at : null }),
    kind: `comment.${word}`,
    actor,
    at,
    title: `${actor?.name ?? 'Somebody'} ${SAID[word]} ${labelOf(about)}`,
    // What was taken back is not quoted.
    text: word === 'deleted' ? null : commentText(comment),
    message: commentName(idOf(about), comment.id),
  });
}

/** Every event that a comment read over REST stands for, as far as it still shows them. */
export function commentEvents(about: About, comment: Comment): readonly Found[] {
  if (comment.deleted === true) {
    return [commentEvent(about, comment, { word: 'deleted', actor: null })];
  }
  const author = actorOf(comment.user);
  const words: CommentWord[] = ['created'];
  if (isEdited(comment)) words.push('updated');
  const events = words.map((word) => commentEvent(about, comment, { word, actor: author }));
  if (comment.resolution === null) return events;
  const actor = actorOf(comment.resolution.user);
  return [...events, commentEvent(about, comment, { word: 'resolved', actor })];
}

function isEdited(comment: Comment): boolean {
  const created = instantOf(comment.created_on);
  const updated = instantOf(comment.updated_on);
  if (created === null || updated === null || updated - created <= EDIT_SLACK_MS) return false;
  const resolved = instantOf(comment.resolution?.created_on);
  return resolved === null || Math.abs(updated - resolved) > EDIT_SLACK_MS;
}

function momentOf(comment: Comment, word: CommentWord): number | null {
  const changed = instantOf(comment.updated_on) ?? instantOf(comment.created_on);
  if (word === 'created') return instantOf(comment.created_on) ?? changed;
  return word === 'resolved' ? (instantOf(comment.resolution?.created_on) ?? changed) : changed;
}
