import { expect, test } from 'vitest';
import { Tail } from '../../src/http/tail.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { revokeToken } from '../../src/store/tokens.ts';
import { until } from '../helpers/process.ts';
import { temporaryStore } from '../helpers/store.ts';
import { ADMIN, problemIn, startWorld } from './http-world.ts';
import type { World } from './http-world.ts';

interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

function messageOf(block: string): Message {
  const fields = block.split('\n').map((line) => line.split(/: (.*)/s, 2));
  return Object.fromEntries(fields) as Message;
}

/** Follows the stream; `next` waits for a message, `ended` for the end of the line. */
async function follow(world: World, init: { headers?: Record<string, string>; query?: string }) {
  const ending = new AbortController();
  const answer = await world.ask(`/api/stream${init.query ?? ''}`, {
    token: ADMIN,
    signal: ending.signal,
    ...(init.headers === undefined ? {} : { headers: init.headers }),
  });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<Message> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        if (block.startsWith('id: ')) return messageOf(block);
        continue;
      }
      const { done, value } = await reader.read();
      if (done) throw new Error('the stream ended');
      text += value;
    }
  };
  return { answer, next, close: () => ending.abort() };
}

async function note(world: World, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const line = { kind: 'test.noted', subject: null, cycle: null, data: { at } };
    await world.store.write(({ journal }) => {
      journal(line);
      return Promise.resolve();
    });
  }
}

test('a listener hears new entries with their numbers, not the old ones', async () => {
  const world = await startWorld();
  await note(world, 3);

  const stream = await follow(world, {});
  await note(world, 2);

  expect(stream.answer.headers.get('content-type')).toContain('text/event-stream');
  expect(stream.answer.headers.get('x-content-type-options')).toBe('nosniff');
  const [first, second] = [await stream.next(), await stream.next()];
  expect(first).toMatchObject({ id: '4', event: 'test.noted' });
  expect(JSON.parse(first.data!)).toMatchObject({ seq: 4, kind: 'test.noted', data: { at: 0 } });
  expect(second.id).toBe('5');
  stream.close();
});

test.each([
  ['Last-Event-ID', { headers: { 'last-event-id': '2' } }],
  ['after', { query: '?after=2' }],
])('a listener that comes back with %s misses nothing', async (_name, init) => {
  const world = await startWorld();
  await note(world, 450);

  const stream = await follow(world, init);
  const ids = [];
  for (let at = 0; at < 448; at += 1) ids.push((await stream.next()).id);

  expect(ids).toEqual(Array.from({ length: 448 }, (_, at) => String(at + 3)));
  stream.close();
});

test('a listener that knows more than there is is told to start over', async () => {
  const world = await startWorld();
  await note(world, 1);

  const stream = await follow(world, { headers: { 'last-event-id': '99' } });

  expect(await stream.next()).toEqual({ id: '1', event: 'resync', data: '{"head":1}' });
  await note(world, 1);
  expect((await stream.next()).id).toBe('2');
  stream.close();
});

test('an id that is no number is a problem', async () => {
  const world = await startWorld();

  const answer = await world.ask('/api/stream', {
    token: ADMIN,
    headers: { 'last-event-id': 'x' },
  });

  expect(answer.status).toBe(400);
  expect(await problemIn(answer)).toMatchObject({ errors: [{ field: 'last-event-id' }] });
});

test('no more listen than may', async () => {
  const store = await temporaryStore();
  const tail = new Tail({ db: store.db, log: silentLogger, mostClients: 1 });
  const world = await startWorld({ parts: { tail } });
  const stream = await follow(world, {});

  const answer = await world.ask('/api/stream', { token: ADMIN });

  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await problemIn(answer)).toMatchObject({ kind: 'unavailable' });
  stream.close();
});

test('a stream ends when its token is revoked', async () => {
  const store = await temporaryStore();
  const tail = new Tail({ db: store.db, log: silentLogger, heartbeatMs: 20 });
  const world = await startWorld({ parts: { tail } });
  const token = await world.token('viewer');
  const answer = await world.ask('/api/stream', { token });

  await world.store.write(({ db }) => revokeToken(db, 'viewer', 1));

  expect(await answer.text()).toMatch(/^retry: 2000\n\n(: still here\n\n)*$/);
});

test('streams end with the server', async () => {
  const world = await startWorld();
  const answer = await world.ask('/api/stream', { token: ADMIN });

  const startedAt = Date.now();
  const [text] = await Promise.all([answer.text(), world.server.close()]);

  expect(text).toBe('retry: 2000\n\n');
  expect(Date.now() - startedAt).toBeLessThan(5000);
});

function client(after: number, takes = true) {
  const given: string[] = [];
  return {
    after,
    given,
    write: (text: string) => void given.push(text),
    takes: () => takes,
    allowed: () => Promise.resolve(true),
    end: () => void given.push('end'),
  };
}

test('one notification serves all listeners, each from where it stands, and waits for slow ones', async () => {
  const store = await temporaryStore();
  const tail = new Tail({ db: store.db, log: silentLogger, lookMs: 60_000 });
  for (let at = 0; at < 3; at += 1) {
    const line = { kind: 'test.noted', subject: null, cycle: null, data: { at } };
    await store.write(({ journal }) => {
      journal(line);
      return Promise.resolve();
    });
  }
  const [behind, ahead, slow] = [client(0), client(2), client(0, false)];

  for (const one of [behind, ahead, slow]) tail.add(one);
  tail.notify();
  await expect.poll(() => behind.given.length).toBe(3);

  expect(ahead.given).toHaveLength(1);
  expect(slow).toMatchObject({ after: 0, given: [] });
  tail.close();
  expect(behind.given.at(-1)).toBe('end');
});

test('a listener that left while the store was asked takes nobody else the place', async () => {
  const store = await temporaryStore();
  const [asked, left] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const slow = store.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      asked.resolve(undefined);
      await left.promise;
      return result;
    },
  });
  const tail = new Tail({ db: store.db, log: silentLogger, mostClients: 1 });
  const world = await startWorld({ parts: { tail, store: { ...store, db: slow } } });
  const connections = () =>
    new Promise<number>((hear) => world.server.server.getConnections((_error, many) => hear(many)));
  const leaving = new AbortController();
  const answer = world.ask('/api/stream', { token: ADMIN, signal: leaving.signal });
  await asked.promise;

  leaving.abort();
  await expect(answer).rejects.toThrow('abort');
  await until('the server has noticed', async () => (await connections()) === 0);
  left.resolve(undefined);

  const next = await follow(world, {});
  expect(next.answer.status).toBe(200);
  next.close();
});
