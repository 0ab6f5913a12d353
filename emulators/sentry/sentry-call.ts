import type { EmulatorReply } from '../http/emulator-server.ts';
import type { Params, Route } from '../http/router.ts';
import { notFound, SentryError } from './sentry-error.ts';
import type { View } from './sentry-shapes.ts';
import type { SentrySite } from './sentry-site.ts';
import type { Issue, Person, Project } from './sentry-state.ts';

/** One authenticated call of the REST API, as its route sees it. */
export interface SentryCall {
  readonly site: SentrySite;
  readonly view: View;
  readonly account: Person;
  readonly scopes: readonly string[];
  readonly params: Params;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Lists show what was so at this instant: an index is behind. */
  readonly indexedUntil: number;
}

/** A route of Sentry; `scope` is what the token needs (nothing without it), `writes` marks those that change something. */
export type SentryRoute = Route<SentryCall> & {
  readonly scope?: string;
  readonly writes?: boolean;
};

/** The issue that the path names. Throws a 404. */
export function issueOf(call: SentryCall): Issue {
  const issue = call.site.state.issues.get(call.params['issue'] ?? '');
  if (!issue || call.params['org'] !== call.site.state.organization) throw notFound();
  return issue;
}

/** The project that the path names. Throws a 404. */
export function projectOf(call: SentryCall): Project {
  const project = call.site.state.projects.get(call.params['project'] ?? '');
  if (!project || call.params['org'] !== call.site.state.organization) throw notFound();
  return project;
}

const MOST = 100;

/** A page of a list, with the addresses of its neighbours: the next one is named even where there is none. */
export function paged(call: SentryCall, items: readonly unknown[]): EmulatorReply {
  const size = Number(call.query.get('limit') ?? call.query.get('per_page') ?? MOST);
  if (!Number.isInteger(size) || size < 1 || size > MOST) {
    throw new SentryError(400, {
      detail: `Invalid per_page value. Must be between 1 and ${MOST}.`,
    });
  }
  const cursor = call.query.get('cursor') ?? '0:0:0';
  if (!/^\d+:\d+:[01]$/.test(cursor)) throw new SentryError(400, 'Invalid cursor parameter.');
  const offset = Number(cursor.split(':')[1]);
  const end = offset + size;
  const link = [
    neighbour(call, {
      rel: 'previous',
      results: offset > 0,
      cursor: `0:${Math.max(0, offset - size)}:1`,
    }),
    neighbour(call, { rel: 'next', results: end < items.length, cursor: `0:${end}:0` }),
  ].join(', ');
  return { status: 200, headers: { link }, json: items.slice(offset, end) };
}

interface Neighbour {
  readonly rel: 'previous' | 'next';
  readonly results: boolean;
  readonly cursor: string;
}

function neighbour({ view, path, query }: SentryCall, { rel, results, cursor }: Neighbour): string {
  const search = new URLSearchParams(query);
  search.set('cursor', cursor);
  const address = `${view.url}/api/0${path}?${search.toString()}`;
  return `<${address}>; rel="${rel}"; results="${results}"; cursor="${cursor}"`;
}
