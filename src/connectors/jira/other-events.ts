import type { Found } from './event-draft.ts';
import { aboutIssue, eventOf } from './event-draft.ts';
import { instantOf } from '../../lib/instant.ts';
import { linkKey, sprintKey, worklogKey } from './keys.ts';
import type { Payload, Sprint } from './payload.ts';
import { actorOf } from './person.ts';

type SprintWord = 'created' | 'updated' | 'started' | 'closed' | 'deleted';

// Cloud names the issues of worklogs and links by number only; without a key the project is not known.
function aboutNumber(id: string): { subject: string; scope: null } {
  return { subject: `jira:issue-id:${id}`, scope: null };
}

/** The event of logged work. */
export function worklogEvent(payload: Payload, word: 'created' | 'updated' | 'deleted'): Found {
  const { worklog, issue } = payload;
  if (worklog === null) return 'no worklog with an id';
  if (issue === null && worklog.issueId === null) return 'no issue key';
  const own = word === 'created' ? worklog.created : word === 'updated' ? worklog.updated : null;
  const at = instantOf(own) ?? instantOf(payload.timestamp);
  if (at === null) return 'no time';
  const actor = actorOf(worklog.updateAuthor, worklog.author, payload.user);
  const about = issue === null ? aboutNumber(worklog.issueId ?? '') : aboutIssue(issue);
  return eventOf({
    ...about,
    key: worklogKey(worklog.id, word, at),
    kind: `worklog.${word}`,
    actor: word === 'deleted' ? actorOf(payload.user) : actor,
    at,
    title: `Worklog of ${worklog.timeSpent ?? 'unknown length'} ${word}`,
  });
}

/** The event of a step in a sprint's life. Jira says nothing of who took it. */
export function sprintEvent(payload: Payload, word: SprintWord): Found {
  const { sprint } = payload;
  if (sprint === null) return 'no sprint with an id';
  const at = sprintMoment(sprint, word) ?? instantOf(payload.timestamp);
  if (at === null) return 'no time';
  return eventOf({
    subject: `jira:sprint:${sprint.id}`,
    scope: null,
    key: sprintKey(sprint.id, word, at),
    kind: `sprint.${word}`,
    actor: payload.user === null ? null : actorOf(payload.user),
    at,
    title: `Sprint ${sprint.name ?? sprint.id} ${word}`,
  });
}

// Where the sprint itself keeps the time of the step, a poll finds the same one.
function sprintMoment(sprint: Sprint, word: SprintWord): number | null {
  if (word === 'created') return instantOf(sprint.createdDate);
  if (word === 'started') return instantOf(sprint.startDate);
  return word === 'closed' ? instantOf(sprint.completeDate) : null;
}

/** The event of a link between two issues, kept with the one it starts from. */
export function linkEvent(payload: Payload, word: 'created' | 'deleted'): Found {
  const link = payload.issueLink;
  if (link === null) return 'no link with an id and two issues';
  const at = instantOf(payload.timestamp);
  if (at === null) return 'no time';
  const type = link.issueLinkType?.name ?? 'link';
  return eventOf({
    ...aboutNumber(link.sourceIssueId),
    key: linkKey(link.id, word),
    kind: `link.${word}`,
    actor: payload.user === null ? null : actorOf(payload.user),
    at,
    title: `Link "${type}" to issue ${link.destinationIssueId} ${word}`,
  });
}
