import { describe, expect, test } from 'vitest';
import { thinkCall } from '../../test/helpers/purse.ts';
import {
  OPUS,
  QUIET,
  SONNET,
  SONNET_PRICE,
  contextOf,
  startThinker,
} from '../../test/helpers/thinker.ts';
import type { Thinker, ThinkerOptions } from '../../test/helpers/thinker.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Budget } from '../domain/constitution.ts';
import type { Thought } from '../domain/plan.ts';
import { modelCallsOfCycle, spend } from '../store/model-calls.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/open.ts';
import { spendFigures } from '../store/spendings.ts';
import { LONGEST_CALL_MS, recordSpending, sweepSpendings } from './spending.ts';

const FREE: Budget = {
  perCycleUsd: null,
  perDayUsd: null,
  perMonthUsd: null,
  perPersonAndDayUsd: null,
};

interface Account {
  readonly store: Store;
  readonly clock: ReturnType<typeof handClock>;
  readonly budget: () => Budget;
}

/** A thought on the account of a cycle, as a cycle has it. */
async function thinkFor(
  { planner }: Thinker,
  account: Account,
  { cycle = 'c1', person = null }: { cycle?: string; person?: string | null } = {},
): Promise<Thought> {
  const spent = recordSpending(account, { cycle, person });
  try {
    return await planner.think(contextOf(), thinkCall({ spent: spent.note, purse: spent.purse }));
  } finally {
    await spent.committed();
  }
}

async function world(budget: Partial<Budget>, options: ThinkerOptions = {}) {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const account = { store, clock, budget: () => ({ ...FREE, ...budget }) };
  return { ...account, account, thinker: await startThinker({ ...options, clock }) };
}

const figures = async ({ store, clock }: Account) =>
  await spendFigures(store.db, { now: clock.now(), budget: FREE });

/** What one call may cost and what it does cost, measured once. */
async function oneCall() {
  const { account, thinker } = await world({});
  const reserved: number[] = [];
  const spent = recordSpending(account, { cycle: 'c', person: null });
  const purse = {
    ...spent.purse,
    reserve: (price: { model: string; usd: number | null }) => {
      reserved.push(price.usd ?? 0);
      return spent.purse.reserve(price);
    },
  };
  await thinker.planner.think(contextOf(), thinkCall({ purse, spent: spent.note }));
  await spent.committed();
  return { most: reserved[0] ?? 0, cost: (await figures(account)).day.spentUsd };
}

const limits = ['perCycleUsd', 'perDayUsd', 'perMonthUsd', 'perPersonAndDayUsd'] as const;

test.each(limits)('with %s used up no model is asked, and the rules say so', async (limit) => {
  const { most, cost } = await oneCall();
  const { account, thinker } = await world({ [limit]: most + cost / 2 });
  const who = { person: 'member:mia' };

  const first = await thinkFor(thinker, account, who);
  const second = await thinkFor(thinker, account, who);
  const third = await thinkFor(thinker, account, who);

  expect([first, second, third].map(({ planner }) => planner)).toEqual(['model', 'rules', 'rules']);
  expect(thinker.model.calls).toBe(1);
  expect(second.notes[0]).toMatch(
    /^the rules decided, because .*budget.* is used up \(\$\d+\.\d\d of \$/,
  );
});

test('48 thoughts at once spend no cent more than the limit of the day, and then none is asked', async () => {
  const { most } = await oneCall();
  const limit = most * 7.5;
  const { account, thinker } = await world({ perDayUsd: limit });
  // Answers almost as long as they may be, so that the limit is near.
  const long = { json: QUIET, usage: { output_tokens: 3_900 } };
  thinker.model.queue(...Array.from({ length: 100 }, () => long));

  const thoughts = await Promise.all(
    Array.from({ length: 48 }, (_, at) => thinkFor(thinker, account, { cycle: `c${at}` })),
  );

  const { day } = await figures(account);
  const shown = await spend(account.store.db, 0);
  expect(day.spentUsd).toBeLessThanOrEqual(limit);
  expect(day.reservedUsd).toBe(0);
  expect(shown.usd).toBeCloseTo(day.spentUsd, 9);
  const byModel = thoughts.filter(({ planner }) => planner === 'model');
  expect(byModel).toHaveLength(thinker.model.calls);
  expect(byModel.length).toBeGreaterThanOrEqual(7);
  expect(byModel.length).toBeLessThan(48);

  // Fill what is left, then nothing is asked any more.
  for (let more = 0; more < 2000 && (await thinkFor(thinker, account)).planner === 'model';)
    more += 1;
  const calls = thinker.model.calls;
  const last = await thinkFor(thinker, account, { cycle: 'last' });
  expect(thinker.model.calls).toBe(calls);
  expect(last.planner).toBe('rules');
  expect((await figures(account)).day.spentUsd).toBeLessThanOrEqual(limit);
});

test('a call that cost more than was set aside is counted as it was, and stops what comes next', async () => {
  const { most } = await oneCall();
  const { account, thinker } = await world({ perDayUsd: most * 2 });
  thinker.model.queue({ json: QUIET, usage: { output_tokens: 1_000_000 } });

  await thinkFor(thinker, account);
  const after = await thinkFor(thinker, account);

  expect((await figures(account)).day.spentUsd).toBeGreaterThan(10);
  expect(after.planner).toBe('rules');
  expect(thinker.model.calls).toBe(1);
});

describe('what a call that failed costs', () => {
  const nothing = { spentUsd: 0, reservedUsd: 0 };

  test.each([
    ['a wrong key', { status: 401, type: 'authentication_error' }],
    ['an error of theirs', { status: 400, type: 'invalid_request_error' }],
  ] as const)('nothing after %s', async (_name, answer) => {
    const { account, thinker } = await world({});
    thinker.model.queue(answer);

    await thinkFor(thinker, account);

    expect((await figures(account)).day).toMatchObject(nothing);
  });

  test('nothing when nobody was there to be asked', async () => {
    const { account, thinker } = await world({});
    await thinker.model.close();

    const thought = await thinkFor(thinker, account);

    expect(thought.notes[0]).toMatch(/broken-line/);
    expect((await figures(account)).day).toMatchObject(nothing);
  });

  test.each([
    ['no answer in time', { neverAnswer: true }, 1],
    ['a line that broke', { hangUp: true }, 3],
    ['a body that cannot be read', { raw: 'not a message' }, 1],
    ['a time-out of theirs', { status: 504, type: 'timeout_error' }, 3],
  ] as const)('all that was set aside after %s', async (_name, answer, tries) => {
    const { most } = await oneCall();
    const { account, thinker } = await world({}, { timeoutMs: 400 });
    thinker.model.queue(...Array.from({ length: tries }, () => answer));

    await thinkFor(thinker, account);

    const { day } = await figures(account);
    expect(day.reservedUsd).toBe(0);
    expect(day.spentUsd).toBeCloseTo(most * tries, 9);
    const shown = await modelCallsOfCycle(account.store.db, 'c1');
    expect(shown.map(({ usage }) => usage.costUsd)).toEqual(Array(tries).fill(most));
  });

  test('what it used, when the answer was refused or of no use', async () => {
    const { account, thinker } = await world({});
    thinker.model.queue({ text: 'Sure!' }, { refusal: true });

    await thinkFor(thinker, account);

    const { day } = await figures(account);
    const shown = await spend(account.store.db, 0);
    expect(shown.calls).toBe(2);
    expect(day.spentUsd).toBeGreaterThan(0);
    expect(day.spentUsd).toBeCloseTo(shown.usd, 9);
  });
});

test('money that a process left set aside when it died still counts after the restart, and after the sweep', async () => {
  const { most, cost } = await oneCall();
  const { account, clock, thinker } = await world({ perDayUsd: most + cost });
  const dying = recordSpending(account, { cycle: 'c0', person: null });
  await dying.purse.reserve({ model: SONNET, usd: most });
  await account.store.close();
  const store = await openStore(account.store.place.replace(/^/, 'sqlite:'), clock);
  const again = { ...account, store };

  const before = await thinkFor(thinker, again);
  expect(await sweepSpendings(again)).toBe(0);
  clock.move(16 * 60_000);
  expect(await sweepSpendings(again)).toBe(1);
  const after = await thinkFor(thinker, again);

  expect([before, after].map(({ planner }) => planner)).toEqual(['rules', 'rules']);
  expect(thinker.model.calls).toBe(0);
  expect((await figures(again)).day).toMatchObject({ spentUsd: most, reservedUsd: 0 });
  await store.close();
});

test('a program that starts leaves the call alone that another one has under way, however long it takes', async () => {
  const { account, clock } = await world({});
  const under = recordSpending(account, { cycle: 'c1', person: null });
  const reserved = await under.purse.reserve({ model: SONNET, usd: 0.5 });
  if (reserved.kind !== 'reserved' || reserved.id === null) throw new Error('refused');

  clock.move(LONGEST_CALL_MS);
  const swept = await sweepSpendings(account);
  await under.purse.settle(reserved.id, 0.25);

  expect(swept).toBe(0);
  expect((await figures(account)).day).toMatchObject({ spentUsd: 0.25, reservedUsd: 0 });
});

test('a budget that is raised while the program runs is used at the next call', async () => {
  let perDayUsd = 0.001;
  const { account, thinker } = await world({});
  const reloaded = { ...account, budget: () => ({ ...FREE, perDayUsd }) };

  const before = await thinkFor(thinker, reloaded);
  perDayUsd = 5;
  const after = await thinkFor(thinker, reloaded);

  expect([before, after].map(({ planner }) => planner)).toEqual(['rules', 'model']);
});

describe('a model without a price', () => {
  const unpriced = { price: undefined };

  test('is not asked while there is any limit', async () => {
    const { account, thinker } = await world({ perMonthUsd: 1000 }, unpriced);

    const thought = await thinkFor(thinker, account);

    expect(thinker.model.calls).toBe(0);
    expect(thought.notes[0]).toMatch(/claude-sonnet-5-5 has no price .* budget/);
  });

  test('is asked where there is none', async () => {
    const { account, thinker } = await world({}, unpriced);

    expect((await thinkFor(thinker, account)).planner).toBe('model');
  });
});

test('an empty purse is not carried to the next model of the chain', async () => {
  const { account, thinker } = await world({ perDayUsd: 0.0001 }, { names: [SONNET, OPUS] });

  const thought = await thinkFor(thinker, account);

  expect(thinker.model.calls).toBe(0);
  expect(thought.notes).toHaveLength(1);
});

test('every step of a talk is paid for, and one that may not be paid ends it', async () => {
  const { most, cost } = await oneCall();
  const budget = { perCycleUsd: most + cost };
  const { account, thinker } = await world(budget, {
    price: SONNET_PRICE,
    read: () => Promise.resolve('z'.repeat(20_000)),
  });
  thinker.model.queue({ toolUse: { name: 'jira_get-issue', input: { issue: 'ECD-12' } } });

  const thought = await thinkFor(thinker, account);

  expect(thinker.model.calls).toBe(1);
  expect(thought.planner).toBe('rules');
  expect(thought.notes[0]).toMatch(/the budget of this cycle is used up/);
  expect(thought.reads).toHaveLength(1);
});
