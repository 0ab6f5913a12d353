import { bodyText } from './adf.ts';
import type { Found } from './event-draft.ts';
import { aboutIssue, eventOf, issueLabel } from './event-draft.ts';
import { instantOf } from '../../lib/instant.ts';
import { commentCreatedKey, commentDeletedKey, commentUpdatedKey } from './keys.ts';
import type { Comment, Payload } from './payload.ts';
import { actorOf } from './person.ts';

type Word = 'created' | 'updated' | 'deleted';

const SAID: Record<Word, string> = {
  created: 'commented on',
  updated: 'edited a comment on',
  deleted: 'deleted a comment on',
};

/** Whether only some people may read the comment: a visibility, or an internal note of a service desk. */
export function isRestricted(comment: Comment): boolean {
  const hasVisibility = comment.visibility !== undefined && comment.visibility !== null;
  return hasVisibility || comment.jsdPublic === false;
}

/** The one event of a comment that was written, edited or deleted. */
export function commentEvent(payload: Payload, word: Word): Found {
  const { comment, issue } = payload;
  if (comment === null) return 'no comment with an id';
  if (issue === null) return 'no issue key';
  const at = momentOf(payload, { comment, word });
  if (at === null) return 'no time';
  const actor = actorFor(payload, { comment, word });
  return eventOf({
    ...aboutIssue(issue),
    key: keyFor(comment.id, { word, at }),
    kind: `comment.${word}`,
    actor,
    at,
    title: `${actor.name} ${SAID[word]} ${issueLabel(issue)}`,
    // What was taken back is not quoted.
    text: word === 'deleted' ? null : bodyText(comment.body),
    message: `jira:comment:${comment.id}`,
    restricted: isRestricted(comment),
  });
}

function keyFor(id: string, version: { word: Word; at: number }): string {
  if (version.word === 'created') return commentCreatedKey(id);
  return version.word === 'deleted' ? commentDeletedKey(id) : commentUpdatedKey(id, version.at);
}

function momentOf(payload: Payload, about: { comment: Comment; word: Word }): number | null {
  const sent = instantOf(payload.timestamp);
  if (about.word === 'deleted') return sent ?? instantOf(about.comment.updated);
  const own = about.word === 'created' ? about.comment.created : about.comment.updated;
  return instantOf(own) ?? sent;
}

// A comment event of Cloud has no `user`; who deleted a comment is then not said, and the author is not blamed.
function actorFor(
  payload: Payload,
  about: { comment: Comment; word: Word },
): ReturnType<typeof actorOf> {
  const { author, updateAuthor } = about.comment;
  if (about.word === 'deleted') return actorOf(payload.user);
  return about.word === 'created'
    ? actorOf(author, updateAuthor, payload.user)
    : actorOf(updateAuthor, payload.user, author);
}
