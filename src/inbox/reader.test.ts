import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { fact, PolledSystem } from '../../test/helpers/polled.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Connector } from '../domain/connector.ts';
import { Failure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import { neverCrash } from '../lib/crash.ts';
import { newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { keepDeliveries, keptDeliveries, listDeliveries } from '../store/deliveries.ts';
import { listEvents } from '../store/events.ts';
import { listJournal } from '../store/journal.ts';
import type { Store } from '../store/open.ts';
import { eventJudge } from './event-judge.ts';
import { localQueue } from './local-queue.ts';
import { Reader } from './reader.ts';

function readerOf(given: { store: Store; clock: Clock; connectors: readonly Connector[] }): Reader {
  const { store, clock, connectors } = given;
  const reader = new Reader({
    store,
    queue: localQueue(() => clock.now()),
    clock,
    crash: neverCrash,
    log: silentLogger,
    connectors: new Map(connectors.map((one) => [one.name, one])),
    judge: eventJudge({ accounts: new Map(), bots: new Set(), projects: () => new Set() }),
    windowMs: 0,
    pressed: () => false,
  });
  onTestFinished(() => reader.stop());
  return reader;
}

/** A store with three deliveries, and a reader that sees one fact in each; the store cannot keep the second one. */
async function poisoned() {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const connector: Connector = {
    ...new PolledSystem().connector(),
    socket: {
      run: () => Promise.resolve(),
      normalise: (body) => ({
        events: [fact((body as { n: number }).n, clock.now())],
      }),
    },
  };
  await sql`create trigger poison before insert on events when new.key = ${sql.lit(fact(2, 0).key)}
    begin select raise(fail, 'not this one'); end`.execute(store.db);
  const deliveries = [1, 2, 3].map((n) => ({
    ...{ id: newId(), source: 'github', way: 'socket' as const, deliveryId: String(n) },
    ...{ receivedAt: clock.now(), headers: '{}', body: Buffer.from(JSON.stringify({ n })) },
  }));
  await store.write(({ db }) => keepDeliveries(db, deliveries));
  const states = async () => {
    const { items } = await listDeliveries(store.db, { limit: 10 });
    return items.map(({ status }) => status).toReversed();
  };
  return { clock, store, connector, states };
}

test('a delivery that cannot be kept holds up none of the others, and is set aside in the end', async () => {
  const { clock, store, connector, states } = await poisoned();
  let commits = 0;
  const write: Store['write'] = (work) => {
    commits += 1;
    return store.write(work);
  };
  const reader = readerOf({ store: { ...store, write }, clock, connectors: [connector] });

  reader.wake();
  await expect.poll(states).toEqual(['read', 'kept', 'read']);
  await expect.poll(states, { timeout: 20_000 }).toEqual(['read', 'quarantined', 'read']);

  // All at once and each by itself; four more times the one in a batch and by itself; then it is set aside.
  expect(commits).toBe(1 + 3 + 4 * 2 + 1);
  const { items } = await listDeliveries(store.db, { limit: 10, status: 'quarantined' });
  expect(items).toMatchObject([{ deliveryId: '2', note: 'keeping what it says failed: Error' }]);
  const told = await listJournal(store.db, { limit: 10, source: 'delivery' });
  expect(told.items).toMatchObject([{ kind: 'delivery.quarantined' }]);
  expect((await listEvents(store.db, { limit: 10 })).total).toBe(2);
});

test('a store that is away counts against no delivery', async () => {
  const { clock, store, connector, states } = await poisoned();
  let commits = 0;
  const write: Store['write'] = (work) => {
    commits += 1;
    if (commits <= 2) return Promise.reject(new Failure('store-unavailable', 'away'));
    return store.write(work);
  };
  await sql`drop trigger poison`.execute(store.db);
  const reader = readerOf({ store: { ...store, write }, clock, connectors: [connector] });

  reader.wake();
  await expect.poll(states, { timeout: 20_000 }).toEqual(['read', 'read', 'read']);
  expect(commits).toBe(3);
});

test('who rests ends the batch under way, and leaves the others until it is woken', async () => {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const deliveries = Array.from({ length: 80 }, (_, n) => {
    const made = { id: newId(), source: 'of-nobody', way: 'webhook' as const, body: Buffer.of() };
    return { ...made, deliveryId: String(n), receivedAt: clock.now(), headers: '{}' };
  });
  await store.write(({ db }) => keepDeliveries(db, deliveries));
  const asked = Promise.withResolvers<undefined>();
  const held = Promise.withResolvers<undefined>();
  const write: Store['write'] = async (work) => {
    asked.resolve(undefined);
    await held.promise;
    return await store.write(work);
  };
  const reader = readerOf({ store: { ...store, write }, clock, connectors: [] });
  const waiting = async () => (await keptDeliveries(store.db, 100)).deliveries.length;

  reader.wake();
  await asked.promise;
  const rested = reader.rest();
  held.resolve(undefined);
  await rested;
  expect(await waiting()).toBe(48);

  reader.wake();
  await expect.poll(waiting).toBe(0);
});
