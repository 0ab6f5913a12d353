import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Connector, ListedDelivery } from '../domain/connector.ts';
import { Failure } from '../domain/failure.ts';
import { neverCrash } from '../lib/crash.ts';
import { silentLogger } from '../lib/logger.ts';
import { countGaps } from '../store/completeness.ts';
import { listDeliveries } from '../store/deliveries.ts';
import { GapRepair } from './gap-repair.ts';
import { Receiver } from './receive.ts';

const SECRET = 'a-secret-for-this-test';
const HOUR = 3_600_000;

async function world() {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const listed: ListedDelivery[] = [];
  const failures: Failure[] = [];
  const webhook: NonNullable<Connector['webhook']> = {
    proofs: [
      {
        scheme: { kind: 'hmac', header: 'x-signature', prefix: '', algorithm: 'sha256' },
        secrets: [SECRET],
      },
    ],
    bodyLimit: 1000,
    deliveryHeader: 'x-delivery',
    normalise: () => ({ events: [], reason: 'a test' }),
  };
  const connector: Connector = {
    name: 'github',
    triage: [],
    operations: [],
    abilities: [],
    webhook,
    deliveryList: {
      everySeconds: 3600,
      list: () => Promise.resolve(listed),
      open: ({ id, ref }) => {
        const failure = failures.shift();
        if (failure !== undefined) return Promise.reject(failure);
        return Promise.resolve({ name: id, headers: { 'x-ref': [ref] }, body: bodyOf(id) });
      },
    },
  };
  const receiver = new Receiver({
    keep: store.keep,
    clock,
    crash: neverCrash,
    kept: () => undefined,
    failed: () => undefined,
  });
  const repair = new GapRepair({
    store,
    clock,
    log: silentLogger,
    connectors: [connector],
    receiver,
  });
  onTestFinished(() => repair.stop());
  const list = (id: string, at = clock.now() - HOUR) =>
    void listed.push({ id, at, ref: `ref-${id}` });
  const push = async (id: string) => {
    const body = bodyOf(id);
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { 'x-signature': [signature], 'x-delivery': [id] };
    return await receiver.receive({ source: 'github', webhook, headers, body });
  };
  const kept = async () => {
    const { items } = await listDeliveries(store.db, { limit: 50 });
    return items
      .map(({ deliveryId, way }) => `${way} ${deliveryId.split('/')[0] ?? ''}`)
      .toSorted();
  };
  const gaps = () => countGaps(store.db, { from: 0, to: clock.now() + HOUR });
  return { repair, list, push, kept, gaps, failures };
}

const bodyOf = (id: string) => Buffer.from(JSON.stringify({ id }));

test('a listed delivery that never came is fetched and kept, one that came is not', async () => {
  const { repair, list, push, kept, gaps } = await world();
  for (const id of ['guid-1', 'guid-2', 'guid-10']) list(id);
  await push('guid-1');

  expect(await repair.repair('github')).toBe(2);
  expect(await repair.repair('github')).toBe(0);

  expect(await kept()).toEqual(['list guid-10', 'list guid-2', 'webhook guid-1']);
  expect(await gaps()).toMatchObject([{ source: 'github', missing: 2, repaired: 2 }]);
});

test('what was listed a moment ago may still be on its way', async () => {
  const { repair, list, kept } = await world();
  list('guid-1', Date.parse('2026-03-02T08:59:30Z'));

  expect(await repair.repair('github')).toBe(0);
  expect(await kept()).toEqual([]);
});

test('one that cannot be opened is shown as missing, and fetched the next time', async () => {
  const { repair, list, kept, gaps, failures } = await world();
  list('guid-1');
  failures.push(new Failure('unavailable', 'down'));

  await expect(repair.repair('github')).rejects.toMatchObject({ kind: 'unavailable' });
  expect(await gaps()).toMatchObject([{ missing: 1, repaired: 0 }]);
  await repair.repair('github');

  expect(await kept()).toEqual(['list guid-1']);
  expect(await gaps()).toMatchObject([{ missing: 1, repaired: 1 }]);
});
