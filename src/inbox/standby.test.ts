import { expect, onTestFinished, test, vi } from 'vitest';
import { until } from '../../test/helpers/process.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Store } from '../store/open.ts';
import { Standby } from './standby.ts';

const LEASE_MS = 10_000;

async function setUp() {
  const clock = handClock();
  const store = await temporaryStore(clock);
  let running = 0;
  let most = 0;
  const begun: string[] = [];
  const make = (owner: string, given: { store?: Store; leaseMs?: number } = {}) => {
    const standby = new Standby({
      store: given.store ?? store,
      log: silentLogger,
      name: 'poller',
      owner,
      leaseMs: given.leaseMs ?? LEASE_MS,
      begin: () => {
        begun.push(owner);
        running += 1;
        most = Math.max(most, running);
        return Promise.resolve({
          stop: () => {
            running -= 1;
            return Promise.resolve();
          },
        });
      },
    });
    onTestFinished(() => standby.stop());
    return standby;
  };
  return { clock, store, make, begun, most: () => most, running: () => running };
}

test('of two processes one runs the part, and the other takes over when it is stopped', async () => {
  const rig = await setUp();
  const first = rig.make('first');
  const second = rig.make('second');

  await first.start();
  await second.start();
  expect([first.leads, second.leads]).toEqual([true, false]);

  await first.stop();
  await second.beat();
  expect([first.leads, second.leads]).toEqual([false, true]);
  expect(rig.begun).toEqual(['first', 'second']);
  expect(rig.most()).toBe(1);
});

test('a process that died holds its lease to the end, and not longer', async () => {
  const rig = await setUp();
  const dead = rig.make('dead');
  // It began and is never heard of again.
  await dead.beat();
  const next = rig.make('next');
  await next.beat();

  rig.clock.move(LEASE_MS - 1);
  await next.beat();
  expect(next.leads).toBe(false);

  rig.clock.move(1);
  await next.beat();
  expect(next.leads).toBe(true);
});

test('who keeps renewing is never replaced, and who was replaced stops at its next beat', async () => {
  const rig = await setUp();
  const first = rig.make('first');
  const second = rig.make('second');
  await first.beat();
  for (let n = 0; n < 20; n += 1) {
    rig.clock.move(LEASE_MS / 2);
    await first.beat();
    await second.beat();
  }
  expect(rig.begun).toEqual(['first']);

  rig.clock.move(LEASE_MS);
  await second.beat();
  await first.beat();

  expect([first.leads, second.leads]).toEqual([false, true]);
  expect(rig.running()).toBe(1);
});

test('who cannot reach the store stops before its lease ends, and begins anew when it is back', async () => {
  const rig = await setUp();
  let isAway = false;
  const store: Store = {
    ...rig.store,
    write: (work) => (isAway ? Promise.reject(new Error('away')) : rig.store.write(work)),
  };
  const lone = rig.make('lone', { store, leaseMs: 150 });
  await lone.start();
  expect(lone.leads).toBe(true);

  isAway = true;
  await until('it has stopped', () => !lone.leads);
  expect(rig.running()).toBe(0);

  isAway = false;
  await until('it runs again', () => lone.leads);
  expect(rig.begun).toEqual(['lone', 'lone']);
});

/** Time that passes only when told, also for timers. */
function holdTime(): void {
  const toFake = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'];
  vi.useFakeTimers({ toFake: toFake as ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** A store of which a write, once told to, waits until it is let go. */
function hanging(real: Store) {
  let asked = 0;
  let gate: Promise<unknown> = Promise.resolve();
  const store: Store = {
    ...real,
    write: async (work) => {
      asked += 1;
      await gate;
      return await real.write(work);
    },
  };
  const hang = () => {
    const held = Promise.withResolvers<undefined>();
    gate = held.promise;
    return () => held.resolve(undefined);
  };
  return { store, hang, asked: () => asked };
}

test('who gets no answer from the store stops before its lease ends, and begins anew with the next', async () => {
  const rig = await setUp();
  const { store, hang } = hanging(rig.store);
  holdTime();
  const lone = rig.make('lone', { store });
  await lone.start();

  const letGo = hang();
  await vi.advanceTimersByTimeAsync(LEASE_MS / 2);
  expect(rig.running()).toBe(1);
  await vi.advanceTimersByTimeAsync(LEASE_MS / 2 - 1);
  expect([lone.leads, rig.running()]).toEqual([false, 0]);

  letGo();
  await lone.beat();
  expect([lone.leads, rig.running()]).toEqual([true, 1]);
  expect(rig.begun).toEqual(['lone', 'lone']);
});

test('an answer that comes after the lease begins nothing', async () => {
  const rig = await setUp();
  const { store, hang } = hanging(rig.store);
  holdTime();
  const late = rig.make('late', { store });
  const letGo = hang();

  const beat = late.beat();
  await vi.advanceTimersByTimeAsync(LEASE_MS);
  letGo();
  await beat;

  expect(rig.begun).toEqual([]);
});

test('a stop ends the part at once, also while the store does not answer', async () => {
  const rig = await setUp();
  const { store, hang, asked } = hanging(rig.store);
  const lone = rig.make('lone', { store });
  await lone.start();
  const letGo = hang();
  const beat = lone.beat();
  await until('it asks to renew', () => asked() === 2);

  const stopped = lone.stop();
  await until('the part has ended', () => rig.running() === 0);
  letGo();
  await Promise.all([beat, stopped]);

  const next = rig.make('next');
  await next.beat();
  expect([lone.leads, next.leads]).toEqual([false, true]);
});
