import type { EmulatorReply, EmulatorRequest } from '../http/emulator-server.ts';
import { findRoute } from '../http/router.ts';
import { issueRoutes } from './issue-routes.ts';
import { organizationRoutes } from './organization-routes.ts';
import type { SentryRoute } from './sentry-call.ts';
import { notFound, SentryError } from './sentry-error.ts';
import { AGENT } from './sentry-seed.ts';
import type { SentrySite } from './sentry-site.ts';

/** How many calls a window allows. */
export interface RateLimit {
  readonly calls: number;
  readonly windowMs: number;
}

/** What a handler of REST calls knows; `url` is a function because a port is known late. */
export interface HandlerParts {
  readonly site: SentrySite;
  readonly token: string;
  readonly scopes: readonly string[];
  readonly indexLagMs: number;
  readonly limit: RateLimit;
  readonly url: () => string;
  readonly wrote: () => void;
}

const ROUTES: readonly SentryRoute[] = [...organizationRoutes, ...issueRoutes];
const BASE = '/api/0';

/** Answers REST calls, in Sentry's error shape if it must; `wrote` is told of each change that was made. */
export function sentryHandler(parts: HandlerParts): (request: EmulatorRequest) => EmulatorReply {
  const meter = rateMeter(parts);
  return (request) => {
    const usage = meter();
    const reply = usage.isOver
      ? { status: 429, json: { detail: 'You are attempting to use this endpoint too frequently.' } }
      : reported(parts, request);
    const headers = { date: parts.site.now().toUTCString(), ...usage.headers, ...reply.headers };
    return { ...reply, headers };
  };
}

function rateMeter({ limit, site }: HandlerParts) {
  let began = 0;
  let used = 0;
  return () => {
    const now = site.now().getTime();
    const start = now - (now % limit.windowMs);
    if (start !== began) used = 0;
    began = start;
    used += 1;
    return {
      isOver: used > limit.calls,
      headers: {
        'x-sentry-rate-limit-limit': String(limit.calls),
        'x-sentry-rate-limit-remaining': String(Math.max(0, limit.calls - used)),
        'x-sentry-rate-limit-reset': String(Math.ceil((start + limit.windowMs) / 1000)),
        'x-sentry-rate-limit-concurrentlimit': '25',
        'x-sentry-rate-limit-concurrentremaining': '24',
      },
    };
  };
}

function reported(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  try {
    return answer(parts, request);
  } catch (error) {
    if (error instanceof SentryError) return { status: error.status, json: error.body };
    throw error;
  }
}

function answer(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  if (!request.path.startsWith(`${BASE}/`)) throw notFound();
  if (!request.path.endsWith('/')) return redirect(parts, request);
  const path = request.path.slice(BASE.length);
  if (request.headers.authorization !== `Bearer ${parts.token}`) {
    throw new SentryError(401, 'Invalid token');
  }
  const found = findRoute(ROUTES, request.method, path);
  if (found === 'unknown-path') throw notFound();
  if (found === 'unknown-method') {
    throw new SentryError(405, `Method "${request.method}" not allowed.`);
  }
  const route: SentryRoute = found.route;
  if (route.scope !== undefined && !parts.scopes.includes(route.scope)) {
    throw new SentryError(403, 'You do not have permission to perform this action.');
  }
  const { site, scopes } = parts;
  const reply = route.run({
    site,
    scopes,
    path,
    view: { url: parts.url(), state: site.state },
    account: AGENT,
    params: found.params,
    query: request.query,
    body: bodyOf(request),
    indexedUntil: site.now().getTime() - parts.indexLagMs,
  });
  if (route.writes) parts.wrote();
  return reply;
}

// The method and the body are lost on the way: a caller that follows makes a GET.
function redirect({ url }: HandlerParts, { path, query }: EmulatorRequest): EmulatorReply {
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  return { status: 301, headers: { location: `${url()}${path}/${search}` } };
}

function bodyOf({ body, method }: EmulatorRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0 || method === 'GET') return {};
  const invalid = new SentryError(400, 'JSON parse error');
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed !== 'object' || parsed === null) throw invalid;
    return { ...parsed };
  } catch {
    throw invalid;
  }
}
