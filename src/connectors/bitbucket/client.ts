import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { HttpAnswer, HttpClient, HttpClientSettings, Query } from '../http-client.ts';
import { below, httpClient } from '../http-client.ts';
import type { PullRequestName } from './repository.ts';
import type { BitbucketAccess } from './settings.ts';

/** Reads and nothing else: the client behind it refuses any request that could change something. */
export interface BitbucketReader {
  get(path: string, query: Query, call: Call): Promise<unknown>;
  /** The same with the headers. */
  answer(path: string, query: Query, call: Call): Promise<HttpAnswer>;
  /** Follows an address that Bitbucket gave for a next page; throws `bad-answer` when it leads elsewhere. */
  follow(address: string, call: Call): Promise<unknown>;
  /** How far Bitbucket's clock is ahead of this machine's, to the second; `null` before the first answer. */
  skewMs(): number | null;
}

/** What a pull request is changed to. */
interface Reviewers {
  readonly title: string;
  readonly reviewers: readonly { readonly uuid: string }[];
}

interface NewComment {
  readonly content: { readonly raw: string };
  readonly parent?: { readonly id: number };
}

/** The only thing that can change Bitbucket. Exists only where writing is allowed. */
export interface BitbucketWriter {
  addComment(target: PullRequestName, comment: NewComment, call: Call): Promise<unknown>;
  setReviewers(target: PullRequestName, change: Reviewers, call: Call): Promise<unknown>;
}

/** A client that can only read. */
export function bitbucketReader(access: BitbucketAccess): BitbucketReader {
  const client = clientFor(access, ({ method }) => method === 'GET');
  const answer: BitbucketReader['answer'] = (path, query, { signal }) =>
    client.answer({ method: 'GET', path, query, signal, idempotent: true });
  return {
    answer,
    get: async (path, query, call) => (await answer(path, query, call)).body,
    follow: async (address, call) => {
      const place = below(access.baseUrl, address);
      if (place === null) {
        throw new Failure(
          'bad-answer',
          'Bitbucket named a next page that is not below its address.',
        );
      }
      return (await answer(place.path, place.query, call)).body;
    },
    skewMs: () => client.skewMs(),
  };
}

const SLUG = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const PULL_REQUEST = new RegExp(`^/repositories/${SLUG}/${SLUG}/pullrequests/\\d+$`);
const COMMENTS = new RegExp(`^/repositories/${SLUG}/${SLUG}/pullrequests/\\d+/comments$`);

/** A client that can only add comments and set the reviewers of a pull request. */
export function bitbucketWriter(access: BitbucketAccess): BitbucketWriter {
  const client = clientFor(access, ({ method, path }) => {
    return (
      (method === 'POST' && COMMENTS.test(path)) || (method === 'PUT' && PULL_REQUEST.test(path))
    );
  });
  return {
    addComment: (target, body, { signal }) => {
      const path = `${pullRequestPath(target)}/comments`;
      return client.request({ method: 'POST', path, body, signal, idempotent: false });
    },
    setReviewers: (target, body, { signal }) => {
      const path = pullRequestPath(target);
      return client.request({ method: 'PUT', path, body, signal, idempotent: false });
    },
  };
}

/** The path of a pull request. */
export function pullRequestPath({ repository, pullRequest }: PullRequestName): string {
  return `/repositories/${repository}/pullrequests/${pullRequest}`;
}

const WITHOUT_A_WORD_MS = 60_000;

/** A client with the credentials of the settings, for what `permits` allows. */
export function clientFor(
  access: BitbucketAccess,
  permits: HttpClientSettings['permits'],
): HttpClient {
  return httpClient({
    baseUrl: access.baseUrl,
    headers: { authorization: authorization(access) },
    userAgent: 'pm-agent',
    permits,
    // The limits count a rolling hour and nothing says when there is room again: not at once, in any case.
    waitOf: (status, headers) => {
      return status === 429 && !headers.has('retry-after') ? WITHOUT_A_WORD_MS : null;
    },
    ...(access.fetch ? { fetch: access.fetch } : {}),
  });
}

// API tokens of a user are taken as Basic only, access tokens as Bearer only (contracts/bitbucket.md section 2).
function authorization({ email, token }: BitbucketAccess): string {
  if (email === null) return `Bearer ${token}`;
  return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
}
