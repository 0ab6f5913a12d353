import type { FastifyInstance } from 'fastify';
import { Failure } from '../domain/failure.ts';

/** What a token may do: look, decide, change settings. */
export type Role = 'viewer' | 'approver' | 'admin';

/**
 * Every route and the least role it needs; `public` routes tell nothing of any project, `signed` ones check the
 * signature of the sender. The server does not start with a route that is not in this table.
 */
export const ROUTES: Readonly<Record<string, Role | 'public' | 'signed'>> = {
  'GET /': 'public',
  'GET /health': 'public',
  'GET /ready': 'public',
  'GET /metrics': 'public',
  'GET /openapi.json': 'public',
  'GET /docs': 'public',
  'GET /docs/': 'public',
  'GET /docs/json': 'public',
  'GET /docs/yaml': 'public',
  'GET /docs/*': 'public',
  'GET /docs/static/index.html': 'public',
  'GET /docs/static/swagger-initializer.js': 'public',
  'GET /docs/static/*': 'public',
  'POST /webhooks/:connector': 'signed',
  'GET /api/status': 'viewer',
  'GET /api/deliveries': 'viewer',
  'GET /api/deliveries/:id': 'viewer',
  'GET /api/events': 'viewer',
  'GET /api/cycles': 'viewer',
  'GET /api/cycles/:id': 'viewer',
  'GET /api/actions': 'viewer',
  'GET /api/journal': 'viewer',
  'GET /api/stream': 'viewer',
  'GET /api/completeness': 'viewer',
  'GET /api/polls': 'viewer',
  'GET /api/people': 'viewer',
  'GET /api/approvals': 'viewer',
  'GET /api/approvals/:id': 'viewer',
  'POST /api/approvals/:id/decision': 'approver',
  'GET /api/grants': 'viewer',
  'DELETE /api/grants/:id': 'approver',
  'GET /api/directives': 'viewer',
  'GET /api/directives/history': 'viewer',
  'POST /api/directives': 'admin',
  'POST /api/directives/revert': 'admin',
  'GET /api/policy': 'viewer',
  'POST /api/pause': 'approver',
  'POST /api/resume': 'approver',
  'POST /api/polls': 'admin',
  'POST /api/trigger-cycle': 'approver',
  'POST /api/replay': 'admin',
  'GET /api/tokens': 'admin',
  'POST /api/tokens': 'admin',
  'DELETE /api/tokens/:id': 'admin',
  // What is run there for whom, the operation says: see src/actions/read-desk.ts.
  'GET /services/:connector': 'viewer',
  'POST /services/:connector/:operation': 'viewer',
  'POST /mcp/:connector': 'viewer',
};

function entryOf(method: string, route: string): Role | 'public' | 'signed' | undefined {
  const known = route
    .replace(/^\/(webhooks|services|mcp)\/[a-z]+/, '/$1/:connector')
    .replace(/^(\/services\/:connector)\/[a-z-]+$/, '$1/:operation');
  const key = `${method === 'HEAD' ? 'GET' : method} ${known}`;
  return Object.hasOwn(ROUTES, key) ? ROUTES[key] : undefined;
}

/** The least role for an `/api` route; null closes a route that nobody entered in the table. */
export function minimumRole(method: string, route: string): Role | null {
  const entry = entryOf(method, route);
  return entry === undefined || entry === 'public' || entry === 'signed' ? null : entry;
}

function patternOf(route: string): RegExp {
  const parts = route.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part));
  return new RegExp(`^${parts.join('/').replace('*', '.+').replaceAll('.json', '\\.json')}$`);
}

/** The routes of a server as they were registered. */
export interface RouteBook {
  readonly entries: readonly string[];
  /** The methods that a path answers to; empty when there is no such path. */
  readonly methodsOf: (path: string) => readonly string[];
}

/** Keeps a book of every route from now on, and refuses those that the table does not know. */
export function openRouteBook(server: FastifyInstance): RouteBook {
  const book = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) {
      if (entryOf(one, url) === undefined) {
        throw new Failure('internal', `the route ${one} ${url} is not in the table of roles`);
      }
      const line = book.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
      book.set(url, line);
      line.methods.add(one);
    }
  });
  return {
    get entries() {
      return [...book].flatMap(([url, line]) => [...line.methods].map((one) => `${one} ${url}`));
    },
    methodsOf: (path) => {
      const fitting = [...book.values()].filter((line) => line.pattern.test(path));
      return [...new Set(fitting.flatMap((line) => [...line.methods]))];
    },
  };
}
