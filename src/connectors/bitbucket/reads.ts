import { z } from 'zod';
import type { Operation } from '../../domain/connector.ts';
import { defineRead } from '../../domain/connector.ts';
import { readDiffstat, DiffstatView } from './diffstat.ts';
import { CommitView, listCommits, listReviewers, ReviewersView } from './lists.ts';
import { PullRequestName, pullRequestSubject } from './repository.ts';
import { listPullRequests, SEARCH_INPUT } from './search.ts';
import {
  activityView,
  ActivityView,
  CommentView,
  commentView,
  PullRequestLine,
  PullRequestView,
  pullRequestView,
  StatusView,
  statusView,
} from './views.ts';
import type { Workspace } from './workspace.ts';

/** All that may be read of Bitbucket. */
export function bitbucketReads(workspace: Workspace): readonly Operation[] {
  return [
    ...aboutPullRequest(workspace),
    ...listsOfPullRequest(workspace),
    ...workOfPullRequest(workspace),
    defineRead({
      name: 'bitbucket.list-pull-requests',
      summary:
        'List pull requests of a repository, last changed first. Only open ones unless told.',
      effect: 'read',
      input: SEARCH_INPUT,
      output: z.object({ pullRequests: z.array(PullRequestLine), complete: z.boolean() }),
      preview: ({ repository }) => `Read the pull requests of ${repository}`,
      run: (input, call) => listPullRequests(workspace, input, call),
    }),
  ];
}

function aboutPullRequest(workspace: Workspace): readonly Operation[] {
  return [
    defineRead({
      name: 'bitbucket.get-pull-request',
      summary: 'Read a pull request: its text, branches, reviewers and their votes.',
      effect: 'read',
      input: PullRequestName,
      output: PullRequestView,
      about: subjectOf,
      preview: (input) => `Read pull request ${labelOf(input)}`,
      run: async (input, call) =>
        pullRequestView(input.repository, await workspace.pullRequest(input, call)),
    }),
    defineRead({
      name: 'bitbucket.list-reviewers',
      summary: 'List the reviewers of a pull request and the default reviewers of its repository.',
      effect: 'read',
      input: PullRequestName,
      output: ReviewersView,
      about: subjectOf,
      preview: (input) => `Read the reviewers of ${labelOf(input)}`,
      run: (input, call) => listReviewers(workspace, input, call),
    }),
    defineRead({
      name: 'bitbucket.get-diffstat',
      summary: 'Read which files a pull request changes, with added and removed lines.',
      effect: 'read',
      input: PullRequestName,
      output: DiffstatView,
      about: subjectOf,
      preview: (input) => `Read the changed files of ${labelOf(input)}`,
      run: (input, call) => readDiffstat(workspace, input, call),
    }),
  ];
}

function listsOfPullRequest(workspace: Workspace): readonly Operation[] {
  return [
    defineRead({
      name: 'bitbucket.list-comments',
      summary: 'List the comments of a pull request, newest first, without deleted ones.',
      effect: 'read',
      input: PullRequestName.extend({ limit: z.int().min(1).max(200).default(50) }),
      output: z.object({ comments: z.array(CommentView), complete: z.boolean() }),
      about: subjectOf,
      preview: (input) => `Read the comments of ${labelOf(input)}`,
      run: async (input, call) => {
        const { items, complete } = await workspace.comments(input, call, 3);
        const shown = items.filter((one) => one.deleted !== true && one.pending !== true);
        return {
          comments: shown.slice(0, input.limit).map(commentView),
          complete: complete && shown.length <= input.limit,
        };
      },
    }),
    defineRead({
      name: 'bitbucket.list-activity',
      summary: 'List what happened to a pull request, newest first: updates, approvals, requests.',
      effect: 'read',
      input: PullRequestName,
      output: z.object({ activity: z.array(ActivityView), complete: z.boolean() }),
      about: subjectOf,
      preview: (input) => `Read the log of ${labelOf(input)}`,
      run: async (input, call) => {
        const { items, complete } = await workspace.activity(input, call);
        return { activity: items.map(activityView).filter((one) => one !== null), complete };
      },
    }),
  ];
}

function workOfPullRequest(workspace: Workspace): readonly Operation[] {
  return [
    defineRead({
      name: 'bitbucket.list-commits',
      summary: 'List the commits of a pull request.',
      effect: 'read',
      input: PullRequestName,
      output: z.object({ commits: z.array(CommitView), complete: z.boolean() }),
      about: subjectOf,
      preview: (input) => `Read the commits of ${labelOf(input)}`,
      run: (input, call) => listCommits(workspace, input, call),
    }),
    defineRead({
      name: 'bitbucket.list-statuses',
      summary: 'List the builds of a pull request and their states.',
      effect: 'read',
      input: PullRequestName,
      output: z.object({ statuses: z.array(StatusView), complete: z.boolean() }),
      about: subjectOf,
      preview: (input) => `Read the builds of ${labelOf(input)}`,
      run: async (input, call) => {
        const { items, complete } = await workspace.statuses(input, call);
        return { statuses: items.map(statusView), complete };
      },
    }),
  ];
}

function subjectOf({ repository, pullRequest }: PullRequestName): string {
  return pullRequestSubject(repository, pullRequest);
}

function labelOf({ repository, pullRequest }: PullRequestName): string {
  return `${repository}#${pullRequest}`;
}
