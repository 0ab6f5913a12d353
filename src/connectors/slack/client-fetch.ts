import { Failure } from '../../domain/failure.ts';
import { parseRetryAfter, readBody, statusFailure } from '../http-answer.ts';

/** What a fetch of ours lets through, and what it tells of the answers. */
export interface FetchRules {
  /** Ends with a slash. */
  readonly baseUrl: string;
  readonly methods: ReadonlySet<string>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** The `Date` of an answer, epoch milliseconds. */
  readonly sawDate: (at: number) => void;
}

/**
 * The fetch that is given to Slack's client: it sends the permitted methods and nothing else, follows no redirect,
 * ends with the signal, and reads 8 MB at the most. Throws a `Failure` and nothing else.
 */
export function guardedFetch(rules: FetchRules): typeof fetch {
  return async (input, init) => {
    const method = methodOf(rules, input);
    const signals = [rules.signal, ...(init?.signal ? [init.signal] : [])];
    try {
      const response = await rules.fetch(rules.baseUrl + method, {
        ...init,
        // Credentials never follow a redirect to another place.
        redirect: 'manual',
        signal: AbortSignal.any(signals),
      });
      const date = Date.parse(response.headers.get('date') ?? '');
      if (!Number.isNaN(date)) rules.sawDate(date);
      return await checked(response, method, rules.now());
    } catch (error) {
      throw failureOf(error, method);
    }
  };
}

function methodOf({ baseUrl, methods }: FetchRules, input: string | URL | Request): string {
  const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
  const method = url.startsWith(baseUrl) ? url.slice(baseUrl.length) : '';
  if (methods.has(method)) return method;
  throw new Failure('denied', `This client may not call ${method.slice(0, 60)}.`);
}

async function checked(response: Response, method: string, now: number): Promise<Response> {
  const { status, headers } = response;
  if (!response.ok) {
    await response.body?.cancel();
    const retryAfterMs = parseRetryAfter(headers, now);
    throw statusFailure(status, { label: method, retryAfterMs });
  }
  const body = await readBody(response, method);
  // Slack's client takes what says nothing for a refusal, but it may be done.
  if (!saysWhether(body)) {
    throw new Failure('bad-answer', `${method} did not say whether it was done.`);
  }
  const kept = ['x-oauth-scopes', 'retry-after'].flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return new Response(JSON.stringify(body), { status, headers: kept });
}

function saysWhether(body: unknown): boolean {
  return typeof body === 'object' && body !== null && typeof Reflect.get(body, 'ok') === 'boolean';
}

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

// The message of a network error may hold the address, so only its code is repeated.
function failureOf(error: unknown, method: string): Failure {
  if (error instanceof Failure) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError' || name === 'TimeoutError') {
    return new Failure('timeout', `${method} took too long and was given up.`);
  }
  const code = codeOf(error);
  return NOT_SENT.has(code)
    ? new Failure('unavailable', `${method} found nobody there (${code}).`)
    : new Failure('broken-line', `${method} lost its connection (${code}).`);
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'unknown';
}
