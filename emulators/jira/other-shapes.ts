import { jiraDate } from './jira-date.ts';
import { userShape } from './issue-shapes.ts';
import type { View } from './issue-shapes.ts';
import type { Issue, Sprint, Worklog } from './jira-state.ts';

/** A sprint as the agile API and the webhooks show it; `createdDate` as Atlassian's own client library knows it. */
export function sprintShape({ url }: View, sprint: Sprint): Record<string, unknown> {
  const { id, name, state, boardId, ...rest } = sprint;
  const self = `${url}/rest/agile/1.0/sprint/${id}`;
  return { id, self, state, name, ...rest, originBoardId: boardId };
}

/** Logged work, the same in REST and in webhooks. */
export function worklogShape(view: View, issue: Issue, worklog: Worklog): Record<string, unknown> {
  const { id, author, updateAuthor, seconds, started, created, updated } = worklog;
  return {
    self: `${view.url}/rest/api/${view.version}/issue/${issue.id}/worklog/${id}`,
    author: userShape(view, author),
    updateAuthor: userShape(view, updateAuthor),
    created: jiraDate(created),
    updated: jiraDate(updated),
    started: jiraDate(started),
    timeSpent: spoken(seconds),
    timeSpentSeconds: seconds,
    id,
    issueId: issue.id,
  };
}

function spoken(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  const parts = [...(hours > 0 ? [`${hours}h`] : []), ...(minutes > 0 ? [`${minutes}m`] : [])];
  return parts.length === 0 ? '0m' : parts.join(' ');
}
