import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { until } from '../../test/helpers/process.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import { fact, PolledSystem } from '../../test/helpers/polled.ts';
import { Failure } from '../domain/failure.ts';
import { neverCrash } from '../lib/crash.ts';
import type { CrashPoint } from '../lib/crash.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Logger } from '../lib/logger.ts';
import { listEvents } from '../store/events.ts';
import { listPolls, pollNow } from '../store/polls.ts';
import { eventJudge } from './event-judge.ts';
import { localQueue } from './local-queue.ts';
import { Poller } from './poller.ts';

const SCOPE = 'acme/payments';
const HOUR = 3_600_000;

async function world(options: { crash?: CrashPoint; since?: number } = {}) {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const system = new PolledSystem();
  system.facts.set(SCOPE, []);
  const judge = eventJudge({ accounts: new Map(), bots: new Set(), projects: () => new Set() });
  const newPoller = (owner = 'one', log: Logger = silentLogger) => {
    const poller = new Poller({
      store,
      queue: localQueue(() => clock.now()),
      clock,
      crash: options.crash ?? neverCrash,
      log,
      connectors: [system.connector()],
      judge,
      owner,
      windowMs: 0,
      since: options.since ?? null,
      random: () => 0.5,
    });
    onTestFinished(() => poller.stop());
    return poller;
  };
  const started = async (poller = newPoller()) => {
    await poller.start();
    await poller.pollDue('github');
    return poller;
  };
  const keys = async () => {
    const page = await listEvents(store.db, { limit: 200 });
    return page.items.map((item) => item.key).toSorted();
  };
  const row = async (scope = SCOPE) => {
    const rows = await listPolls(store.db, clock.now());
    return rows.find((one) => one.scope === scope);
  };
  const add = (...events: ReturnType<typeof fact>[]) =>
    void system.facts.get(SCOPE)?.push(...events);
  return { clock, store, system, newPoller, started, keys, row, add };
}

describe('where polling begins', () => {
  test('at the first start, with what happens from then on', async () => {
    const { started, add, clock, keys } = await world();
    add(fact(1, clock.now() - HOUR), fact(2, clock.now()));

    await started();

    expect(await keys()).toEqual(['github:comment:2:created']);
  });

  test('at an earlier instant, when the settings say so', async () => {
    const clock = handClock();
    const { started, add, keys } = await world({ since: clock.now() - 2 * HOUR });
    add(fact(1, clock.now() - 3 * HOUR), fact(2, clock.now() - HOUR));

    await started();

    expect(await keys()).toEqual(['github:comment:2:created']);
  });

  test('a scope that is new later begins when it was last known not to be there', async () => {
    const { started, system, clock, keys } = await world();
    const poller = await started();
    const listed = clock.now();
    clock.move(2 * HOUR);
    const [old, first] = [fact(7, listed - HOUR), fact(8, listed + HOUR)];
    system.facts.set('acme/web', [old, first]);

    await poller.pollDue('github');

    expect(system.asked.at(-1)).toMatchObject({ scope: 'acme/web', since: listed - 600_000 });
    expect(await keys()).toEqual([first.key]);
  });

  test('a scope that is not named any more rests, and its cursor is kept', async () => {
    const { started, system, clock, row, add } = await world();
    const poller = await started();
    add(fact(1, clock.now()));
    clock.move(2 * HOUR);
    await poller.pollDue('github');
    const facts = system.facts.get(SCOPE) ?? [];
    system.facts.delete(SCOPE);
    clock.move(2 * HOUR);
    await poller.pollDue('github');
    expect(await row()).toBeUndefined();

    system.facts.set(SCOPE, facts);
    clock.move(2 * HOUR);
    await poller.pollDue('github');

    expect(system.asked.at(-1)).toMatchObject({ scope: SCOPE, cursor: '1' });
  });
});

describe('the cursor', () => {
  test('moves page by page, with the events of the page', async () => {
    const { started, system, clock, keys, add } = await world();
    system.size = 2;
    add(...[1, 2, 3, 4, 5].map((number) => fact(number, clock.now())));

    await started();

    expect(system.asked.map(({ cursor }) => cursor)).toEqual([null, '2', '4']);
    expect(await keys()).toHaveLength(5);
  });

  test('stays where the last committed page left it when the next one fails', async () => {
    const { started, system, clock, keys, row, add } = await world();
    system.size = 2;
    add(...[1, 2, 3].map((number) => fact(number, clock.now())));
    let pages = 0;
    system.before = () => {
      pages += 1;
      if (pages === 2) throw new Failure('unavailable', 'the system is down');
    };

    const poller = await started();
    expect(await keys()).toHaveLength(2);
    expect(await row()).toMatchObject({ failures: 1, error: 'unavailable: the system is down' });
    clock.move(HOUR);
    await poller.pollDue('github');

    expect(system.asked.map(({ cursor }) => cursor)).toEqual([null, '2', '2']);
    expect(await keys()).toHaveLength(3);
    expect(await row()).toMatchObject({ failures: 0, error: null });
  });

  test('does not move when the events could not be kept', async () => {
    class Died extends Error {}
    let dies = true;
    const crash: CrashPoint = (label) => {
      if (label === 'poll.fetched' && dies) throw new Died();
    };
    const { started, system, clock, keys, add } = await world({ crash });
    add(fact(1, clock.now()));

    const poller = await started();
    expect(await keys()).toEqual([]);
    dies = false;
    clock.move(HOUR);
    await poller.pollDue('github');

    expect(system.asked.map(({ cursor }) => cursor)).toEqual([null, null]);
    expect(await keys()).toHaveLength(1);
  });

  test('that comes again is a fault, not an endless loop', async () => {
    const { started, system, row, add, clock } = await world();
    system.size = 0;
    add(fact(1, clock.now()));

    await started();

    expect(await row()).toMatchObject({ failures: 1 });
    expect(system.asked.length).toBeLessThan(4);
  });
});

describe('leases', () => {
  test('two pollers never poll one scope at the same time', async () => {
    const { newPoller, system, clock, add, keys } = await world();
    add(fact(1, clock.now()));
    let inside = 0;
    let most = 0;
    system.before = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const [one, other] = [newPoller('one'), newPoller('other')];

    await Promise.all([one.start(), other.start()]);
    await Promise.all([one.pollDue('github'), other.pollDue('github')]);

    expect(most).toBe(1);
    expect(system.asked).toHaveLength(1);
    expect(await keys()).toHaveLength(1);
  });

  test('what a dead process polled is polled again within 15 seconds', async () => {
    const { newPoller, system, clock, add, keys } = await world();
    add(fact(1, clock.now()));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const first = Promise.withResolvers<undefined>();
    const never = Promise.withResolvers<undefined>();
    system.before = async () => {
      system.before = () => undefined;
      first.resolve(undefined);
      await never.promise;
    };
    const [doomed, next] = [newPoller('doomed'), newPoller('next')];
    await doomed.start();
    await first.promise;
    // Its timers beat no more from here on: it is dead.

    clock.move(15_000);
    await next.start();
    await next.pollDue('github');

    expect(await keys()).toHaveLength(1);
    never.resolve(undefined);
    await doomed.pollDue('github');
    expect(await keys()).toHaveLength(1);
  });

  test('a page that takes long is not taken over as long as its poller lives', async () => {
    const { newPoller, system, clock, add, store } = await world();
    add(fact(1, clock.now()));
    const leasedUntil = async () => {
      const scope = store.db.selectFrom('polls').select('leased_until').where('scope', '=', SCOPE);
      return (await scope.executeTakeFirst())?.leased_until;
    };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const other = newPoller('other');
    let tries = 0;
    system.before = async () => {
      system.before = () => undefined;
      for (; tries < 6; tries += 1) {
        clock.move(5_000);
        await vi.advanceTimersByTimeAsync(5_000);
        await until('it was held', async () => (await leasedUntil()) === clock.now() + 15_000);
        await other.pollDue('github');
      }
    };
    const living = newPoller('living');

    await living.start();
    await living.pollDue('github');

    expect(tries).toBe(6);
    expect(system.asked).toHaveLength(1);
  });

  test('a poller that lost its lease keeps nothing', async () => {
    const { newPoller, system, clock, add, store, keys } = await world();
    add(fact(1, clock.now()));
    system.before = async () => {
      // Meanwhile somebody else took the scope over.
      await store.write(({ db }) =>
        db.updateTable('polls').set({ fence: 99 }).where('scope', '=', SCOPE).execute(),
      );
    };
    const poller = newPoller();

    await poller.start();
    await poller.pollDue('github');

    expect(await keys()).toEqual([]);
  });
});

describe('asking for everything anew while a scope is polled', () => {
  /** Asks in the middle of the first page. */
  async function askedMeanwhile(failure?: Failure) {
    const rig = await world();
    const { system, store, clock, add, started, newPoller } = rig;
    const since = clock.now() - 2 * HOUR;
    add(fact(1, clock.now() - HOUR), fact(2, clock.now()));
    system.before = async () => {
      system.before = () => undefined;
      await store.write(({ db }) => pollNow(db, 'github', { now: clock.now(), since }));
      if (failure !== undefined) throw failure;
    };
    const warned: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void warned.push(line) });
    const poller = newPoller('one', log);
    await started(poller);
    return { ...rig, since, warned, poller };
  }

  test('is not lost: the page under way is refused, and what was asked for is read', async () => {
    const { system, since, keys, row, warned } = await askedMeanwhile();

    expect(system.asked.slice(1)).toMatchObject([{ cursor: null, since }]);
    expect(await keys()).toHaveLength(2);
    expect(await row()).toMatchObject({ running: false, failures: 0, failed: null, error: null });
    expect(warned).toEqual([]);
  });

  test('is not lost either when the poll under way fails', async () => {
    const { system, since, keys, row } = await askedMeanwhile(new Failure('timeout', 'no answer'));

    expect(system.asked.slice(1)).toMatchObject([{ cursor: null, since }]);
    expect(await keys()).toHaveLength(2);
    expect(await row()).toMatchObject({ failures: 0, failed: null, error: null });
  });

  test('waits as long as the system says when that has had enough', async () => {
    const enough = new Failure('rate-limited', 'too many calls', { retryAfterMs: HOUR });
    const { system, since, keys, clock, poller } = await askedMeanwhile(enough);
    expect(system.asked).toHaveLength(1);

    clock.move(HOUR);
    await poller.pollDue('github');

    expect(system.asked.slice(1)).toMatchObject([{ cursor: null, since }]);
    expect(await keys()).toHaveLength(2);
  });
});

describe('when a system says that it is enough', () => {
  test('nothing of it is asked for before the time it named', async () => {
    const { started, system, clock, row } = await world();
    system.facts.set('acme/web', []);
    const limited = new Failure('rate-limited', 'too many calls', { retryAfterMs: 300_000 });
    system.failures.push(limited);

    const poller = await started();
    const asked = system.asked.length;
    clock.move(299_000);
    await poller.pollDue('github');
    expect(system.asked).toHaveLength(asked);
    clock.move(2_000);
    await poller.pollDue('github');

    expect(asked).toBe(1);
    expect(system.asked.length).toBe(3);
    expect(await row()).toMatchObject({ failures: 0 });
  });

  test('the interval grows, and comes back with time', async () => {
    const { started, system, clock, row } = await world();
    const interval = async () => Date.parse((await row())?.next ?? '') - clock.now();
    system.failures.push(new Failure('rate-limited', 'too many calls', { retryAfterMs: 1_000 }));
    const poller = await started();
    clock.move(60_000);

    await poller.pollDue('github');
    const slow = await interval();
    for (let count = 0; count < 10; count += 1) {
      clock.move(2 * HOUR);
      await poller.pollDue('github');
    }

    expect(slow).toBeGreaterThan(1.5 * HOUR);
    expect(await interval()).toBe(HOUR);
  });
});

test('with many scopes each waits longer, so that the system is not asked too often', async () => {
  const { started, system, clock, row } = await world();
  for (let number = 0; number < 99; number += 1) system.facts.set(`acme/${number}`, []);
  system.everySeconds = 15;
  system.mostPerMinute = 40;

  const poller = await started();
  clock.move(700_000);
  await poller.pollDue('github');

  // 100 scopes at 40 a minute.
  expect(Date.parse((await row())?.next ?? '') - clock.now()).toBe(150_000);
});

test('a failure is tried again soon, then later and later', async () => {
  const { started, system, clock, row } = await world();
  const waits: number[] = [];
  system.failures.push(...Array.from({ length: 4 }, () => new Failure('timeout', 'no answer')));

  const poller = await started();
  for (let count = 0; count < 4; count += 1) {
    const next = Date.parse((await row())?.next ?? '');
    waits.push((next - clock.now()) / 1000);
    clock.move(next - clock.now());
    await poller.pollDue('github');
  }

  expect(waits).toEqual([30, 60, 120, 240]);
  expect(await row()).toMatchObject({ failures: 0 });
});
