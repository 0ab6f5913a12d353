import { expect, onTestFinished, test } from 'vitest';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import { neverCrash } from '../lib/crash.ts';
import { newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { keepDeliveries, keptDeliveries } from '../store/deliveries.ts';
import { eventJudge } from './event-judge.ts';
import { localQueue } from './local-queue.ts';
import { Reader } from './reader.ts';

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
  const reader = new Reader({
    store: {
      ...store,
      write: async (work) => {
        asked.resolve(undefined);
        await held.promise;
        return await store.write(work);
      },
    },
    queue: localQueue(() => clock.now()),
    clock,
    crash: neverCrash,
    log: silentLogger,
    connectors: new Map(),
    judge: eventJudge({ accounts: new Map(), bots: new Set(), projects: () => new Set() }),
    windowMs: 0,
    pressed: () => false,
  });
  onTestFinished(() => reader.stop());
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
