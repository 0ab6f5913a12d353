import { bodyText } from './adf.ts';
import { changesOf } from './changes.ts';
import type { Found } from './event-draft.ts';
import { aboutIssue, eventOf, issueLabel } from './event-draft.ts';
import { instantOf } from '../../lib/instant.ts';
import { issueChangelogKey, issueCreatedKey, issueDeletedKey, issueUpdatedKey } from './keys.ts';
import type { Payload } from './payload.ts';
import { actorOf } from './person.ts';

/** The event of a new issue. Its changelog only repeats the first values. */
export function issueCreated(payload: Payload): Found {
  const { issue } = payload;
  if (issue === null) return 'no issue key';
  const at = instantOf(issue.fields?.created) ?? instantOf(payload.timestamp);
  if (at === null) return 'no time';
  const actor = actorOf(payload.user, issue.fields?.creator ?? null);
  return eventOf({
    ...aboutIssue(issue),
    key: issueCreatedKey(issue.id),
    kind: 'issue.created',
    actor,
    at,
    title: `${actor.name} created ${issueLabel(issue)}`,
    text: bodyText(issue.fields?.description),
    // By the number, as in the key of the event.
    message: `jira:issue:${issue.id}`,
  });
}

/** The event of a changed issue: one entry of its history. */
export function issueUpdated(payload: Payload): Found {
  const { issue, changelog } = payload;
  if (issue === null) return 'no issue key';
  const updated = instantOf(issue.fields?.updated) ?? instantOf(payload.timestamp);
  // `updated` belongs to the issue and may already be that of a later change.
  const at = instantOf(payload.timestamp) ?? updated;
  if (at === null || updated === null) return 'no time';
  const actor = actorOf(payload.user);
  const changes = changesOf(changelog?.items ?? []);
  const id = changelog?.id ?? null;
  const fields = changes.map((change) => change.field).join(', ');
  return eventOf({
    ...aboutIssue(issue),
    key: id === null ? issueUpdatedKey(issue.id, updated) : issueChangelogKey(issue.id, id),
    kind: 'issue.updated',
    actor,
    at,
    title: `${actor.name} changed ${fields === '' ? 'something' : fields} on ${issueLabel(issue)}`,
    changes,
  });
}

/** The event of a removed issue. */
export function issueDeleted(payload: Payload): Found {
  const { issue } = payload;
  if (issue === null) return 'no issue key';
  const at = instantOf(payload.timestamp) ?? instantOf(issue.fields?.updated);
  if (at === null) return 'no time';
  const actor = actorOf(payload.user);
  return eventOf({
    ...aboutIssue(issue),
    key: issueDeletedKey(issue.id),
    kind: 'issue.deleted',
    actor,
    at,
    title: `${actor.name} deleted ${issueLabel(issue)}`,
  });
}
