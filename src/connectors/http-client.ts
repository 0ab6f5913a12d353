import {
  bulkhead,
  ConstantBackoff,
  handleWhen,
  isBulkheadRejectedError,
  isTaskCancelledError,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { IPolicy } from 'cockatiel';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure, isRetryable } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { parseRetryAfter, readBody, statusFailure } from './http-answer.ts';

/** Query parameters; a list for a name that is repeated. */
export type Query = URLSearchParams | Readonly<Record<string, string | number | readonly string[]>>;

/** One request. `path` begins with a slash and holds no query. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON; as it is when it is a `URLSearchParams` (a form) or a string. */
  readonly body?: unknown;
  readonly signal: AbortSignal;
  /** True for reads: they are tried again. What changes something is sent exactly once. */
  readonly idempotent: boolean;
}

/** Where time and chance come from. */
interface Timing {
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly tryTimeoutMs: number;
  readonly callTimeoutMs: number;
}

export interface HttpClientSettings {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly fetch?: typeof fetch;
  readonly timing?: Partial<Timing>;
  readonly maxConcurrent?: number;
  /**
   * For systems that say "too many requests" in words of their own: how long to wait, in milliseconds, `null` for any
   * other answer. Asked for every answer that is not 2xx.
   */
  readonly waitOf?: (status: number, headers: Headers, now: number) => number | null;
  /** What this client is able to send; anything else is denied before it leaves. */
  readonly permits: (request: Pick<HttpRequest, 'method' | 'path'>) => boolean;
}

/** A parsed answer with its headers. */
export interface HttpAnswer {
  readonly body: unknown;
  readonly headers: Headers;
  readonly status: number;
}

export interface HttpClient {
  /** The parsed answer, `null` for an empty one. Throws a `Failure` and nothing else. */
  request(request: HttpRequest): Promise<unknown>;
  /** The same with the headers, for systems that page by them. */
  answer(request: HttpRequest): Promise<HttpAnswer>;
  /** How far the other side's clock is ahead of ours, in milliseconds (whole seconds), from its last answer. */
  skewMs(): number | null;
}

const MAX_TRIES = 3;
const FIRST_WAIT_MS = 250;
const MAX_WAITING = 1_000;

const REAL_TIMING: Timing = {
  clock: systemClock,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
  tryTimeoutMs: 10_000,
  callTimeoutMs: 30_000,
};

/** An HTTP client for JSON that keeps credentials, time limits and `Failure` kinds in one place. */
export function httpClient(settings: HttpClientSettings): HttpClient {
  const timing = { ...REAL_TIMING, ...settings.timing };
  const seats = bulkhead(settings.maxConcurrent ?? 8, MAX_WAITING);
  const send = sender(settings, timing);
  let skew: number | null = null;
  const answer = async (request: HttpRequest): Promise<HttpAnswer> => {
    if (!settings.permits(request)) {
      throw new Failure('denied', `This client may not send ${label(request)}.`);
    }
    try {
      const given = await guarded({ request, timing, seats, send });
      const date = Date.parse(given.headers.get('date') ?? '');
      if (!Number.isNaN(date)) skew = date - Math.floor(timing.clock.now() / 1000) * 1000;
      return given;
    } catch (error) {
      throw failureOf(error, request);
    }
  };
  return {
    answer,
    request: async (request) => (await answer(request)).body,
    skewMs: () => skew,
  };
}

interface Guarded {
  readonly request: HttpRequest;
  readonly timing: Timing;
  readonly seats: IPolicy;
  readonly send: (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;
}

function guarded({ request, timing, seats, send }: Guarded): Promise<HttpAnswer> {
  const deadline = timing.clock.now() + timing.callTimeoutMs;
  let tries = 0;
  let wait = 0;
  const again = handleWhen((error) => {
    const failure = failureOf(error, request);
    wait = waitBefore(tries, { failure, random: timing.random });
    return mayTryAgain(request, failure) && timing.clock.now() + wait < deadline;
  });
  // cockatiel sleeps with its own timer, deaf to the signal: so it waits 0 and the try itself begins with the wait.
  const policy = wrap(
    limit(timing.callTimeoutMs),
    retry(again, { maxAttempts: MAX_TRIES - 1, backoff: new ConstantBackoff(0) }),
  );
  return policy.execute(async ({ signal }) => {
    if (tries > 0) await timing.sleep(wait, signal);
    tries += 1;
    return seats.execute(
      () => limit(timing.tryTimeoutMs).execute((inner) => send(request, inner.signal), signal),
      signal,
    );
  }, request.signal);
}

function limit(ms: number): ReturnType<typeof timeout> {
  return timeout(ms, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
}

function mayTryAgain(request: HttpRequest, failure: Failure): boolean {
  return request.idempotent && !request.signal.aborted && isRetryable(failure);
}

function waitBefore(tries: number, after: { failure: Failure; random: () => number }): number {
  const backoff = FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + after.random() / 2);
  return Math.max(backoff, after.failure.retryAfterMs ?? 0);
}

function sender(settings: HttpClientSettings, timing: Timing): Guarded['send'] {
  const doFetch = settings.fetch ?? fetch;
  const base = settings.baseUrl.replace(/\/+$/, '');
  return async (request, signal) => {
    const response = await doFetch(urlOf(base, request), {
      method: request.method,
      headers: headersOf(settings, request),
      // Credentials never follow a redirect to another place.
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: bodyOf(request.body) }),
    });
    const { status, headers } = response;
    if (response.ok) return { body: await readBody(response, label(request)), headers, status };
    // What an error answer says is not used, so its line is given back at once.
    await response.body?.cancel();
    const now = timing.clock.now();
    const wait = settings.waitOf?.(status, headers, now) ?? null;
    const retryAfterMs = wait ?? parseRetryAfter(headers, now);
    throw statusFailure(wait === null ? status : 429, { label: label(request), retryAfterMs });
  };
}

function bodyOf(body: unknown): string | URLSearchParams {
  return typeof body === 'string' || body instanceof URLSearchParams ? body : JSON.stringify(body);
}

function headersOf(settings: HttpClientSettings, request: HttpRequest): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': settings.userAgent,
    ...(request.body === undefined || request.body instanceof URLSearchParams
      ? {}
      : { 'content-type': 'application/json' }),
    ...settings.headers,
  };
}

function urlOf(base: string, request: HttpRequest): string {
  // A path that could climb out of the base address would take the credentials elsewhere.
  if (!/^\/[^?#\\]*$/.test(request.path) || /(^|\/)\.{1,2}(\/|$)|^\/\//.test(request.path)) {
    throw new Failure(
      'invalid-input',
      'The path of a request does not stay below its base address.',
    );
  }
  const query = searchOf(request.query ?? {});
  return base + request.path + (query.size === 0 ? '' : `?${query.toString()}`);
}

function searchOf(query: Query): URLSearchParams {
  if (query instanceof URLSearchParams) return query;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const values = typeof value === 'object' ? value : [String(value)];
    for (const one of values) search.append(name, one);
  }
  return search;
}

/**
 * The path and query of an address that a system gave for its next page, so that it can be asked like any other.
 * `null` for an address that is not below `baseUrl`: credentials go nowhere else.
 */
export function below(
  baseUrl: string,
  address: string,
): { readonly path: string; readonly query: URLSearchParams } | null {
  if (!URL.canParse(address)) return null;
  const base = new URL(baseUrl);
  const url = new URL(address);
  const root = base.pathname.replace(/\/+$/, '');
  if (url.origin !== base.origin || !url.pathname.startsWith(`${root}/`)) return null;
  return { path: url.pathname.slice(root.length), query: url.searchParams };
}

function label(request: Pick<HttpRequest, 'method' | 'path'>): string {
  return `${request.method} ${request.path}`;
}

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

// The message of a network error may hold the address with its query, so only its code is repeated.
function failureOf(error: unknown, request: HttpRequest): Failure {
  if (error instanceof Failure) return error;
  const name = label(request);
  const isAbort = error instanceof Error && error.name === 'AbortError';
  if (request.signal.aborted || isTaskCancelledError(error) || isAbort) {
    return new Failure('timeout', `${name} took too long and was given up.`);
  }
  if (isBulkheadRejectedError(error)) {
    return new Failure('unavailable', `${name} was not sent: too many calls wait already.`);
  }
  const code = codeOf(error);
  if (NOT_SENT.has(code))
    return new Failure('unavailable', `${name} found nobody there (${code}).`);
  return new Failure('broken-line', `${name} lost its connection (${code}).`);
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'unknown';
}
