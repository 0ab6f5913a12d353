import type { EmulatorReply, EmulatorRequest } from '../http/emulator-server.ts';
import { findRoute } from '../http/router.ts';
import { agileRoutes } from './agile-routes.ts';
import { commentRoutes } from './comment-routes.ts';
import type { HookRegistry } from './hook-registry.ts';
import { hookRoutes } from './hook-routes.ts';
import { issueRoutes } from './issue-routes.ts';
import type { JiraRoute } from './jira-call.ts';
import { JiraError } from './jira-error.ts';
import { linkRoutes } from './link-routes.ts';
import type { JiraSite } from './jira-site.ts';
import type { Person } from './jira-state.ts';
import { siteRoutes } from './site-routes.ts';
import { worklogRoutes } from './worklog-routes.ts';

/** What a handler of REST calls knows; `url` is a function because a port is known late. */
export interface HandlerParts {
  readonly site: JiraSite;
  readonly account: Person;
  readonly email: string;
  readonly token: string;
  readonly cloudId: string;
  readonly url: () => string;
  readonly wrote: () => void;
  readonly hooks: HookRegistry;
  readonly denied: readonly string[];
  /** Taken through the gateway only. */
  readonly oauthToken: string | null;
}

const ROUTES: readonly JiraRoute[] = [
  ...siteRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...agileRoutes,
  ...worklogRoutes,
  ...linkRoutes,
  ...hookRoutes,
];

/** Answers one REST call, in Jira's error shape if it must; `wrote` is told of each change that was made. */
export function handleJira(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  if (request.path === '/_edge/tenant_info') {
    return { status: 200, json: { cloudId: parts.cloudId } };
  }
  // The time of the site, which a test may have moved.
  const headers = { date: parts.site.now().toUTCString() };
  try {
    return { ...answer(parts, request), headers };
  } catch (error) {
    if (error instanceof JiraError) return { status: error.status, json: error.body, headers };
    throw error;
  }
}

function answer(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  const path = sitePath(parts, request.path);
  const isApp = isAppToken(parts, request);
  if (!isApp) checkCredentials(parts, request.headers.authorization);
  const found = findRoute(ROUTES, request.method, path);
  if (found === 'unknown-path') return { status: 404, json: { message: `null for uri: ${path}` } };
  if (found === 'unknown-method') return { status: 405 };
  const route: JiraRoute = found.route;
  const reply = route.run({
    site: parts.site,
    hooks: parts.hooks,
    denied: parts.denied,
    isApp,
    view: { url: parts.url(), version: 3, state: parts.site.state },
    account: parts.account,
    params: found.params,
    query: request.query,
    body: bodyOf(request),
  });
  if (route.writes) parts.wrote();
  return reply;
}

function sitePath({ cloudId }: HandlerParts, path: string): string {
  const gateway = `/ex/jira/${cloudId}`;
  return path.startsWith(`${gateway}/`) ? path.slice(gateway.length) : path;
}

function isAppToken({ oauthToken, cloudId }: HandlerParts, request: EmulatorRequest): boolean {
  if (oauthToken === null || !request.path.startsWith(`/ex/jira/${cloudId}/`)) return false;
  return request.headers.authorization === `Bearer ${oauthToken}`;
}

function checkCredentials({ email, token }: HandlerParts, given: string | undefined): void {
  const wanted = `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
  if (given === wanted) return;
  throw new JiraError(
    401,
    'You do not have the permission to see the specified issue. Login Required.',
  );
}

function bodyOf({ body, method }: EmulatorRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0 || method === 'GET') return {};
  const invalid = new JiraError(
    400,
    'There was an error parsing JSON. Check that your request body is valid.',
  );
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed !== 'object' || parsed === null) throw invalid;
    return { ...parsed };
  } catch {
    throw invalid;
  }
}
