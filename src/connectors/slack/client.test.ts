import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { guardedFetch } from './client-fetch.ts';
import type { ClientTiming } from './client.ts';
import { slackReader, slackWriter } from './client.ts';
import type { SlackAccess } from './settings.ts';
import { slackFailure } from './slack-failure.ts';

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

let answers: Answer[];
let seen: string[];
let slept: number[];
let access: SlackAccess;
let close: () => Promise<void>;

beforeEach(async () => {
  answers = [];
  seen = [];
  slept = [];
  const server = createServer((request, response) => {
    seen.push(
      `${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`,
    );
    const { status = 200, headers = {}, body = '{"ok":true}' } = answers.shift() ?? {};
    request.resume();
    if (status === 0) request.socket.destroy();
    else response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  access = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    token: 'xoxb-1',
  };
  close = () =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
});
afterEach(() => close());

let now = 1_000_000;
const timing: ClientTiming = {
  now: () => now,
  sleep: (ms) => {
    slept.push(ms);
    now += ms;
    return Promise.resolve();
  },
};
const call = { signal: new AbortController().signal };

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof Failure) return error;
  throw new Error('no failure');
}

const read = () => slackReader(access, timing).read('auth.test', {}, call);
const write = () =>
  slackWriter(access, timing).write('chat.postMessage', { channel: 'C1', text: 'x' }, call);

describe('what may be sent', () => {
  test('a reader calls no method that changes something, and a writer none but its own', async () => {
    const reader = slackReader(access, timing);
    const writer = slackWriter(access, timing);
    const forced = (client: object, name: string, method: string): Promise<unknown> => {
      const send = Reflect.get(client, name) as (...args: unknown[]) => Promise<unknown>;
      return send(method, {}, call);
    };

    for (const method of ['chat.postMessage', 'chat.delete', '../x', 'https://evil.example/x']) {
      expect((await failureOf(forced(reader, 'read', method))).kind).toBe('denied');
    }
    for (const method of ['chat.delete', 'auth.test', 'admin.users.remove']) {
      expect((await failureOf(forced(writer, 'write', method))).kind).toBe('denied');
    }
    expect(seen).toEqual([]);
  });

  test('the fetch that Slack is given sends nothing to another place', async () => {
    const send = guardedFetch({
      baseUrl: `${access.baseUrl}/`,
      methods: new Set(['auth.test']),
      fetch,
      signal: call.signal,
      now: () => 0,
      sawDate: () => undefined,
    });

    for (const url of [`${access.baseUrl}/chat.delete`, 'https://evil.example/api/auth.test']) {
      expect((await failureOf(send(url))).kind).toBe('denied');
    }
    expect(seen).toEqual([]);
  });

  test('the token is sent as a bearer, and a redirect is not followed', async () => {
    answers.push({ status: 302, headers: { location: `${access.baseUrl}/elsewhere` } });

    expect((await failureOf(write())).kind).toBe('bad-answer');
    expect(seen).toEqual(['POST /api/chat.postMessage Bearer xoxb-1']);
  });
});

describe('when it goes wrong', () => {
  test('a read is tried three times, a write once', async () => {
    answers.push({ status: 503 }, { status: 0 }, {});
    await read();
    expect(seen).toHaveLength(3);

    answers.push({ status: 503 });
    expect((await failureOf(write())).kind).toBe('unavailable');
    expect(seen).toHaveLength(4);
  });

  test.each(['{}', '[]', 'null', '{"ok":"yes"}'])(
    'an answer that says nothing (%s) is no refusal: it may be done',
    async (body) => {
      answers.push({ body });

      expect((await failureOf(write())).kind).toBe('bad-answer');
    },
  );

  test('nothing is sent before Slack allows it, and not at all when that is too late', async () => {
    answers.push({ status: 429, headers: { 'retry-after': '7' }, body: '{}' }, {});
    await read();
    expect(slept).toEqual([7_000]);

    answers.push({ status: 429, headers: { 'retry-after': '60' }, body: '{}' });
    expect(await failureOf(read())).toMatchObject({ kind: 'rate-limited', retryAfterMs: 60_000 });
    expect(seen).toHaveLength(3);
  });

  test('the same where Slack says so at 200', async () => {
    const body = '{"ok":false,"error":"ratelimited"}';
    answers.push({ headers: { 'retry-after': '50' }, body });

    expect(await failureOf(read())).toMatchObject({ kind: 'rate-limited', retryAfterMs: 50_000 });
  });

  test('an answer that is no JSON is not repeated in the message', async () => {
    answers.push({ body: '<html>secret words' }, { body: 'x' }, { body: 'y' });

    const failure = await failureOf(read());

    expect(failure.kind).toBe('bad-answer');
    expect(failure.message).not.toContain('secret');
  });

  test('a call that was given up ends at once', async () => {
    const signal = AbortSignal.abort();
    const work = slackReader(access, timing).read('auth.test', {}, { signal });

    expect((await failureOf(work)).kind).toBe('timeout');
  });

  test('nobody there', async () => {
    await close();

    expect((await failureOf(write())).kind).toBe('unavailable');
  });

  test.each([
    ['invalid_auth', 'unauthorized'],
    ['not_authed', 'unauthorized'],
    ['token_revoked', 'unauthorized'],
    ['account_inactive', 'unauthorized'],
    ['token_expired', 'unauthorized'],
    ['missing_scope', 'forbidden'],
    ['not_in_channel', 'forbidden'],
    ['restricted_action', 'forbidden'],
    ['channel_not_found', 'not-found'],
    ['user_not_found', 'not-found'],
    ['thread_not_found', 'not-found'],
    ['message_not_found', 'not-found'],
    ['msg_too_long', 'refused'],
    ['no_text', 'refused'],
    ['invalid_blocks', 'refused'],
    ['invalid_arguments', 'refused'],
    ['fatal_error', 'unavailable'],
    ['internal_error', 'unavailable'],
    ['service_unavailable', 'unavailable'],
    ['request_timeout', 'unavailable'],
    ['ratelimited', 'rate-limited'],
    ['invalid_cursor', 'gone'],
    ['something_new', 'refused'],
  ])('%s is %s', (code, kind) => {
    expect(slackFailure({ method: 'm', code }).kind).toBe(kind);
  });

  test('a missing scope is named, and odd words are not repeated', () => {
    const failure = slackFailure({ method: 'm', code: 'missing_scope', needed: 'im:history' });

    expect(failure.fix).toBe('Add the scope im:history to the app and install it again.');
    expect(slackFailure({ method: 'm', code: '<b>\n' }).message).toBe(
      'm answered an unknown error.',
    );
  });
});
