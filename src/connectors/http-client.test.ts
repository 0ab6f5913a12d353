import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../domain/failure.ts';
import { parseRetryAfter } from './http-answer.ts';
import type { HttpClient, HttpClientSettings, HttpRequest } from './http-client.ts';
import { httpClient } from './http-client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let baseUrl: string;
let seen: IncomingMessage[];
let handlers: Handler[];
let waits: number[];
let now: number;

beforeEach(async () => {
  seen = [];
  handlers = [];
  waits = [];
  now = 1_700_000_000_000;
  server = createServer((request, response) => {
    seen.push(request);
    const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
    handler?.(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  if (server.listening) await new Promise((done) => server.close(done));
});

const answer =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

function client(more: Partial<HttpClientSettings> = {}): HttpClient {
  return httpClient({
    baseUrl,
    headers: { authorization: 'Basic c2VjcmV0' },
    userAgent: 'pm-agent-test',
    permits: () => true,
    ...more,
    timing: {
      clock: { now: () => now },
      sleep: (ms) => {
        waits.push(ms);
        now += ms;
        return Promise.resolve();
      },
      random: () => 0,
      ...more.timing,
    },
  });
}

const signal = new AbortController().signal;
const read: HttpRequest = { method: 'GET', path: '/thing', signal, idempotent: true };
const write: HttpRequest = { ...read, method: 'POST', body: { a: 1 }, idempotent: false };

async function failure(call: Promise<unknown>): Promise<Failure> {
  const error: unknown = await call.then(
    () => new Error('no failure'),
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw new Error('not a Failure', { cause: error });
}

describe('what a status means', () => {
  test.each([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [408, 'timeout'],
    [409, 'conflict'],
    [410, 'gone'],
    [413, 'too-large'],
    [418, 'refused'],
    [422, 'refused'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('%i is %s', async (status, kind) => {
    handlers = [answer(status)];

    expect((await failure(client().request(write))).kind).toBe(kind);
  });

  test('a redirect is refused, so that credentials go nowhere else', async () => {
    handlers = [answer(302, '', { location: '/elsewhere' })];

    expect((await failure(client().request(write))).kind).toBe('bad-answer');
    expect(seen.map((request) => request.url)).toEqual(['/thing']);
  });

  test('an answer that is not JSON is a bad answer', async () => {
    handlers = [answer(200, '<html>')];

    expect((await failure(client().request(write))).kind).toBe('bad-answer');
  });

  test('an answer of more than 8 MB is refused', async () => {
    handlers = [answer(200, `"${'x'.repeat(8 * 1024 * 1024)}"`)];

    expect((await failure(client().request(read))).kind).toBe('too-large');
    expect(seen).toHaveLength(1);
  });

  test('an empty answer is null', async () => {
    handlers = [answer(204, '')];

    expect(await client().request(write)).toBeNull();
  });
});

describe('a broken network', () => {
  test('nobody listening is unavailable', async () => {
    await new Promise((done) => server.close(done));

    expect((await failure(client().request(write))).kind).toBe('unavailable');
  });

  test('a hang-up is a broken line', async () => {
    handlers = [(request) => request.socket.destroy()];

    expect((await failure(client().request(write))).kind).toBe('broken-line');
  });

  test('a hang-up inside the answer is a broken line', async () => {
    handlers = [
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"a":', () => request.socket.destroy());
      },
    ];

    expect((await failure(client().request(write))).kind).toBe('broken-line');
  });

  test('silence is a time-out', async () => {
    handlers = [() => undefined];
    const impatient = client({ timing: { tryTimeoutMs: 30 } });

    expect((await failure(impatient.request(write))).kind).toBe('timeout');
    expect(seen).toHaveLength(1);
  });

  test('an answer that never ends is a time-out', async () => {
    handlers = [
      (_request, response) => {
        response.writeHead(200);
        response.write('{');
      },
    ];
    const impatient = client({ timing: { tryTimeoutMs: 50 } });

    expect((await failure(impatient.request(write))).kind).toBe('timeout');
  });

  test('a caller who gives up is obeyed at once and nothing is tried again', async () => {
    const caller = new AbortController();
    handlers = [() => caller.abort()];

    const error = await failure(client().request({ ...read, signal: caller.signal }));

    expect(error.kind).toBe('timeout');
    expect(seen).toHaveLength(1);
  });
});

describe('another try', () => {
  test('a read is tried three times, waiting longer each time', async () => {
    handlers = [answer(503)];

    expect((await failure(client().request(read))).kind).toBe('unavailable');
    expect(seen).toHaveLength(3);
    expect(waits).toEqual([125, 250]);
  });

  test('a read that works on the second try is answered', async () => {
    handlers = [(request) => request.socket.destroy(), answer(200, { ok: true })];

    expect(await client().request(read)).toEqual({ ok: true });
  });

  test('a write is sent exactly once, whatever comes back', async () => {
    for (const handler of [
      answer(503),
      answer(429),
      (request: IncomingMessage) => request.socket.destroy(),
    ]) {
      handlers = [handler];
      await failure(client().request(write));
    }

    expect(seen).toHaveLength(3);
  });

  test('what cannot get better is not tried again', async () => {
    handlers = [answer(404)];

    await failure(client().request(read));

    expect(seen).toHaveLength(1);
  });

  test('Retry-After is waited for', async () => {
    handlers = [answer(429, {}, { 'retry-after': '7' }), answer(200, { ok: true })];

    expect(await client().request(read)).toEqual({ ok: true });
    expect(waits).toEqual([7_000]);
  });

  test('a Retry-After beyond the time of the call is handed to the caller at once', async () => {
    handlers = [answer(503, {}, { 'retry-after': '31' })];

    const error = await failure(client().request(read));

    expect(error).toMatchObject({ kind: 'unavailable', retryAfterMs: 31_000 });
    expect(seen).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  test('the whole call ends in time even while it waits', async () => {
    handlers = [answer(503)];
    const timing = {
      callTimeoutMs: 200,
      // Never ends by itself.
      sleep: () => new Promise<void>(() => undefined),
    };

    expect((await failure(client({ timing }).request(read))).kind).toBe('timeout');
  });

  test.each([
    ['3', 3_000],
    ['1.5', 1_500],
    ['Tue, 14 Nov 2023 22:13:30 GMT', 10_000],
    ['Tue, 14 Nov 2023 22:13:10 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('Retry-After "%s" is %s ms', (value, expected) => {
    const headers = new Headers({ 'retry-after': value });

    expect(parseRetryAfter(headers, 1_700_000_000_000)).toBe(expected);
  });

  test('how long to wait until a date is told by the clock of the sender, however ours goes', () => {
    const headers = new Headers({
      'retry-after': 'Tue, 14 Nov 2023 22:13:30 GMT',
      date: 'Tue, 14 Nov 2023 22:13:10 GMT',
    });

    expect(parseRetryAfter(headers, Date.parse('2023-11-14T22:18:20Z'))).toBe(20_000);
  });
});

describe('what leaves the house', () => {
  test('headers, query and body arrive', async () => {
    handlers = [answer(200)];

    await client().request({ ...write, query: { q: 'a b&c', n: 2 } });

    expect(seen[0]?.url).toBe('/thing?q=a+b%26c&n=2');
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Basic c2VjcmV0',
      'user-agent': 'pm-agent-test',
      'content-type': 'application/json',
    });
  });

  test('what is not permitted is denied before it is sent', async () => {
    const reading = client({ permits: ({ method }) => method === 'GET' });

    expect((await failure(reading.request(write))).kind).toBe('denied');
    expect(seen).toEqual([]);
  });

  test.each(['thing', '/../admin', '//evil.example', '/a?b=1', '/a#b', '/a\\b', '/a/./b'])(
    'the path %s is refused',
    async (path) => {
      expect((await failure(client().request({ ...read, path }))).kind).toBe('invalid-input');
      expect(seen).toEqual([]);
    },
  );

  test('no more than the permitted number of calls are under way at once', async () => {
    const open: (() => void)[] = [];
    handlers = [(_request, response) => open.push(() => response.end('{}'))];
    const narrow = client({ maxConcurrent: 2 });

    const calls = Array.from({ length: 5 }, () => narrow.request(read));
    let most = 0;
    for (let done = 0; done < 5;) {
      await new Promise((turn) => setImmediate(turn));
      most = Math.max(most, open.length);
      if (open.length === Math.min(2, 5 - done)) {
        open.shift()?.();
        done += 1;
      }
    }
    await Promise.all(calls);

    expect(most).toBe(2);
  });

  test('a failure repeats neither credentials nor query nor body', async () => {
    const secret = { q: 'hidden-query' };
    const body = { text: 'hidden-body' };
    const messages: string[] = [];
    for (const handler of [
      answer(400, 'hidden-answer'),
      answer(200, 'hidden-answer'),
      (request: IncomingMessage) => request.socket.destroy(),
    ]) {
      handlers = [handler];
      const error = await failure(client().request({ ...write, query: secret, body }));
      messages.push(JSON.stringify([error.message, error.fix, String(error.cause)]));
    }

    expect(messages.join()).not.toMatch(/hidden|c2VjcmV0/);
  });
});
