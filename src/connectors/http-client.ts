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

/** One request. `path` begins with a slash and holds no query. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
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
  /** What this client is able to send; anything else is denied before it leaves. */
  readonly permits: (request: Pick<HttpRequest, 'method' | 'path'>) => boolean;
}

export interface HttpClient {
  /** The parsed answer, `null` for an empty one. Throws a `Failure` and nothing else. */
  request(request: HttpRequest): Promise<unknown>;
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
  return {
    request: async (request) => {
      if (!settings.permits(request)) {
        throw new Failure('denied', `This client may not send ${label(request)}.`);
      }
      try {
        return await guarded({ request, timing, seats, send });
      } catch (error) {
        throw failureOf(error, request);
      }
    },
  };
}

interface Guarded {
  readonly request: HttpRequest;
  readonly timing: Timing;
  readonly seats: IPolicy;
  readonly send: (request: HttpRequest, signal: AbortSignal) => Promise<unknown>;
}

function guarded({ request, timing, seats, send }: Guarded): Promise<unknown> {
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
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    if (response.ok) return readBody(response, label(request));
    // What an error answer says is not used, so its line is given back at once.
    await response.body?.cancel();
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), timing.clock.now());
    throw statusFailure(response.status, { label: label(request), retryAfterMs });
  };
}

function headersOf(settings: HttpClientSettings, request: HttpRequest): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': settings.userAgent,
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
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
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) query.set(name, String(value));
  return base + request.path + (query.size === 0 ? '' : `?${query.toString()}`);
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
