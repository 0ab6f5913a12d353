import type { Call } from '../../domain/connector.ts';
import type { HttpClient, HttpClientSettings, HttpRequest } from '../http-client.ts';
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
}

/** A comment that is about to be sent. */
interface NewComment {
  readonly body: AdfDocument;
  readonly properties: readonly { readonly key: string; readonly value: object }[];
}

/** The only thing that can change Jira. Exists only where writing is allowed. */
export interface JiraWriter {
  addComment(issue: string, comment: NewComment, call: Call): Promise<unknown>;
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
  };
}

const COMMENT_PATH = /^\/rest\/api\/3\/issue\/[A-Z][A-Z0-9_]+-\d+\/comment$/;

/** A client that can only add comments. */
export function jiraWriter(access: JiraAccess): JiraWriter {
  const client = clientFor(
    access,
    ({ method, path }) => method === 'POST' && COMMENT_PATH.test(path),
  );
  return {
    addComment: (issue, body, { signal }) => {
      const path = `/rest/api/3/issue/${issue}/comment`;
      const request: HttpRequest = { method: 'POST', path, body, signal, idempotent: false };
      return client.request(request);
    },
  };
}

function clientFor(access: JiraAccess, permits: HttpClientSettings['permits']): HttpClient {
  const credentials = Buffer.from(`${access.email}:${access.token}`).toString('base64');
  return httpClient({
    baseUrl: access.baseUrl,
    headers: { authorization: `Basic ${credentials}` },
    userAgent: 'pm-agent',
    permits,
    ...(access.fetch ? { fetch: access.fetch } : {}),
  });
}
