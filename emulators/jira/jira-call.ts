import type { EmulatorReply } from '../http/emulator-server.ts';
import type { Params, Route } from '../http/router.ts';
import { allFields, changeShape, commentShape } from './issue-shapes.ts';
import type { View } from './issue-shapes.ts';
import { worklogShape } from './other-shapes.ts';
import { issueNotFound, JiraError } from './jira-error.ts';
import type { HookRegistry } from './hook-registry.ts';
import type { JiraSite } from './jira-site.ts';
import type { Issue, Person } from './jira-state.ts';
import { findIssue } from './jira-state.ts';

/** One authenticated call of the REST API, as its route sees it. */
export interface JiraCall {
  readonly site: JiraSite;
  readonly hooks: HookRegistry;
  /** Permissions that the account does not have. */
  readonly denied: readonly string[];
  /** Called with an OAuth token, which dynamic webhooks take. */
  readonly isApp: boolean;
  readonly view: View;
  readonly account: Person;
  readonly params: Params;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A route of Jira; `writes` marks those that change something. */
export type JiraRoute = Route<JiraCall> & { readonly writes?: boolean };

/** A JSON answer. */
export function ok(json: unknown, status = 200): EmulatorReply {
  return { status, json };
}

/** The answer of a change that has nothing to say. */
export const NO_CONTENT: EmulatorReply = { status: 204 };

/** The issue that the path names. Throws a 404. */
export function issueOf({ site, params }: JiraCall): Issue {
  const issue = findIssue(site.state, params['issue'] ?? '');
  if (!issue) throw issueNotFound();
  return issue;
}

/** `startAt` and `maxResults` of a call. Throws a 400 for what is not a number. */
export function pageOf({ query }: JiraCall, most: number): { startAt: number; maxResults: number } {
  return {
    startAt: wholeNumber(query.get('startAt') ?? '0', 'startAt'),
    maxResults: Math.min(wholeNumber(query.get('maxResults') ?? String(most), 'maxResults'), most),
  };
}

function wholeNumber(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new JiraError(400, `The value '${text}' of ${name} is not a number.`);
}

/** A page in the shape of the platform API (`values`, `isLast`). */
export function page(call: JiraCall, values: readonly unknown[], most: number): EmulatorReply {
  const { startAt, maxResults } = pageOf(call, most);
  return ok({
    maxResults,
    startAt,
    total: values.length,
    isLast: startAt + maxResults >= values.length,
    values: values.slice(startAt, startAt + maxResults),
  });
}

/** The names in a comma-separated query parameter, or a list of the body. */
export function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String).flatMap((name) => name.split(','));
  return typeof value === 'string' ? value.split(',').map((name) => name.trim()) : [];
}

interface Wanted {
  readonly fields: readonly string[];
  readonly expand: readonly string[];
}

/** How much of its history an issue carries: the newest entries. */
const EXPANDED = 100;

/** An issue with the fields that were asked for; asked for nothing but ids, it is an id and no more. */
export function issueShape({ view }: Pick<JiraCall, 'view'>, issue: Issue, wanted: Wanted): object {
  if (wanted.fields.every((name) => name === 'id')) return { id: issue.id };
  const total = issue.changelog.length;
  const newest = issue.changelog.toReversed().slice(0, EXPANDED);
  const histories = newest.map((change) => changeShape(view, change));
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id: issue.id,
    self: `${view.url}/rest/api/3/issue/${issue.id}`,
    key: issue.key,
    ...(wanted.expand.includes('changelog')
      ? { changelog: { startAt: 0, maxResults: histories.length, total, histories } }
      : {}),
    fields: chosen(fieldsWithComments(view, issue), wanted.fields),
  };
}

function fieldsWithComments(view: View, issue: Issue): Record<string, unknown> {
  const comments = issue.comments.map((comment) =>
    commentShape(view, issue, { comment, properties: false }),
  );
  const total = comments.length;
  const self = `${view.url}/rest/api/3/issue/${issue.id}/comment`;
  return {
    ...allFields(view, issue),
    comment: { comments, self, maxResults: total, total, startAt: 0 },
    worklog: firstWork(view, issue),
  };
}

/** How many worklogs an issue carries: the oldest. */
const WORKLOGS = 20;

function firstWork(view: View, issue: Issue): object {
  const shown = issue.worklogs.slice(0, WORKLOGS);
  const worklogs = shown.map((worklog) => worklogShape(view, issue, worklog));
  return { startAt: 0, maxResults: WORKLOGS, total: issue.worklogs.length, worklogs };
}

const NOT_NAVIGABLE = ['comment', 'attachment', 'worklog'];

function chosen(all: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const dropped = names.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
  const isAll = names.includes('*all') || dropped.length === names.length;
  const isNavigable = names.includes('*navigable');
  const entries = Object.entries(all).filter(([name]) => {
    if (dropped.includes(name)) return false;
    return isAll || names.includes(name) || (isNavigable && !NOT_NAVIGABLE.includes(name));
  });
  return Object.fromEntries(entries);
}
