import type { EmulatorReply } from '../http/emulator-server.ts';
import type { Params, Route } from '../http/router.ts';
import { GithubError, notFound } from './github-error.ts';
import type { Place, PullPlace, Site } from './github-site.ts';
import { isPull } from './github-site.ts';
import type { Person, Repo } from './github-state.ts';
import type { Hooks } from './hooks.ts';
import type { View } from './people-shapes.ts';

/** One authenticated call of the REST API, as its route sees it. */
export interface GithubCall {
  readonly site: Site;
  readonly view: View;
  readonly hooks: Hooks;
  readonly account: Person;
  readonly path: string;
  readonly params: Params;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** What is newer is not yet in lists over a whole repository, in time lines and in the search. */
  readonly visibleUntil: number;
}

/** A route of GitHub; `writes` marks those that change something. */
export type GithubRoute = Route<GithubCall> & { readonly writes?: boolean };

/** A JSON answer. */
export function ok(json: unknown, status = 200): EmulatorReply {
  return { status, json };
}

/** The repository that the path names, whatever its case. Throws a 404. */
export function repoOf({ site, params }: GithubCall): Repo {
  const wanted = `${params['owner'] ?? ''}/${params['repo'] ?? ''}`.toLowerCase();
  const found = [...site.state.repos].find(([name]) => name.toLowerCase() === wanted);
  if (found === undefined) throw notFound();
  return found[1];
}

/** The issue or pull request that the path names. Throws a 404. */
export function issueOf(call: GithubCall): Place {
  const repo = repoOf(call);
  const issue = repo.issues.get(Number(call.params['number']));
  if (issue === undefined) throw notFound();
  return { repo, issue };
}

/** The pull request that the path names. Throws a 404. */
export function pullOf(call: GithubCall): PullPlace {
  const { repo, issue } = issueOf(call);
  if (!isPull(issue)) throw notFound();
  return { repo, issue };
}

/** Whether lists show something of this age already. */
export function isVisible(call: GithubCall, at: Date): boolean {
  return at.getTime() <= call.visibleUntil;
}

/** `since` in milliseconds. Throws a 422 for what is no time. */
export function sinceOf({ query }: GithubCall): number {
  const text = query.get('since');
  if (text === null) return 0;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new GithubError(422, 'Invalid request. since is not a time.');
  return at;
}

interface PageAsk {
  readonly page: number;
  readonly perPage: number;
}

function pageAsk({ query }: GithubCall): PageAsk {
  const number = (name: string, otherwise: number): number => {
    const given = Number(query.get(name) ?? otherwise);
    return Number.isInteger(given) && given > 0 ? given : otherwise;
  };
  return { page: number('page', 1), perPage: Math.min(number('per_page', 30), 100) };
}

/** One page of rows with its `Link` header; `wrap` puts the rows into an object. */
export function paged<Row>(
  call: GithubCall,
  rows: readonly Row[],
  wrap: (page: readonly Row[]) => unknown = (page) => page,
): EmulatorReply {
  const { page, perPage } = pageAsk(call);
  const last = Math.max(1, Math.ceil(rows.length / perPage));
  const links: readonly (readonly [string, number])[] = [
    ...(page > 1 ? ([['prev', page - 1]] as const) : []),
    ...(page < last
      ? ([
          ['next', page + 1],
          ['last', last],
        ] as const)
      : []),
    ...(page > 1 ? ([['first', 1]] as const) : []),
  ];
  const link = links
    .map(([rel, to]) => `<${addressOf(call, { page: to })}>; rel="${rel}"`)
    .join(', ');
  const headers = link === '' ? {} : { link };
  return { status: 200, headers, json: wrap(rows.slice((page - 1) * perPage, page * perPage)) };
}

/** The address of this call with other parameters. */
export function addressOf(
  call: GithubCall,
  change: Readonly<Record<string, string | number>>,
): string {
  const query = new URLSearchParams(call.query);
  for (const [name, value] of Object.entries(change)) query.set(name, String(value));
  return `${call.view.url}${call.path}?${query.toString()}`;
}

/** A list of strings in the body. */
export function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
