import type { EmulatorReply } from './emulator-server.ts';

/** The values of the `:names` in a route's pattern, decoded. */
export type Params = Readonly<Record<string, string>>;

/** One method and path of an emulated API, such as `GET /issue/:issue/comment`. */
export interface Route<Call> {
  readonly method: string;
  readonly pattern: string;
  readonly run: (call: Call) => EmulatorReply;
}

/** Finds the route of a request: its first match, or why there is none. */
export function findRoute<Call>(
  routes: readonly Route<Call>[],
  method: string,
  path: string,
): { route: Route<Call>; params: Params } | 'unknown-path' | 'unknown-method' {
  const onPath = routes.flatMap((route) => {
    const params = matchPath(route.pattern, path);
    return params ? [{ route, params }] : [];
  });
  if (onPath.length === 0) return 'unknown-path';
  return onPath.find(({ route }) => route.method === method) ?? 'unknown-method';
}

function matchPath(pattern: string, path: string): Params | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] ?? '';
    if (part.startsWith(':') && value !== '') params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return params;
}
