import type { Call } from '../../domain/connector.ts';
import type { Actor, ProjectEvent } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { expectShape } from '../rest-shape.ts';
import { commentEvent } from './comment-event.ts';
import { errorChanged, issueLabel } from './error-event.ts';
import type { ChangeWord } from './keys.ts';
import { lastSeenOf } from './poll-mark.ts';
import type { Activity, User } from './rest.ts';
import { ErrorEvents } from './rest.ts';
import type { SentrySite, WatchedIssue } from './site.ts';
import { issuePath } from './site.ts';

const WORDS = new Map<string, ChangeWord>([
  ['set_resolved', 'resolved'],
  ['set_resolved_by_age', 'resolved'],
  ['set_resolved_in_release', 'resolved'],
  ['set_resolved_in_commit', 'resolved'],
  ['set_resolved_in_pull_request', 'resolved'],
  ['set_ignored', 'archived'],
  ['set_unresolved', 'unresolved'],
  ['set_regression', 'unresolved'],
  ['set_escalating', 'unresolved'],
  ['assigned', 'assigned'],
]);

/** An occurrence itself made these changes. */
const BY_OCCURRENCE = new Set(['set_regression', 'set_escalating']);
/** An error is asked for its occurrences no further back. */
const RETENTION_MS = 90 * 86_400_000;

/** The events of an issue's activity from an instant on, with the keys that their webhooks have. Throws a `Failure`. */
export async function activityEvents(
  site: SentrySite,
  { issue, floor }: { readonly issue: WatchedIssue; readonly floor: number },
  call: Call,
): Promise<ProjectEvent[]> {
  const events: ProjectEvent[] = [];
  for (const entry of issue.activity) {
    const at = instantOf(entry.dateCreated);
    if (at === null || at < floor) continue;
    const event = await eventFor(site, { issue, entry, at }, call);
    if (event !== null) events.push(event);
  }
  return events;
}

interface Step {
  readonly issue: WatchedIssue;
  readonly entry: Activity;
  readonly at: number;
}

async function eventFor(site: SentrySite, step: Step, call: Call): Promise<ProjectEvent | null> {
  const { issue, entry, at } = step;
  if (entry.type === 'note') return noted(step);
  const word = WORDS.get(entry.type);
  if (word === undefined) return null;
  const { data } = entry;
  return errorChanged(issue, {
    word,
    actor: userActor(entry.user),
    at,
    lastSeen: await lastSeenBefore(site, step, call),
    assignee: {
      type: data?.assigneeType ?? null,
      id: data?.assignee ?? null,
      name: data?.assigneeName ?? null,
    },
  });
}

function noted({ issue, entry, at }: Step): ProjectEvent | null {
  const event = commentEvent(
    {
      id: entry.id,
      issue: issue.id,
      text: entry.data?.text ?? '',
      actor: userActor(entry.user),
      at,
      scope: issue.project.slug,
      label: issueLabel(issue),
    },
    'created',
  );
  return typeof event === 'string' ? null : event;
}

/** When the error last occurred before a change: the webhook of the change has this as `lastSeen`. */
async function lastSeenBefore(site: SentrySite, step: Step, call: Call): Promise<number> {
  const { issue, entry, at } = step;
  const lastSeen = lastSeenOf(issue);
  if (lastSeen <= at) return lastSeen;
  if (BY_OCCURRENCE.has(entry.type)) return at;
  // It has occurred since: only the list of its occurrences still knows.
  const query = { start: iso(at - RETENTION_MS), end: iso(at), per_page: 1 };
  const path = `${issuePath(site.reader, issue.id)}events/`;
  const { body } = await site.reader.page(path, query, call);
  const [last] = expectShape(ErrorEvents, body);
  return instantOf(last?.dateCreated) ?? at;
}

/** Sentry's own deeds have no user; the users of integrations have an address of their own kind. */
function userActor(user: User): Actor | null {
  if (user === null || user.id === null) return null;
  const isBot = [user.email, user.username].some((text) => text?.endsWith('@proxy-user.sentry.io'));
  const name = cleanText(user.name ?? user.id, 200);
  return { id: user.id, name, kind: isBot ? 'bot' : 'person' };
}
