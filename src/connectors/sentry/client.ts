import type { Call } from '../../domain/connector.ts';
import type { HttpClient, HttpClientSettings } from '../http-client.ts';
import { httpClient } from '../http-client.ts';
import { nextCursor } from './link-header.ts';
import { waitOf } from './rate-limit.ts';
import type { SentryAccess } from './settings.ts';

type Query = Readonly<Record<string, string | number | readonly string[]>>;

/** A page of a list and where the next one begins. */
export interface ListPage {
  readonly body: unknown;
  readonly next: string | null;
  /** What Sentry's clock said, in epoch milliseconds (whole seconds). */
  readonly date: number | null;
}

/** Reads and nothing else: the client behind it refuses any request that could change something. */
export interface SentryReader {
  readonly organization: string;
  /** A path begins and ends with a slash: without the last one Sentry redirects. */
  get(path: string, query: Query, call: Call): Promise<unknown>;
  page(path: string, query: Query, call: Call): Promise<ListPage>;
  /** How far Sentry's clock is ahead of ours, in milliseconds, from its last answer. */
  skewMs(): number | null;
}

/** How an issue is to be; only what is named changes. */
export interface IssuePatch {
  readonly status?: 'resolved' | 'resolvedInNextRelease';
  readonly assignedTo?: string;
}

/** The only thing that can change Sentry. Exists only where writing is allowed. */
export interface SentryWriter {
  addNote(issue: string, text: string, call: Call): Promise<unknown>;
  updateIssue(issue: string, patch: IssuePatch, call: Call): Promise<unknown>;
}

/** A client that can only read. */
export function sentryReader(access: SentryAccess): SentryReader {
  const client = clientFor(access, ({ method, path }) => method === 'GET' && path.endsWith('/'));
  return {
    organization: access.organization,
    get: (path, query, { signal }) =>
      client.request({ method: 'GET', path, query, signal, idempotent: true }),
    page: async (path, query, { signal }) => {
      const answer = await client.answer({ method: 'GET', path, query, signal, idempotent: true });
      const date = Date.parse(answer.headers.get('date') ?? '');
      return {
        body: answer.body,
        next: nextCursor(answer.headers.get('link')),
        date: Number.isNaN(date) ? null : date,
      };
    },
    skewMs: () => client.skewMs(),
  };
}

const NOTES_PATH = /^\/organizations\/[a-z0-9_-]+\/issues\/\d{1,20}\/notes\/$/;
const ISSUE_PATH = /^\/organizations\/[a-z0-9_-]+\/issues\/\d{1,20}\/$/;

/** A client that can only comment on an issue, assign it and resolve it. */
export function sentryWriter(access: SentryAccess): SentryWriter {
  const client = clientFor(access, ({ method, path }) => {
    return method === 'POST' ? NOTES_PATH.test(path) : method === 'PUT' && ISSUE_PATH.test(path);
  });
  const issues = `/organizations/${access.organization}/issues`;
  return {
    addNote: (issue, text, { signal }) => {
      const path = `${issues}/${issue}/notes/`;
      return client.request({ method: 'POST', path, body: { text }, signal, idempotent: false });
    },
    updateIssue: (issue, body, { signal }) => {
      const path = `${issues}/${issue}/`;
      return client.request({ method: 'PUT', path, body, signal, idempotent: false });
    },
  };
}

function clientFor(access: SentryAccess, permits: HttpClientSettings['permits']): HttpClient {
  return httpClient({
    baseUrl: access.baseUrl,
    headers: { authorization: `Bearer ${access.token}` },
    userAgent: 'pm-agent',
    permits,
    waitOf,
    ...(access.fetch ? { fetch: access.fetch } : {}),
  });
}
