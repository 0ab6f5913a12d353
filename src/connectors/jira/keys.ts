/*
 * The identity of every fact of Jira, from what the fact itself says, so that a webhook and a poll give the same
 * key. Times are epoch milliseconds.
 */

/** A comment as the REST API and the webhooks both show it. */
export interface CommentVersion {
  readonly id: string;
  readonly created: number | null;
  readonly updated: number | null;
}

/** The key of a new comment. */
export function commentCreatedKey(id: string): string {
  return `jira:comment:${id}:created`;
}

/** The key of one version of an edited comment. */
export function commentUpdatedKey(id: string, updated: number): string {
  return `jira:comment:${id}:updated:${updated}`;
}

/** The key of a removed comment. */
export function commentDeletedKey(id: string): string {
  return `jira:comment:${id}:deleted`;
}

/** Whether a comment was changed after it was written. */
export function isEdited(comment: CommentVersion): boolean {
  return (
    comment.updated !== null && comment.created !== null && comment.updated !== comment.created
  );
}

/** Every key that a comment read over REST stands for: it was made, and perhaps edited since. */
export function commentKeys(comment: CommentVersion): readonly string[] {
  const created = commentCreatedKey(comment.id);
  if (!isEdited(comment) || comment.updated === null) return [created];
  return [created, commentUpdatedKey(comment.id, comment.updated)];
}

/** The key of a new issue; by its number, because the issue key changes when an issue moves. */
export function issueCreatedKey(id: string): string {
  return `jira:issue:${id}:created`;
}

/** The key of one entry of an issue's history. Changelog ids alone are not unique over issues. */
export function issueChangelogKey(id: string, changelogId: string): string {
  return `jira:issue:${id}:changelog:${changelogId}`;
}

/** The key of a change that came without an entry of the history. */
export function issueUpdatedKey(id: string, updated: number): string {
  return `jira:issue:${id}:updated:${updated}`;
}

/** The key of a removed issue. */
export function issueDeletedKey(id: string): string {
  return `jira:issue:${id}:deleted`;
}

/** The key of a worklog that was made, removed, or edited at a time. */
export function worklogKey(
  id: string,
  word: 'created' | 'deleted' | 'updated',
  at: number,
): string {
  return word === 'updated' ? `jira:worklog:${id}:updated:${at}` : `jira:worklog:${id}:${word}`;
}

/** The key of a step in a sprint's life. */
export function sprintKey(id: string, word: string, at: number): string {
  return `jira:sprint:${id}:${word}:${at}`;
}

/** The key of a link that was made or removed. */
export function linkKey(id: string, word: 'created' | 'deleted'): string {
  return `jira:link:${id}:${word}`;
}
