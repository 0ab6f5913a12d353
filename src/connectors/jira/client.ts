import type { Call } from '../../domain/connector.ts';
import type { HttpAnswer, HttpClient, HttpClientSettings, HttpRequest } from '../http-client.ts';
import { httpClient } from '../http-client.ts';
import type { AdfDocument } from './text-to-adf.ts';
import type { JiraAccess } from './settings.ts';

/** The reads that Jira takes as POST. */
export type ReadPath =
  '/rest/api/3/search/jql' | '/rest/api/3/comment/list' | '/rest/api/3/issue/bulkfetch';

const POST_READS: ReadonlySet<string> = new Set<ReadPath>([
  '/rest/api/3/search/jql',
  '/rest/api/3/comment/list',
  '/rest/api/3/issue/bulkfetch',
]);

/** Reads and nothing else: the client behind it refuses any request that could change something. */
export interface JiraReader {
  get(path: string, query: Readonly<Record<string, string | number>>, call: Call): Promise<unknown>;
  postRead(path: ReadPath, body: object, call: Call): Promise<unknown>;
  /** The same with the headers, of which the time of the site is read. */
  postAnswer(path: ReadPath, body: object, call: Call): Promise<HttpAnswer>;
  /** How far the site's clock is ahead of ours, in milliseconds, from its last answer. */
  skewMs(): number | null;
}

/** A comment that is about to be sent. */
interface NewComment {
  readonly body: AdfDocument;
  readonly properties: readonly { readonly key: string; readonly value: object }[];
}

/** A link that is about to be made: `from` shows the outward word of the type, `to` the inward one. */
interface NewLink {
  readonly type: string;
  readonly from: string;
  readonly to: string;
}

/** All that can change Jira. Exists only where writing is allowed. */
export interface JiraWriter {
  addComment(issue: string, comment: NewComment, call: Call): Promise<unknown>;
  editComment(at: CommentPlace, body: AdfDocument, call: Call): Promise<unknown>;
  transition(issue: string, transition: string, call: Call): Promise<unknown>;
  /** `null` takes the issue from whoever has it. */
  assign(issue: string, accountId: string | null, call: Call): Promise<unknown>;
  /** A body of `PUT /issue`: `fields` or `update`. */
  editIssue(issue: string, edit: object, call: Call): Promise<unknown>;
  moveToSprint(sprint: number, issue: string, call: Call): Promise<unknown>;
  link(link: NewLink, call: Call): Promise<unknown>;
  deleteIssue(issue: string, call: Call): Promise<unknown>;
}

/** Where a comment stands. */
interface CommentPlace {
  readonly issue: string;
  readonly comment: string;
}

/** A client that can only read. */
export function jiraReader(access: JiraAccess): JiraReader {
  const client = clientFor(access, ({ method, path }) => {
    return method === 'GET' || (method === 'POST' && POST_READS.has(path));
  });
  return {
    get: (path, query, { signal }) =>
      client.request({ method: 'GET', path, query, signal, idempotent: true }),
    postRead: (path, body, { signal }) =>
      client.request({ method: 'POST', path, body, signal, idempotent: true }),
    postAnswer: (path, body, { signal }) =>
      client.answer({ method: 'POST', path, body, signal, idempotent: true }),
    skewMs: () => client.skewMs(),
  };
}

const ISSUE = String.raw`/rest/api/3/issue/[A-Z][A-Z0-9_]+-\d+`;

const WRITES: readonly (readonly [HttpRequest['method'], RegExp])[] = [
  ['POST', new RegExp(`^${ISSUE}/comment$`)],
  ['PUT', new RegExp(String.raw`^${ISSUE}/comment/\d+$`)],
  ['POST', new RegExp(`^${ISSUE}/transitions$`)],
  ['PUT', new RegExp(`^${ISSUE}/assignee$`)],
  ['PUT', new RegExp(`^${ISSUE}$`)],
  ['DELETE', new RegExp(`^${ISSUE}$`)],
  ['POST', /^\/rest\/api\/3\/issueLink$/],
  ['POST', /^\/rest\/agile\/1\.0\/sprint\/\d+\/issue$/],
];

/** A client that can send the changes of our operations and nothing else. Each is sent once. */
export function jiraWriter(access: JiraAccess): JiraWriter {
  const client = clientFor(access, ({ method, path }) => {
    return WRITES.some(([verb, pattern]) => verb === method && pattern.test(path));
  });
  const send = (method: HttpRequest['method'], path: string, given: Given): Promise<unknown> => {
    const { signal } = given.call;
    const body = given.body === undefined ? {} : { body: given.body };
    return client.request({ method, path, ...body, signal, idempotent: false });
  };
  const at = (issue: string): string => `/rest/api/3/issue/${issue}`;
  return {
    addComment: (issue, body, call) => send('POST', `${at(issue)}/comment`, { body, call }),
    editComment: ({ issue, comment }, body, call) =>
      send('PUT', `${at(issue)}/comment/${comment}`, { body: { body }, call }),
    transition: (issue, id, call) =>
      send('POST', `${at(issue)}/transitions`, { body: { transition: { id } }, call }),
    assign: (issue, accountId, call) =>
      send('PUT', `${at(issue)}/assignee`, { body: { accountId }, call }),
    editIssue: (issue, body, call) => send('PUT', at(issue), { body, call }),
    moveToSprint: (sprint, issue, call) =>
      send('POST', `/rest/agile/1.0/sprint/${sprint}/issue`, { body: { issues: [issue] }, call }),
    link: ({ type, from, to }, call) => {
      const body = { type: { name: type }, inwardIssue: { key: from }, outwardIssue: { key: to } };
      return send('POST', '/rest/api/3/issueLink', { body, call });
    },
    deleteIssue: (issue, call) => send('DELETE', at(issue), { call }),
  };
}

interface Given {
  readonly body?: object;
  readonly call: Call;
}

function clientFor(access: JiraAccess, permits: HttpClientSettings['permits']): HttpClient {
  return httpClient({
    baseUrl: access.baseUrl,
    headers: { authorization: basicAuth(access) },
    userAgent: 'pm-agent',
    permits,
    ...(access.fetch ? { fetch: access.fetch } : {}),
  });
}

/** The header of an API token. */
export function basicAuth({ email, token }: Pick<JiraAccess, 'email' | 'token'>): string {
  return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
}
