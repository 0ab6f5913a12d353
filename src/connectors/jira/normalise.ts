import type { Normalised } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { commentEvent } from './comment-event.ts';
import type { Found } from './event-draft.ts';
import { issueCreated, issueDeleted, issueUpdated } from './issue-event.ts';
import { linkEvent, sprintEvent, worklogEvent } from './other-events.ts';
import { instantOf } from '../../lib/instant.ts';
import { isEdited } from './keys.ts';
import type { Comment } from './payload.ts';
import { Payload } from './payload.ts';
import { cleanText } from '../../lib/clean-text.ts';

type Reader = (payload: Payload) => Found[];

const READERS = new Map<string, Reader>([
  ['comment_created', (payload) => [commentEvent(payload, 'created')]],
  ['comment_updated', (payload) => [commentEvent(payload, 'updated')]],
  ['comment_deleted', (payload) => [commentEvent(payload, 'deleted')]],
  ['jira:issue_created', (payload) => [issueCreated(payload)]],
  ['jira:issue_updated', readIssueUpdated],
  ['jira:issue_deleted', (payload) => [issueDeleted(payload)]],
  ['worklog_created', (payload) => [worklogEvent(payload, 'created')]],
  ['worklog_updated', (payload) => [worklogEvent(payload, 'updated')]],
  ['worklog_deleted', (payload) => [worklogEvent(payload, 'deleted')]],
  ['sprint_created', (payload) => [sprintEvent(payload, 'created')]],
  ['sprint_updated', (payload) => [sprintEvent(payload, 'updated')]],
  ['sprint_started', (payload) => [sprintEvent(payload, 'started')]],
  ['sprint_closed', (payload) => [sprintEvent(payload, 'closed')]],
  ['sprint_deleted', (payload) => [sprintEvent(payload, 'deleted')]],
  ['issuelink_created', (payload) => [linkEvent(payload, 'created')]],
  ['issuelink_deleted', (payload) => [linkEvent(payload, 'deleted')]],
]);

/** Turns a webhook body of Jira Cloud or Data Center into events, or says why there are none. Never throws. */
export function normaliseJira(body: unknown): Normalised {
  if (body === null || body === undefined) return { events: [], reason: 'the body is empty' };
  if (typeof body !== 'object' || Array.isArray(body)) {
    return { events: [], reason: 'the body is not an object' };
  }
  const payload = Payload.safeParse(body);
  if (!payload.success) return { events: [], reason: 'no event name' };
  const name = payload.data.webhookEvent;
  const reader = READERS.get(name);
  if (reader === undefined) return { events: [], reason: `${cleanText(name, 60)} is not used` };
  return collect(reader(payload.data));
}

function collect(found: readonly Found[]): Normalised {
  const events = found.filter((one): one is ProjectEvent => typeof one !== 'string');
  if (events.length > 0) return { events };
  const reasons = found.filter((one) => typeof one === 'string');
  return { events: [], reason: reasons.join('; ') };
}

const DATA_CENTER_COMMENTS = new Map<string, 'created' | 'updated' | 'deleted'>([
  ['issue_commented', 'created'],
  ['issue_comment_edited', 'updated'],
  ['issue_comment_deleted', 'deleted'],
]);

// Data Center tells of comments by `jira:issue_updated`: alone, or with the change they were written on.
function readIssueUpdated(payload: Payload): Found[] {
  const word = DATA_CENTER_COMMENTS.get(payload.issue_event_type_name ?? '');
  const hasChange = payload.changelog !== null;
  if (word === undefined && payload.comment === null) return [issueUpdated(payload)];
  const comment = commentEvent(payload, word ?? wordOf(payload.comment));
  return hasChange ? [comment, issueUpdated(payload)] : [comment];
}

function wordOf(comment: Comment | null): 'created' | 'updated' {
  if (comment === null) return 'created';
  const created = instantOf(comment.created);
  return isEdited({ id: comment.id, created, updated: instantOf(comment.updated) })
    ? 'updated'
    : 'created';
}
