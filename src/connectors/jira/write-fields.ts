import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { AccountId } from './account-id.ts';
import { IssueKey } from './issue-key.ts';
import type { WriteAccess } from './write-access.ts';
import { issueEffect, issueTarget, writing } from './write-access.ts';

/** `jira.assign-issue`: found again by reading who has the issue. */
export function assign(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.assign-issue',
      summary: 'Assign an issue to an account, or to nobody (null).',
      effect: 'write',
      input: z.object({ issue: IssueKey, accountId: AccountId.nullable() }),
      preview: ({ issue, accountId }) => `Assign ${issue} to ${accountId ?? 'nobody'}`,
      target: issueTarget,
    },
    access,
    (given) => ({
      run: async ({ issue, accountId }, call) => {
        await given.site.fields(issue, 'assignee', call);
        await given.writer.assign(issue, accountId, call);
        return issueEffect(given, issue);
      },
      find: async ({ issue, accountId }, call) => {
        const { assignee } = (await given.site.fields(issue, 'assignee', call)).fields;
        return (assignee?.accountId ?? null) === accountId ? issueEffect(given, issue) : null;
      },
    }),
  );
}

/** `jira.add-label`: found again by reading the labels. */
export function addLabel(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.add-label',
      summary: 'Add one label to an issue; the others stay.',
      effect: 'write',
      input: z.object({
        issue: IssueKey,
        label: z.string().max(255).regex(/^\S+$/, 'a label is one word'),
      }),
      preview: ({ issue, label }) => `Label ${issue} with ${titleOf(label)}`,
      target: issueTarget,
    },
    access,
    (given) => ({
      run: async ({ issue, label }, call) => {
        await given.site.fields(issue, 'labels', call);
        await given.writer.editIssue(issue, { update: { labels: [{ add: label }] } }, call);
        return issueEffect(given, issue);
      },
      find: async ({ issue, label }, call) => {
        const { labels } = (await given.site.fields(issue, 'labels', call)).fields;
        return labels.includes(label) ? issueEffect(given, issue) : null;
      },
    }),
  );
}

/** `jira.set-priority`: found again by reading the priority. */
export function setPriority(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.set-priority',
      summary: 'Set the priority of an issue by its name.',
      effect: 'destroy',
      input: z.object({ issue: IssueKey, priority: z.string().trim().min(1).max(100) }),
      preview: ({ issue, priority }) => `Set the priority of ${issue} to ${titleOf(priority)}`,
      target: issueTarget,
    },
    access,
    (given) => ({
      run: async ({ issue, priority }, call) => {
        await given.site.fields(issue, 'priority', call);
        await given.writer.editIssue(issue, { fields: { priority: { name: priority } } }, call);
        return issueEffect(given, issue);
      },
      find: async ({ issue, priority }, call) => {
        const { name } = (await given.site.fields(issue, 'priority', call)).fields.priority ?? {};
        const isSet = name?.toLowerCase() === priority.toLowerCase();
        return isSet ? issueEffect(given, issue) : null;
      },
    }),
  );
}

/** `jira.delete-issue`: an issue with sub-tasks is refused by Jira. */
export function deleteIssue(access: WriteAccess | null): Operation {
  return writing(
    {
      name: 'jira.delete-issue',
      summary: 'Delete an issue with its comments and history. It cannot be brought back.',
      effect: 'destroy',
      input: z.object({ issue: IssueKey }),
      preview: ({ issue }) => `Delete ${issue} for good`,
      target: issueTarget,
    },
    access,
    // An issue that may not be seen answers like one that is gone, so nothing can be read back.
    (given) => ({
      run: async ({ issue }, call) => {
        await given.site.fields(issue, 'summary', call);
        await given.writer.deleteIssue(issue, call);
        return { id: issue, url: null };
      },
    }),
  );
}
