import type { EmulatorReply, EmulatorRequest } from '../http/emulator-server.ts';
import { findRoute } from '../http/router.ts';
import { accountRoutes } from './account-routes.ts';
import type { BitbucketRoute } from './bitbucket-call.ts';
import { BitbucketError } from './bitbucket-error.ts';
import type { SiteParts } from './bitbucket-site.ts';
import type { Account } from './bitbucket-state.ts';
import { commentRoutes } from './comment-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { pullRequestRoutes } from './pull-request-routes.ts';

/** What a handler of REST calls knows; `url` is a function because a port is known late. */
export interface HandlerParts {
  readonly parts: SiteParts;
  readonly account: Account;
  /** With it the token is taken as Basic only, without it as Bearer only. */
  readonly email: string | null;
  readonly token: string;
  /** What the token may do; without it, everything, and no answer tells. */
  readonly scopes: readonly string[] | null;
  readonly indexLagMs: number;
  readonly requestsPerHour: number;
  readonly url: () => string;
  readonly wrote: () => unknown;
}

const ROUTES: readonly BitbucketRoute[] = [
  ...accountRoutes,
  ...pullRequestRoutes,
  ...commentRoutes,
  ...hookRoutes,
];

const HOUR = 3_600_000;
const BASE = '/2.0';

/** Answers REST calls, in Bitbucket's error shapes if it must; `wrote` is told of each change that was made. */
export function bitbucketHandler(parts: HandlerParts): (request: EmulatorRequest) => EmulatorReply {
  let recent: number[] = [];
  const count = () => {
    const now = parts.parts.now().getTime();
    recent = [...recent.filter((at) => now - at < HOUR), now];
    if (recent.length <= parts.requestsPerHour) return;
    throw new BitbucketError(429, 'Rate limit for this resource has been exceeded');
  };
  return (request) => {
    const headers = { date: parts.parts.now().toUTCString() };
    try {
      checkCredentials(parts, request.headers.authorization);
      count();
      const reply = answer(parts, request);
      const scopes = parts.scopes === null ? {} : { 'x-oauth-scopes': parts.scopes.join(', ') };
      return { ...reply, headers: { ...headers, ...scopes, ...reply.headers } };
    } catch (error) {
      if (!(error instanceof BitbucketError)) throw error;
      const { status, message, body } = error;
      return { status, headers, ...(error.plain ? { text: message } : { json: body }) };
    }
  };
}

function answer(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  // Outside of the API only a plain word comes back.
  if (!request.path.startsWith(`${BASE}/`)) throw new BitbucketError(404, 'Not found', true);
  const path = request.path.slice(BASE.length);
  const found = findRoute(ROUTES, request.method, path);
  if (found === 'unknown-path') throw new BitbucketError(404, 'Resource not found');
  if (found === 'unknown-method') throw new BitbucketError(405, 'Method not allowed', true);
  const route: BitbucketRoute = found.route;
  checkScope(parts, route);
  const reply = route.run({
    parts: parts.parts,
    view: { url: `${parts.url()}${BASE}`, state: parts.parts.state },
    account: parts.account,
    path,
    params: found.params,
    query: request.query,
    body: bodyOf(request),
    indexLagMs: parts.indexLagMs,
  });
  if (route.writes) parts.wrote();
  return reply;
}

function checkCredentials({ email, token }: HandlerParts, given: string | undefined): void {
  const basic = `Basic ${Buffer.from(`${email ?? ''}:${token}`).toString('base64')}`;
  if (given === (email === null ? `Bearer ${token}` : basic)) return;
  throw new BitbucketError(401, 'Token is invalid, expired, or not supported for this endpoint.');
}

function checkScope({ scopes }: HandlerParts, { scope }: BitbucketRoute): void {
  if (scopes === null || scope === undefined || scopes.includes(scope)) return;
  throw new BitbucketError(403, 'Your credentials lack one or more required privilege scopes.');
}

function bodyOf({ body, method }: EmulatorRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0 || method === 'GET') return {};
  const invalid = new BitbucketError(400, 'The request body is not valid JSON');
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed !== 'object' || parsed === null) throw invalid;
    return { ...parsed };
  } catch {
    throw invalid;
  }
}
