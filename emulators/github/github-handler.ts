import { createHash } from 'node:crypto';
import type { EmulatorReply, EmulatorRequest } from '../http/emulator-server.ts';
import { findRoute } from '../http/router.ts';
import type { GithubRoute } from './github-call.ts';
import { GithubError, notFound } from './github-error.ts';
import type { Site } from './github-site.ts';
import type { Person } from './github-state.ts';
import type { Hooks } from './hooks.ts';
import { issueRoutes } from './issue-routes.ts';
import { pullRoutes } from './pull-routes.ts';
import { siteRoutes } from './site-routes.ts';

/** The primary limit: so many calls per hour. */
export interface Limit {
  readonly most: number;
  left: number;
  /** Epoch milliseconds. */
  resets: number;
}

/** What a handler of REST calls knows. */
export interface HandlerParts {
  readonly site: Site;
  readonly hooks: Hooks;
  readonly account: Person;
  readonly token: string;
  readonly indexLagMs: number;
  readonly limit: Limit;
  readonly wrote: () => void;
}

const ROUTES: readonly GithubRoute[] = [...issueRoutes, ...pullRoutes, ...siteRoutes];
const HOUR_MS = 3_600_000;

/** Answers one REST call, in GitHub's error shape if it must, with its limits and an ETag. */
export function handleGithub(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  renew(parts);
  const reply = unchanged(request, withEtag(request, answered(parts, request)));
  // "Not modified" costs nothing (contracts/github.md section 3).
  if (reply.status !== 304 && parts.limit.left > 0) parts.limit.left -= 1;
  return { ...reply, headers: { ...limitHeaders(parts), ...reply.headers } };
}

function renew({ limit, site }: HandlerParts): void {
  const now = site.now().getTime();
  if (now < limit.resets) return;
  limit.left = limit.most;
  limit.resets = now + HOUR_MS;
}

function limitHeaders({ limit, site }: HandlerParts): Record<string, string> {
  return {
    date: site.now().toUTCString(),
    'x-ratelimit-limit': String(limit.most),
    'x-ratelimit-remaining': String(limit.left),
    'x-ratelimit-used': String(limit.most - limit.left),
    'x-ratelimit-reset': String(Math.ceil(limit.resets / 1000)),
    'x-ratelimit-resource': 'core',
    'x-github-media-type': 'github.v3; format=json',
  };
}

function answered(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  try {
    return answer(parts, request);
  } catch (error) {
    if (error instanceof GithubError) return { status: error.status, json: error.body };
    throw error;
  }
}

function answer(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  checkCaller(parts, request);
  const found = findRoute(ROUTES, request.method, request.path);
  if (found === 'unknown-path' || found === 'unknown-method') throw notFound();
  const route: GithubRoute = found.route;
  const { site, hooks, account } = parts;
  const reply = route.run({
    site,
    view: site.view(),
    hooks,
    account,
    path: request.path,
    params: found.params,
    query: request.query,
    body: bodyOf(request),
    visibleUntil: site.now().getTime() - parts.indexLagMs,
  });
  if (route.writes) parts.wrote();
  return reply;
}

function checkCaller(parts: HandlerParts, { headers }: EmulatorRequest): void {
  if (!headers['user-agent']) {
    throw new GithubError(403, 'Request forbidden by administrative rules.');
  }
  const given = headers.authorization?.replace(/^(bearer|token) /i, '');
  if (given !== parts.token) throw new GithubError(401, 'Bad credentials');
  if (parts.limit.left > 0) return;
  throw new GithubError(403, `API rate limit exceeded for user ID ${parts.account.id}.`);
}

function bodyOf({ body, method }: EmulatorRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0 || method === 'GET') return {};
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch {
    // Answered below.
  }
  throw new GithubError(400, 'Problems parsing JSON');
}

function withEtag(request: EmulatorRequest, reply: EmulatorReply): EmulatorReply {
  if (request.method !== 'GET' || reply.status !== 200) return reply;
  const hash = createHash('sha256').update(JSON.stringify(reply.json)).digest('hex');
  return { ...reply, headers: { etag: `W/"${hash}"`, ...reply.headers } };
}

function unchanged(request: EmulatorRequest, reply: EmulatorReply): EmulatorReply {
  const etag = reply.headers?.['etag'];
  if (etag === undefined || request.headers['if-none-match'] !== etag) return reply;
  return { status: 304, headers: { ...reply.headers } };
}
