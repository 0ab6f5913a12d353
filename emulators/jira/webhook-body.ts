import { allFields, commentShape, reducedFields, userShape } from './issue-shapes.ts';
import { sprintShape, worklogShape } from './other-shapes.ts';
import type { View } from './issue-shapes.ts';
import type { ChangeItem } from './jira-state.ts';
import { LINK_TYPES } from './jira-state.ts';
import type { SiteEvent } from './jira-site.ts';

/** The body that an admin webhook carries for a change; `view` must be of version 2. */
export function webhookBody(view: View, event: SiteEvent, now: Date): Record<string, unknown> {
  switch (event.kind) {
    case 'comment':
      return commentBody(view, event, now);
    case 'issue':
      return issueBody(view, event, now);
    case 'worklog':
      return {
        timestamp: now.getTime(),
        webhookEvent: `worklog_${event.name}`,
        worklog: worklogShape(view, event.issue, event.worklog),
      };
    case 'link':
      return linkBody(event, now);
    case 'sprint':
      return {
        timestamp: now.getTime(),
        webhookEvent: `sprint_${event.name}`,
        sprint: sprintShape(view, event.sprint),
      };
  }
}

// As Cloud names links: by numbers only, and without who did it.
function linkBody({ name, link }: Extract<SiteEvent, { kind: 'link' }>, now: Date) {
  const type = LINK_TYPES.find((one) => one.name === link.type);
  return {
    timestamp: now.getTime(),
    webhookEvent: `issuelink_${name}`,
    issueLink: {
      id: Number(link.id),
      sourceIssueId: Number(link.source),
      destinationIssueId: Number(link.destination),
      issueLinkType: {
        id: Number(type?.id),
        name: link.type,
        outwardName: type?.outward,
        inwardName: type?.inward,
        isSubTaskLinkType: false,
        isSystemLinkType: false,
      },
      systemLink: false,
    },
  };
}

type CommentEvent = Extract<SiteEvent, { kind: 'comment' }>;
type IssueEvent = Extract<SiteEvent, { kind: 'issue' }>;

// No user and no changelog: the actor of a comment is its author.
function commentBody(view: View, { name, issue, comment }: CommentEvent, now: Date) {
  return {
    timestamp: now.getTime(),
    webhookEvent: `comment_${name}`,
    comment: commentShape(view, issue, { comment, properties: false }),
    issue: {
      id: issue.id,
      self: `${view.url}/rest/api/2/issue/${issue.id}`,
      key: issue.key,
      fields: reducedFields(view, issue),
    },
  };
}

function issueBody(view: View, event: IssueEvent, now: Date) {
  const { name, issue, actor, change } = event;
  const type = typeName(event);
  return {
    timestamp: now.getTime(),
    webhookEvent: `jira:issue_${name}`,
    ...(type === undefined ? {} : { issue_event_type_name: type }),
    user: userShape(view, actor),
    issue: {
      id: issue.id,
      self: `${view.url}/rest/api/2/issue/${issue.id}`,
      key: issue.key,
      fields: allFields(view, issue),
    },
    ...(change ? { changelog: { id: change.id, items: change.items.map(webhookItem) } } : {}),
  };
}

function typeName({ name, change }: IssueEvent): string | undefined {
  if (name === 'deleted') return undefined;
  if (name === 'created') return 'issue_created';
  const fields = change?.items.map(({ fieldId }) => fieldId) ?? [];
  if (fields.includes('status')) return 'issue_generic';
  return fields.includes('assignee') ? 'issue_assigned' : 'issue_updated';
}

// Webhooks carry two more keys for people than the history in REST does.
function webhookItem(item: ChangeItem) {
  if (item.fieldId !== 'assignee') return item;
  return { ...item, tmpFromAccountId: item.from, tmpToAccountId: item.to };
}
