import { z } from 'zod';
import { cleanText } from '../../lib/clean-text.ts';
import type { Comment } from './payload.ts';
import type { RestIssue, RestPull } from './rest.ts';

const Text = z.string().nullable();

/** An issue or pull request in a list. */
export const ItemLine = z.object({
  repo: z.string(),
  number: z.int(),
  kind: z.enum(['issue', 'pull-request']),
  title: z.string(),
  state: z.string(),
  author: Text,
  assignees: z.array(z.string()),
  labels: z.array(z.string()),
  created: Text,
  updated: Text,
  url: Text,
});
export type ItemLine = z.infer<typeof ItemLine>;

export const IssueView = ItemLine.extend({
  body: Text,
  milestone: Text,
  closed: Text,
  stateReason: Text,
});
export type IssueView = z.infer<typeof IssueView>;

export const PullView = ItemLine.extend({
  body: Text,
  draft: z.boolean(),
  branch: Text,
  base: Text,
  head: Text,
  reviewers: z.array(z.string()),
  mergeable: z.boolean().nullable(),
  merged: Text,
  closed: Text,
});
export type PullView = z.infer<typeof PullView>;

export const CommentView = z.object({
  id: z.string(),
  author: z.string(),
  text: z.string(),
  at: Text,
  url: Text,
});
export type CommentView = z.infer<typeof CommentView>;

function timeOf(value: string | number | null): string | null {
  return typeof value === 'string' ? cleanText(value, 40) : null;
}

/** The line of an issue, or of a pull request shown as one. */
export function issueLine(repo: string, issue: RestIssue): ItemLine {
  const isPull = issue.pull_request !== undefined && issue.pull_request !== null;
  return {
    repo,
    number: issue.number,
    kind: isPull ? 'pull-request' : 'issue',
    title: cleanText(issue.title ?? '', 300),
    state: isPull && issue.pull_request?.merged_at ? 'merged' : (issue.state ?? 'unknown'),
    author: issue.user?.login ?? 'ghost',
    assignees: issue.assignees.map(({ login }) => login),
    labels: issue.labels.map((label) => cleanText(label, 100)),
    created: timeOf(issue.created_at),
    updated: timeOf(issue.updated_at),
    url: issue.html_url,
  };
}

export function issueView(repo: string, issue: RestIssue): IssueView {
  return {
    ...issueLine(repo, issue),
    body: issue.body === null ? null : cleanText(issue.body),
    milestone: issue.milestone?.title ?? null,
    closed: timeOf(issue.closed_at),
    stateReason: issue.state_reason,
  };
}

export function pullView(repo: string, pull: RestPull): PullView {
  const teams = pull.requested_teams.flatMap(({ name }) => (name === null ? [] : [`team ${name}`]));
  return {
    repo,
    number: pull.number,
    kind: 'pull-request',
    title: cleanText(pull.title ?? '', 300),
    state: pull.merged_at === null ? (pull.state ?? 'unknown') : 'merged',
    author: pull.user?.login ?? 'ghost',
    assignees: pull.assignees.map(({ login }) => login),
    labels: pull.labels.map((label) => cleanText(label, 100)),
    created: timeOf(pull.created_at),
    updated: timeOf(pull.updated_at),
    url: pull.html_url,
    body: pull.body === null ? null : cleanText(pull.body),
    draft: pull.draft === true,
    branch: pull.head.ref,
    base: pull.base.ref,
    head: pull.head.sha,
    reviewers: [...pull.requested_reviewers.map(({ login }) => login), ...teams],
    mergeable: pull.mergeable,
    merged: timeOf(pull.merged_at),
    closed: timeOf(pull.closed_at),
  };
}

export function commentView(comment: Comment): CommentView {
  return {
    id: comment.id,
    author: comment.user?.login ?? 'ghost',
    text: cleanText(comment.body ?? ''),
    at: timeOf(comment.created_at),
    url: comment.html_url,
  };
}
