import { describe, expect, onTestFinished, test } from 'vitest';
import type { Queue } from '../src/domain/queue.ts';
import { RedisQueue } from '../src/inbox/redis-queue.ts';
import { Worker } from '../src/inbox/worker.ts';
import { neverCrash } from '../src/lib/crash.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { closeCycle } from '../src/store/cycles.ts';
import { endEvents, keepEvents } from '../src/store/events.ts';
import { releaseMailbox, wakeMailboxes } from '../src/store/mailboxes.ts';
import type { Claim } from '../src/store/mailboxes.ts';
import type { Store } from '../src/store/open.ts';
import { commentEvent, newEvent } from './helpers/events.ts';
import { until } from './helpers/process.ts';
import { redisMissing, startRedis } from './helpers/redis.ts';
import type { TestRedis } from './helpers/redis.ts';
import { temporaryStore } from './helpers/store.ts';

const NEVER_MS = 3_600_000;

async function finish(store: Store, claim: Claim): Promise<{ kind: 'finished' }> {
  await store.write(async ({ db }) => {
    const end = { state: 'finished', outcome: 'nothing needed', now: Date.now() } as const;
    await closeCycle(db, claim.cycle, end);
    await endEvents(db, claim.cycle, 'settled');
    await releaseMailbox(db, claim);
  });
  return { kind: 'finished' };
}

/** Workers over one store and one Redis, each with a queue of its own. */
async function setUp() {
  const redis = await startRedis();
  const store = await temporaryStore();
  const open = async (): Promise<Queue> => {
    const now = () => Date.now();
    const queue = new RedisQueue({ url: redis.url, prefix: 'test', now, log: silentLogger });
    onTestFinished(() => queue.close());
    await until('redis is reached', () =>
      queue.check().then(
        () => true,
        () => false,
      ),
    );
    return queue;
  };
  const gateway = await open();
  const running = new Set<string>();
  let overlaps = 0;
  const by = new Map<string, string[]>();
  const start = async (
    owner: string,
    given: { sweepMs: number; concurrency?: number; hold?: () => Promise<unknown> },
  ) => {
    const worker = new Worker({
      store,
      queue: await open(),
      clock: store.clock,
      crash: neverCrash,
      log: silentLogger,
      runCycle: async (claim) => {
        if (running.has(claim.subject)) overlaps += 1;
        running.add(claim.subject);
        by.set(owner, [...(by.get(owner) ?? []), claim.subject]);
        await (given.hold?.() ?? new Promise((resolve) => setImmediate(resolve)));
        running.delete(claim.subject);
        return await finish(store, claim);
      },
      owner,
      mode: 'simulation',
      leaseMs: 10_000,
      concurrency: given.concurrency ?? 4,
      maxAttempts: 5,
      sweepMs: given.sweepMs,
      pressed: () => false,
    });
    worker.start();
    onTestFinished(() => worker.stop(1000));
  };
  const mail = async (id: string, subject: string): Promise<void> => {
    const now = Date.now();
    await store.write(async ({ db }) => {
      await keepEvents(db, [newEvent(commentEvent(id, { subject }), now)]);
      await wakeMailboxes(db, [subject], now);
    });
    gateway.announce(subject, now);
  };
  const worked = () => [...by.values()].flat();
  return { redis, start, mail, by, worked, overlaps: () => overlaps };
}

const LOSSES: readonly (readonly [string, (redis: TestRedis) => Promise<unknown>])[] = [
  ['emptied', (redis) => redis.command('FLUSHALL')],
  ['gone', (redis) => redis.stop()],
];

describe.skipIf((await redisMissing()) !== null)('workers over Redis', () => {
  test('one subject is worked by one worker at a time, and nothing is left', async () => {
    const rig = await setUp();
    for (const owner of ['a', 'b', 'c']) await rig.start(owner, { sweepMs: 200 });

    const subjects = ['jira:issue:ECD-1', 'jira:issue:ECD-2', 'jira:issue:ECD-3'];
    for (let n = 0; n < 60; n += 1) await rig.mail(String(n), subjects[n % 3]!);
    await until('each was worked', () => subjects.every((one) => rig.worked().includes(one)));

    expect(rig.overlaps()).toBe(0);
  });

  test('a worker that is full hands the word on to one that has room', async () => {
    const rig = await setUp();
    const held = Promise.withResolvers<undefined>();
    // No sweep helps here: what is worked was heard of.
    await rig.start('full', { sweepMs: NEVER_MS, concurrency: 1, hold: () => held.promise });
    await rig.mail('1', 'jira:issue:ECD-1');
    await until('it is full', () => rig.worked().length === 1);

    await rig.start('free', { sweepMs: NEVER_MS });
    // Hooks run backwards: the held cycle ends before its worker is stopped.
    onTestFinished(() => held.resolve(undefined));
    // One after the other: each word reaches one of the two, and half of them reach the one that is full.
    for (let n = 2; n <= 13; n += 1) {
      await rig.mail(String(n), `jira:issue:ECD-${n}`);
      await until('the other works it', () => rig.by.get('free')?.length === n - 1, 10_000);
    }

    expect(rig.by.get('full')).toEqual(['jira:issue:ECD-1']);
  });

  test.each(LOSSES)(
    'with Redis %s in the middle all mail is worked, by the sweep',
    async (_name, lose) => {
      const rig = await setUp();
      await rig.start('a', { sweepMs: 100 });
      await rig.start('b', { sweepMs: 100 });
      const subjects = Array.from({ length: 40 }, (_, n) => `jira:issue:ECD-${n}`);

      for (const [n, subject] of subjects.entries()) {
        if (n === 20) await lose(rig.redis);
        await rig.mail(String(n), subject);
      }
      await until('all is worked', () => rig.worked().length === 40);

      expect(rig.worked().sort()).toEqual(subjects.sort());
      expect(rig.overlaps()).toBe(0);
    },
  );
});
