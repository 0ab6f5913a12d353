import type { Octokit } from '@octokit/rest';
import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { parseRetryAfter, vendorNow } from '../http-answer.ts';
import type { HttpClientSettings } from '../http-client.ts';
import { httpClient } from '../http-client.ts';
import { conditionalFetch } from './conditional-fetch.ts';
import { limitFetch } from './limit-fetch.ts';
import { failureOf, octokitFetch } from './octokit-fetch.ts';
import type { GithubAccess } from './settings.ts';

const API_VERSION = '2022-11-28';
const SECONDARY_WAIT_MS = 60_000;

/** What fills the names in a route, the query and the body. */
export type Params = Readonly<Record<string, unknown>>;

/** An answer with what its headers say. */
export interface GithubAnswer {
  readonly data: unknown;
  /** The pages that the header `Link` names. */
  readonly next: string | null;
  readonly last: string | null;
  /** The time of GitHub in epoch milliseconds (whole seconds), where it was told. */
  readonly now: number | null;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

/** Reads and nothing else: the client behind it refuses any request that could change something. */
export interface GithubReader {
  /** `path` with names, such as `/repos/{owner}/{repo}`. Throws a `Failure`. */
  get(path: string, params: Params, call: Call): Promise<GithubAnswer>;
}

/** Sends one of the routes that its maker permits. */
export interface GithubSender {
  send(route: string, params: Params, call: Call): Promise<unknown>;
}

/** A client that can only read; of a part of GitHub, where `path` says so. */
export function githubReader(access: GithubAccess, path = /^/): GithubReader {
  const ask = asker(access, (request) => request.method === 'GET' && path.test(request.path));
  return { get: (route, params, call) => ask(`GET ${route}`, params, call) };
}

/**
 * A client that can only read, for who asks the same again and again: what did not change costs nothing. That a list
 * has got another page may then be told late, so it is not for who trusts `next` and `last`.
 */
export function githubPollReader(access: GithubAccess): GithubReader {
  return githubReader({ ...access, fetch: conditionalFetch(access.fetch ?? fetch) });
}

const WRITES =
  /^\/repos\/[^/]+\/[^/]+\/(issues\/\d+\/(comments|labels|assignees)|pulls\/\d+\/requested_reviewers)$/;

/** A client that can only add comments, labels, assignees and requests for a review. */
export function githubWriter(access: GithubAccess): GithubSender {
  return githubSender(access, ({ method, path }) => method === 'POST' && WRITES.test(path));
}

/** A client that can only send what is permitted. */
export function githubSender(
  access: GithubAccess,
  permits: HttpClientSettings['permits'],
): GithubSender {
  const ask = asker(access, permits);
  return { send: async (route, params, call) => (await ask(route, params, call)).data };
}

type Ask = (route: string, params: Params, call: Call) => Promise<GithubAnswer>;

// Octokit is loaded with the first call: it costs memory that a process without GitHub should not pay.
function asker(access: GithubAccess, permits: HttpClientSettings['permits']): Ask {
  let made: Promise<Octokit> | null = null;
  return async (route, params, { signal }) => {
    made ??= octokitFor(access, permits);
    const octokit = await made;
    try {
      const answer: { data: unknown; headers: GithubAnswer['headers'] } = await octokit.request(
        route,
        { ...params, request: { signal } },
      );
      return { data: answer.data, headers: answer.headers, ...headed(answer.headers) };
    } catch (error) {
      throw failureOf(error);
    }
  };
}

async function octokitFor(
  access: GithubAccess,
  permits: HttpClientSettings['permits'],
): Promise<Octokit> {
  const { Octokit } = await import('@octokit/rest');
  const client = httpClient({
    baseUrl: access.baseUrl,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${access.token}`,
      'x-github-api-version': API_VERSION,
    },
    userAgent: 'pm-agent',
    permits,
    waitOf,
    fetch: limitFetch(access.fetch ?? fetch),
  });
  const silent = (): void => undefined;
  return new Octokit({
    baseUrl: access.baseUrl,
    userAgent: 'pm-agent',
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: octokitFetch(client, access.baseUrl) },
  });
}

/**
 * How long GitHub wants us to wait, `null` for any other answer. A 403 is "no permission" or "too many": the latter has
 * `retry-after`, or nothing left until an instant in epoch seconds. A 429 with neither is the secondary limit, which
 * wants at least a minute (contracts/github.md section 3.1); a 403 like that is told by `limitFetch`.
 */
export function waitOf(status: number, headers: Headers, now: number): number | null {
  if (status !== 403 && status !== 429) return null;
  const asked = parseRetryAfter(headers, now);
  if (asked !== undefined) return asked;
  const reset = headers.get('x-ratelimit-reset') ?? '';
  if (headers.get('x-ratelimit-remaining') === '0' && /^\d{1,12}$/.test(reset)) {
    // The instant is one of GitHub's clock, so what is left until then is told by that clock too.
    return Math.max(0, Number(reset) * 1000 - vendorNow(headers, now));
  }
  return status === 429 ? SECONDARY_WAIT_MS : null;
}

function headed(headers: GithubAnswer['headers']): Pick<GithubAnswer, 'next' | 'last' | 'now'> {
  const link = String(headers['link'] ?? '').slice(0, 4_000);
  const now = Date.parse(String(headers['date'] ?? ''));
  return {
    next: linked(link, 'next'),
    last: linked(link, 'last'),
    now: Number.isNaN(now) ? null : now,
  };
}

function linked(link: string, rel: string): string | null {
  for (const part of link.split(',')) {
    const match = /^\s*<([^<>]*)>;\s*rel="(\w+)"/.exec(part);
    if (match?.[2] === rel) return match[1] ?? null;
  }
  return null;
}

/** A parameter of an address from `Link`, such as its page or cursor. */
export function paramOf(address: string, name: string): string | null {
  return URL.canParse(address) ? new URL(address).searchParams.get(name) : null;
}

/** The names that fill `{owner}` and `{repo}`. Throws `denied` for anything else than `owner/name`. */
export function ownerAndRepo(name: string): { readonly owner: string; readonly repo: string } {
  const [owner, repo, more] = name.split('/');
  if (!owner || !repo || more !== undefined) {
    throw new Failure('denied', 'That is not a repository like owner/name.');
  }
  return { owner, repo };
}
