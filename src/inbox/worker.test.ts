import { expect, onTestFinished, test } from 'vitest';
import { commentEvent, newEvent } from '../../test/helpers/events.ts';
import { until } from '../../test/helpers/process.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import { Failure } from '../domain/failure.ts';
import type { Subject } from '../domain/subject.ts';
import { neverCrash } from '../lib/crash.ts';
import { silentLogger } from '../lib/logger.ts';
import { closeCycle } from '../store/cycles.ts';
import { endEvents, keepEvents, listEvents } from '../store/events.ts';
import { journalAfter } from '../store/journal.ts';
import { releaseMailbox, wakeMailboxes } from '../store/mailboxes.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';
import { localQueue } from './local-queue.ts';
import { Worker } from './worker.ts';
import type { WorkerSettings } from './worker.ts';

const POISON = 'jira:issue:ECD-13';

async function finish(store: Store, claim: Claim, now: number): Promise<{ kind: 'finished' }> {
  await store.write(async ({ db }) => {
    await closeCycle(db, claim.cycle, { state: 'finished', outcome: 'nothing needed', now });
    await endEvents(db, claim.cycle, 'settled');
    await releaseMailbox(db, claim);
  });
  return { kind: 'finished' };
}

async function setUp(
  runCycle: (
    claim: Claim,
    store: Store,
    signal: AbortSignal,
  ) => ReturnType<WorkerSettings['runCycle']>,
  more: Partial<WorkerSettings> = {},
) {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const queue = localQueue(() => clock.now());
  const worker = new Worker({
    store,
    queue,
    clock,
    crash: neverCrash,
    log: silentLogger,
    runCycle: (claim, signal) => runCycle(claim, store, signal),
    owner: 'worker-1',
    mode: 'simulation',
    leaseMs: 10_000,
    concurrency: 4,
    maxAttempts: 5,
    sweepMs: 20,
    pressed: () => false,
    ...more,
  });
  worker.start();
  onTestFinished(async () => {
    await worker.stop(1000);
    await queue.close();
  });
  const mail = async (id: string, subject: Subject): Promise<void> => {
    await store.write(async ({ db }) => {
      await keepEvents(db, [newEvent(commentEvent(id, { subject }), clock.now())]);
      await wakeMailboxes(db, [subject], clock.now());
    });
    worker.look();
  };
  const states = async (subject: string): Promise<string[]> => {
    const page = await listEvents(store.db, { limit: 50, subject });
    return page.items.map((event) => event.status);
  };
  return { clock, store, worker, mail, states };
}

test('a poison event is set aside after five attempts with its reason, and the others go on', async () => {
  const attempts = new Map<string, number>();
  const rig = await setUp(async (claim, store) => {
    attempts.set(claim.subject, (attempts.get(claim.subject) ?? 0) + 1);
    if (claim.subject === POISON) throw new Failure('internal', 'it cannot be handled');
    return await finish(store, claim, 0);
  });

  await rig.mail('1', POISON);
  for (let n = 2; n <= 6; n += 1) await rig.mail(String(n), 'jira:issue:ECD-12');
  await until('the poison is set aside', async () => {
    rig.clock.move(61_000);
    return (await rig.states(POISON)).includes('dead');
  });

  expect(attempts.get(POISON)).toBe(5);
  expect(await rig.states('jira:issue:ECD-12')).toEqual(Array.from({ length: 5 }, () => 'settled'));
  const failed = (await journalAfter(rig.store.db, 0, 100)).find((e) => e.kind === 'cycle.failed');
  expect(failed?.data).toEqual({ attempts: 5, reason: 'internal: it cannot be handled' });
});

test('mail is not set aside because the store was away, however often', async () => {
  let tries = 0;
  const rig = await setUp(async (claim, store) => {
    tries += 1;
    if (tries <= 12) throw new Failure('store-unavailable', 'the database is not there');
    return await finish(store, claim, 0);
  });

  await rig.mail('1', 'jira:issue:ECD-12');
  await until('it is handled', async () => {
    rig.clock.move(61_000);
    return ['settled', 'dead'].includes((await rig.states('jira:issue:ECD-12'))[0] ?? '');
  });

  expect(await rig.states('jira:issue:ECD-12')).toEqual(['settled']);
  expect(tries).toBe(13);
});

test('a clock that is set forward or back takes no cycle from the worker that is at it', async () => {
  const open = new Map<string, () => void>();
  let claims = 0;
  const rig = await setUp(async (claim, store) => {
    claims += 1;
    await new Promise<void>((resolve) => open.set(claim.subject, resolve));
    return await finish(store, claim, 0);
  });
  await rig.mail('1', 'jira:issue:ECD-1');
  await until('the cycle is open', () => open.size === 1);

  for (const minutes of [10, -20, 10]) {
    rig.clock.move(minutes * 60_000);
    const other: Subject = `jira:issue:ECD-${100 + minutes + open.size}`;
    await rig.mail(other, other);
    // Its claim is made by the clock as it goes now, and by then every other claim would have been.
    await until('the worker has looked', () => open.has(other));
  }
  for (const end of open.values()) end();
  await until('all is handled', async () => {
    rig.clock.move(60_000);
    return (await rig.states('jira:issue:ECD-1')).includes('settled');
  });

  expect(claims).toBe(4);
});

test('one subject never has two cycles at once, and its mail is handled in order', async () => {
  const running = new Set<string>();
  const seen: string[] = [];
  let overlaps = 0;
  const rig = await setUp(async (claim, store) => {
    if (running.has(claim.subject)) overlaps += 1;
    running.add(claim.subject);
    seen.push(...claim.events.map((event) => event.message ?? ''));
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(claim.subject);
    return await finish(store, claim, 0);
  });
  const subjects = ['jira:issue:ECD-1', 'jira:issue:ECD-2'];

  for (let n = 0; n < 40; n += 1) await rig.mail(String(n), subjects[n % 2]!);
  await until('all is handled', () => {
    rig.clock.move(1000);
    return seen.length === 40;
  });

  expect(overlaps).toBe(0);
  for (const odd of [0, 1]) {
    const own = seen
      .map((message) => Number(message.split(':').at(-1)))
      .filter((n) => n % 2 === odd);
    expect(own).toEqual([...own].sort((left, right) => left - right));
  }
});

test('who is told to end holds its leases until the open cycles have ended', async () => {
  const end = Promise.withResolvers<undefined>();
  const rig = await setUp(
    async (claim, store) => {
      await end.promise;
      return await finish(store, claim, 0);
    },
    { leaseMs: 60 },
  );
  await rig.mail('1', 'jira:issue:ECD-12');
  const held = async (): Promise<number | null> => {
    const row = await rig.store.db.selectFrom('mailboxes').selectAll().executeTakeFirst();
    return row?.owner === 'worker-1' ? row.due_at : null;
  };
  await until('it is claimed', async () => (await held()) !== null);

  const stopped = rig.worker.stop(20_000);
  const before = (await held()) ?? 0;
  rig.clock.move(50);
  await until('the lease is renewed', async () => ((await held()) ?? 0) > before);
  end.resolve(undefined);
  await stopped;

  expect(await rig.states('jira:issue:ECD-12')).toEqual(['settled']);
});

test('a cycle that never ends does not keep the worker from its end', async () => {
  let signal: AbortSignal | null = null;
  const never = Promise.withResolvers<never>();
  const rig = await setUp((_claim, _store, given) => {
    signal = given;
    return never.promise;
  });
  await rig.mail('1', 'jira:issue:ECD-12');
  await until('it is claimed', () => signal !== null);

  await rig.worker.stop(0, 1);

  expect(signal).toMatchObject({ aborted: true });
  never.reject(new Error('the process is gone'));
});
