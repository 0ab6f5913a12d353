import type { Headers, Normalised } from '../../domain/connector.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import { alertTriggered, metricAlertEvent } from './alert-event.ts';
import type { CommentWord } from './comment-event.ts';
import { commentEvent } from './comment-event.ts';
import { errorChanged, errorCreated } from './error-event.ts';
import type { Found } from './event-draft.ts';
import type { ChangeWord } from './keys.ts';
import { Payload } from './payload.ts';
import { actorOf } from './person.ts';

const RESOURCE_HEADER = 'sentry-hook-resource';
const TIME_HEADER = 'sentry-hook-timestamp';

/** A parsed body and when the sender says it was sent, in epoch milliseconds. */
interface Pushed extends Payload {
  readonly sent: number | null;
}

const READERS = new Map<string, (pushed: Pushed) => Found>([
  ['issue.created', (pushed) => created(pushed)],
  ['issue.resolved', (pushed) => changed(pushed, 'resolved')],
  ['issue.archived', (pushed) => changed(pushed, 'archived')],
  // The old name of the same thing; some organisations are sent both.
  ['issue.ignored', (pushed) => changed(pushed, 'archived')],
  ['issue.unresolved', (pushed) => changed(pushed, 'unresolved')],
  ['issue.assigned', (pushed) => changed(pushed, 'assigned')],
  ['event_alert.triggered', ({ data }) => alertTriggered(data)],
  ['metric_alert.critical', ({ data }) => metricAlertEvent(data, 'critical')],
  ['metric_alert.warning', ({ data }) => metricAlertEvent(data, 'warning')],
  ['metric_alert.resolved', ({ data }) => metricAlertEvent(data, 'resolved')],
  ['comment.created', (pushed) => commented(pushed, 'created')],
  ['comment.updated', (pushed) => commented(pushed, 'updated')],
  ['comment.deleted', (pushed) => commented(pushed, 'deleted')],
]);

/**
 * Turns a webhook body of Sentry into events, or says why there are none. Never throws. The header names the resource
 * but is not signed, so the resource is told from the signed body, and a header that says another one is not believed.
 */
export function normaliseSentry(body: unknown, headers: Headers): Normalised {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return none('the body is not an object');
  }
  const payload = Payload.safeParse(body);
  if (!payload.success) return none('no action with data');
  const named = headerOf(headers, RESOURCE_HEADER);
  const resource = resourceOf(body);
  if (named !== null && named !== resource) return none(`${cleanText(named, 60)} is not used`);
  const name = `${resource ?? 'unknown'}.${payload.data.action}`;
  const reader = READERS.get(name);
  if (reader === undefined) return none(`${cleanText(name, 80)} is not used`);
  const found = reader({ ...payload.data, sent: sentAt(headers) });
  return typeof found === 'string' ? none(found) : { events: [found] };
}

function none(reason: string): Normalised {
  return { events: [], reason };
}

const SHAPES: readonly (readonly [string, string])[] = [
  ['comment_id', 'comment'],
  ['event', 'event_alert'],
  ['metric_alert', 'metric_alert'],
  ['error', 'error'],
  ['installation', 'installation'],
  ['issue', 'issue'],
];

function resourceOf(body: object): string | null {
  const data: unknown = Object.hasOwn(body, 'data') ? Reflect.get(body, 'data') : null;
  if (typeof data !== 'object' || data === null) return null;
  return SHAPES.find(([field]) => Object.hasOwn(data, field))?.[1] ?? null;
}

function headerOf(headers: Headers, name: string): string | null {
  return (Object.hasOwn(headers, name) ? headers[name]?.[0] : null) ?? null;
}

function sentAt(headers: Headers): number | null {
  const seconds = headerOf(headers, TIME_HEADER) ?? '';
  return /^\d{9,11}$/.test(seconds) ? Number(seconds) * 1000 : null;
}

function created({ data }: Pushed): Found {
  return data.issue === null ? 'no issue with a number' : errorCreated(data.issue);
}

function changed({ data, actor, sent }: Pushed, word: ChangeWord): Found {
  const { issue } = data;
  if (issue === null) return 'no issue with a number';
  const lastSeen = instantOf(issue.lastSeen) ?? instantOf(issue.firstSeen);
  if (lastSeen === null) return 'no time';
  return errorChanged(issue, {
    word,
    actor: actorOf(actor),
    at: after(lastSeen, sent),
    lastSeen,
    assignee: data.assignee ?? issue.assignedTo,
  });
}

function commented({ data, actor, sent }: Pushed, word: CommentWord): Found {
  const { comment_id: id, issue_id: issue } = data;
  if (id === null) return 'no comment with a number';
  if (issue === null) return 'no issue number';
  const written = instantOf(data.timestamp);
  if (written === null) return 'no time';
  // An edit is later than what it replaces, also within the second.
  const at = word === 'created' ? written : after(written + 1, sent);
  const scope = data.project_slug;
  const label = `#${issue}${scope === null ? '' : ` in ${scope}`}`;
  const text = data.comment ?? '';
  return commentEvent({ id, issue, text, actor: actorOf(actor), at, scope, label }, word);
}

// The body has no instant of a change. That of the sending is near it, but unsigned: it dates the event and no more.
function after(earliest: number, sent: number | null): number {
  return sent !== null && sent > earliest ? sent : earliest;
}
