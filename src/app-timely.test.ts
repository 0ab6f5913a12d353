import { expect, onTestFinished, test } from 'vitest';
import { handClock, temporaryStore } from '../test/helpers/store.ts';
import { timelyOf } from './app-timely.ts';
import { localQueue } from './inbox/local-queue.ts';
import { newId } from './lib/ids.ts';
import { silentLogger } from './lib/logger.ts';
import { keepDeliveries, markRead } from './store/deliveries.ts';
import type { Store } from './store/open.ts';
import { readRetention } from './store/retention.ts';

const DAY_MS = 86_400_000;
/** More than one pass removes. */
const MANY = 10_400;
const AT_ONCE = 400;

/** A store full of old bodies, and what looks by itself over it. */
async function world() {
  const clock = handClock();
  const store = await temporaryStore(clock);
  for (let from = 0; from < MANY; from += AT_ONCE) {
    const deliveries = Array.from({ length: AT_ONCE }, (_, n) => ({
      ...{ id: newId(), source: 'jira', way: 'webhook' as const, deliveryId: String(from + n) },
      ...{ receivedAt: clock.now(), headers: '{}', body: Buffer.of(1) },
    }));
    const seqs = deliveries.map((_, n) => from + n + 1);
    await store.write(async ({ db }) => {
      await keepDeliveries(db, deliveries);
      await markRead(db, seqs, new Map());
    });
  }
  clock.move(31 * DAY_MS);
  const left = async (): Promise<number> => {
    const rows = await store.db
      .selectFrom('delivery_bodies')
      .select((count) => count.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    return rows.total;
  };
  const over = (used: Store) => {
    const config = {
      retention: { bodiesMs: 30 * DAY_MS, promptsMs: 30 * DAY_MS },
    } as Parameters<typeof timelyOf>[0]['config'];
    const parts = { clock, queue: localQueue(() => clock.now()), log: silentLogger };
    const troubles = {} as Parameters<typeof timelyOf>[0]['troubles'];
    const constitution = () => {
      throw new Error('retention asks nobody');
    };
    const looks = timelyOf({ ...parts, config, store: used, constitution, windowMs: 0, troubles });
    const { retention } = looks.timely;
    onTestFinished(() => retention.stop());
    return retention;
  };
  return { store, left, over };
}

test('all that is old is gone after one due time, however much it is', async () => {
  const { store, left, over } = await world();

  over(store).now();

  await expect.poll(left, { timeout: 20_000 }).toBe(0);
  await expect.poll(async () => (await readRetention(store.db)).bodies).toBe(MANY);
});

test('a stop ends the pass under way between two batches, and what was removed is counted', async () => {
  const { store, left, over } = await world();
  let writes = 0;
  const stopped = Promise.withResolvers<undefined>();
  const write: Store['write'] = (work) => {
    writes += 1;
    if (writes === 3) void retention.stop().then(() => stopped.resolve(undefined));
    return store.write(work);
  };
  const retention = over({ ...store, write });

  retention.now();
  await stopped.promise;

  expect(await left()).toBe(MANY - 600);
  expect(await readRetention(store.db)).toMatchObject({ bodies: 600 });
});
