import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Failure } from '../domain/failure.ts';
import { temporaryStore } from '../../test/helpers/store.ts';
import { neverCrash } from '../lib/crash.ts';
import type { Keep } from '../store/writer.ts';
import { Receiver } from './receive.ts';

const SECRET = 'a-secret-for-this-test';
const webhook = {
  proofs: [
    {
      scheme: {
        kind: 'hmac' as const,
        header: 'x-signature',
        prefix: 'sha256=',
        algorithm: 'sha256' as const,
      },
      secrets: [SECRET],
    },
  ],
  bodyLimit: 1000,
  deliveryHeader: 'x-delivery',
  normalise: () => ({ events: [], reason: 'a test' }),
};

test('senders hear unavailable when the transaction could not even begin', async () => {
  const failures: unknown[] = [];
  let left = 3;
  const receiver = new Receiver({
    keep: () => {
      left -= 1;
      // Ends a receiver that would try for ever instead of answering.
      if (left < 0) return new Promise<never>(() => undefined);
      return Promise.reject(new Failure('store-unavailable', 'closed'));
    },
    clock: { now: () => 0 },
    crash: neverCrash,
    kept: () => undefined,
    failed: (error) => void failures.push(error),
  });
  const body = Buffer.from('{}');
  const digest = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = { 'x-signature': [`sha256=${digest}`], 'x-delivery': ['d-1'] };

  const receipt = await receiver.receive({ source: 'jira', webhook, headers, body });

  expect(receipt).toEqual({ kind: 'unavailable' });
  expect(failures).toHaveLength(1);
});

test('beyond the backlog senders are sent away, and those who wait still hear of their commit', async () => {
  let commit: () => void = () => undefined;
  const committed = new Promise<void>((resolve) => (commit = resolve));
  const receiver = new Receiver({
    keep: async () => {
      await committed;
      throw new Failure('store-unavailable', 'the commit failed');
    },
    clock: { now: () => 0 },
    crash: neverCrash,
    kept: () => undefined,
    failed: () => undefined,
    backlog: 2,
  });
  const send = (text: string) => {
    const body = Buffer.from(text);
    const digest = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { 'x-signature': [`sha256=${digest}`] };
    return receiver.receive({ source: 'jira', webhook, headers, body });
  };

  const waiting = [send('{"n":1}'), send('{"n":2}')];
  const beyond = await send('{"n":3}');
  commit();

  expect(beyond).toEqual({ kind: 'overloaded' });
  expect(await Promise.all(waiting)).toEqual([{ kind: 'unavailable' }, { kind: 'unavailable' }]);
});

test('a commit that hangs costs its senders their patience; what comes through late is known when it is sent again', async () => {
  const store = await temporaryStore();
  const line = Promise.withResolvers<undefined>();
  let commits = 0;
  const keep: Keep = async (work) => {
    const kept = await store.keep(work);
    // On the disk, and the word of it does not come back.
    commits += 1;
    if (commits === 1) await line.promise;
    return kept;
  };
  const counts: number[] = [];
  const receiver = new Receiver({
    keep,
    clock: { now: () => 0 },
    crash: neverCrash,
    kept: (count) => void counts.push(count),
    failed: () => undefined,
    patienceMs: 50,
    backlog: 3,
  });
  const send = (n: number) => {
    const body = Buffer.from(`{"n":${n}}`);
    const digest = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { 'x-signature': [`sha256=${digest}`] };
    return receiver.receive({ source: 'jira', webhook, headers, body });
  };
  const unavailable = { kind: 'unavailable' };

  expect(await send(0)).toEqual(unavailable);
  // More than the backlog holds: who has heard his answer takes no place.
  for (const n of [1, 2, 3, 4, 5]) expect(await send(n)).toEqual(unavailable);
  line.resolve(undefined);
  const again = await Promise.all([0, 1, 2].map(send));

  expect(again.map(({ kind }) => kind)).toEqual(['duplicate', 'accepted', 'accepted']);
  const { rows } = await sql<{ seen: number }>`
    select redelivered as seen from deliveries order by seq`.execute(store.db);
  expect(rows).toEqual([{ seen: 1 }, { seen: 0 }, { seen: 0 }]);
  // The late one is told to the reader like any other.
  expect(counts[0]).toBe(1);
});

test('a commit that the store begins again keeps what it took, and its senders hear of it', async () => {
  const store = await temporaryStore();
  const receiver = new Receiver({
    // As on a database, where two writers waited for each other and this one began again.
    keep: async (work) => {
      const lost = async (given: Parameters<typeof work>[0]) => {
        await work(given);
        throw new Failure('conflict', 'chosen to begin again');
      };
      await store.keep(lost).catch(() => null);
      return await store.keep(work);
    },
    clock: { now: () => 0 },
    crash: neverCrash,
    kept: () => undefined,
    failed: (error) => expect.fail(String(error)),
  });

  const receipts = await Promise.all(
    ['d-1', 'd-2'].map((name) =>
      receiver.take('jira', 'list', { name, headers: {}, body: Buffer.from(name) }),
    ),
  );

  expect(receipts).toEqual(['accepted', 'accepted']);
  expect(await store.db.selectFrom('deliveries').select('id').execute()).toHaveLength(2);
});
