import { setTimeout as delay } from 'node:timers/promises';
import type { Logger, LogLevel } from '@slack/web-api';
import type { Call } from '../../domain/connector.ts';
import { Failure, isRetryable } from '../../domain/failure.ts';
import { guardedFetch } from './client-fetch.ts';
import type { ReadMethod, WriteMethod } from './scopes.ts';
import { READ_METHODS, WRITE_METHODS } from './scopes.ts';
import type { SlackAccess } from './settings.ts';
import { slackFailure } from './slack-failure.ts';

/** The arguments of a method; objects are sent as JSON inside of the form. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Reads and nothing else: whatever could change something is refused before it leaves. */
export interface SlackReader {
  /** The answer of a method, with the scopes of the token in `response_metadata`. Throws a `Failure`. */
  read(method: ReadMethod, args: Arguments, call: Call): Promise<unknown>;
  /** What Slack's clock said with its last answer: epoch milliseconds, whole seconds. */
  serverTime(): number | null;
}

/** The only thing that can change Slack. Every change is sent once. */
export interface SlackWriter {
  write(method: WriteMethod, args: Arguments, call: Call): Promise<unknown>;
}

/** Searches with the token of a user. */
export interface SlackSearcher {
  search(args: Arguments, call: Call): Promise<unknown>;
}

/** Where time comes from; replaced in tests. */
export interface ClientTiming {
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const READ_TRIES = 3;
const FIRST_WAIT_MS = 250;
const TRY_MS = 10_000;
const CALL_MS = 30_000;

const REAL_TIMING: ClientTiming = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};

/** A client that can only read; a read is tried three times within 30 seconds. */
export function slackReader(access: SlackAccess, timing = REAL_TIMING): SlackReader {
  const use = { access, timing, methods: new Set(Object.keys(READ_METHODS)), tries: READ_TRIES };
  const client = caller(use);
  return { read: client.call, serverTime: client.serverTime };
}

/** A client that can only send the changes of `WRITE_METHODS`. */
export function slackWriter(access: SlackAccess, timing = REAL_TIMING): SlackWriter {
  const methods = new Set(Object.keys(WRITE_METHODS));
  return { write: caller({ access, timing, methods, tries: 1 }).call };
}

/** A client that can only search. */
export function slackSearcher(access: SlackAccess, timing = REAL_TIMING): SlackSearcher {
  const methods = new Set(['search.messages']);
  const { call } = caller({ access, timing, methods, tries: READ_TRIES });
  return { search: (args, use) => call('search.messages', args, use) };
}

interface Use {
  readonly access: SlackAccess;
  readonly timing: ClientTiming;
  readonly methods: ReadonlySet<string>;
  readonly tries: number;
}

interface Caller {
  readonly call: (method: string, args: Arguments, call: Call) => Promise<unknown>;
  readonly serverTime: () => number | null;
}

function caller(use: Use): Caller {
  let last: number | null = null;
  const sawDate = (at: number): void => {
    last = at;
  };
  return {
    serverTime: () => last,
    call: (method, args, call) => {
      const signal = AbortSignal.any([call.signal, AbortSignal.timeout(CALL_MS)]);
      return again(use, signal, () => once(use, { method, args, signal, sawDate }));
    },
  };
}

interface Once {
  readonly method: string;
  readonly args: Arguments;
  readonly signal: AbortSignal;
  readonly sawDate: (at: number) => void;
}

async function once({ access, methods, timing }: Use, given: Once): Promise<unknown> {
  const { method, args, signal, sawDate } = given;
  // Refused here as well, before the client of Slack is even loaded.
  if (!methods.has(method)) throw new Failure('denied', `This client may not call ${method}.`);
  const { LogLevel, WebClient } = await import('@slack/web-api');
  const baseUrl = access.baseUrl.replace(/\/*$/, '/');
  const client = new WebClient(access.token, {
    slackApiUrl: baseUrl,
    fetch: guardedFetch({
      baseUrl,
      methods,
      fetch: access.fetch ?? fetch,
      signal,
      now: timing.now,
      sawDate,
    }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TRY_MS,
    allowAbsoluteUrls: false,
    headers: { 'User-Agent': 'pm-agent' },
    logger: silentLogger(LogLevel.ERROR),
  });
  try {
    return await client.apiCall(method, args);
  } catch (error) {
    throw asSlackFailure(error, method);
  }
}

async function again(
  { tries, timing }: Use,
  signal: AbortSignal,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const deadline = timing.now() + CALL_MS;
  for (let count = 1; count < tries; count += 1) {
    const end = await run().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
    if ('answer' in end) return end.answer;
    const asked = end.error instanceof Failure ? (end.error.retryAfterMs ?? 0) : 0;
    const wait = Math.max(FIRST_WAIT_MS * 2 ** (count - 1), asked);
    const isLate = signal.aborted || timing.now() + wait >= deadline;
    if (isLate || !isRetryable(end.error)) throw end.error;
    await timing.sleep(wait, signal).catch(() => undefined);
  }
  return run();
}

/** An error of Slack's client as a `Failure`: ours from inside of the fetch, or what `ok: false` said. */
export function asSlackFailure(error: unknown, method: string): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return new Failure('internal', `${method} failed.`);
  const original: unknown = Reflect.get(error, 'original');
  if (original instanceof Failure) return original;
  const data: unknown = Reflect.get(error, 'data');
  if (typeof data === 'object' && data !== null) {
    return slackFailure({
      method,
      code: Reflect.get(data, 'error'),
      needed: Reflect.get(data, 'needed'),
      retryAfterMs: retryAfterOf(Reflect.get(data, 'response_metadata')),
    });
  }
  return new Failure('bad-answer', `${method} could not be read.`, { cause: error });
}

function retryAfterOf(metadata: unknown): number | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const seconds: unknown = Reflect.get(metadata, 'retryAfter');
  return typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : undefined;
}

const nothing = (): void => undefined;

/**
 * A logger for Slack's clients that says nothing: they would write payloads to the console. Failures are told by what
 * is thrown.
 */
export function silentLogger(level: LogLevel): Logger {
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    setName: nothing,
    getLevel: () => level,
  };
}
