import type { Actor } from '../../domain/event.ts';
import type { Found } from './event-draft.ts';
import { eventOf, issueSubject } from './event-draft.ts';
import { commentCreatedKey, commentDeletedKey, commentUpdatedKey } from './keys.ts';
import { withoutMarkers } from './marker.ts';
import { nameOf } from './person.ts';

export type CommentWord = 'created' | 'updated' | 'deleted';

/** A comment of an issue, as push and poll both know it. */
export interface CommentFact {
  readonly id: string;
  readonly issue: string;
  readonly text: string;
  readonly actor: Actor | null;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly scope: string | null;
  /** How the issue is called in the title. */
  readonly label: string;
}

const SAID: Record<CommentWord, string> = {
  created: 'commented on',
  updated: 'edited a comment on',
  deleted: 'deleted a comment on',
};

/** The event of a comment that was written, edited or deleted. */
export function commentEvent(comment: CommentFact, word: CommentWord): Found {
  const { id, issue, actor, at, scope } = comment;
  return eventOf({
    subject: issueSubject(issue),
    scope,
    key: keyFor(comment, word),
    kind: `comment.${word}`,
    actor,
    at,
    title: `${nameOf(actor)} ${SAID[word]} error ${comment.label}`,
    text: word === 'deleted' ? null : withoutMarkers(comment.text),
    message: `sentry:comment:${id}`,
  });
}

function keyFor({ id, text }: CommentFact, word: CommentWord): string {
  if (word === 'created') return commentCreatedKey(id);
  return word === 'updated' ? commentUpdatedKey(id, text) : commentDeletedKey(id);
}
