import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { IssueKey } from './issue-key.ts';
import { CommentView, IssueLine, IssueView } from './issue-view.ts';
import { listBoards, listSprintIssues, listSprints } from './read-agile.ts';
import { getChangelog, listTransitions } from './read-issue.ts';
import { findUsers, listFields } from './read-site.ts';
import { searchIssues } from './search.ts';
import type { JiraSite } from './site.ts';
import { issueTarget } from './write-access.ts';

/** All that may be read of Jira. */
export function jiraReads(site: JiraSite): readonly Operation[] {
  return [
    getIssue(site),
    listComments(site),
    getChangelog(site),
    search(site),
    listBoards(site),
    listSprints(site),
    listSprintIssues(site),
    listFields(site),
    findUsers(site),
    listTransitions(site),
  ];
}

function getIssue(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.get-issue',
    summary: 'Read an issue: its fields, latest comments and latest changes.',
    effect: 'read',
    input: z.object({ issue: IssueKey }),
    output: IssueView,
    about: issueTarget,
    preview: ({ issue }) => `Read ${issue}`,
    run: ({ issue }, call) => site.issue(issue, call),
  });
}

function listComments(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.list-comments',
    summary: 'List the comments of an issue, newest first.',
    effect: 'read',
    input: z.object({ issue: IssueKey, limit: z.int().min(1).max(100).default(50) }),
    output: z.object({ comments: z.array(CommentView) }),
    about: issueTarget,
    preview: ({ issue }) => `Read the comments of ${issue}`,
    run: async ({ issue, limit }, call) => ({ comments: await site.comments(issue, limit, call) }),
  });
}

function search(site: JiraSite): Operation {
  return defineRead({
    name: 'jira.search-issues',
    summary: 'Search issues of the watched projects with JQL. An ORDER BY at the end is kept.',
    effect: 'read',
    input: z.object({ jql: z.string().max(4_000), limit: z.int().min(1).max(200).default(50) }),
    output: z.object({ issues: z.array(IssueLine), complete: z.boolean() }),
    preview: ({ jql }) => `Search Jira for ${jql.slice(0, 150)}`,
    run: (input, call) => searchIssues(site, input, call),
  });
}
