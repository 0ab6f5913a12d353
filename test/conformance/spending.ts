import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/domain/constitution.ts';
import type { Store } from '../../src/store/open.ts';
import {
  reserveSpending,
  settleAbandoned,
  settleSpending,
  spendFigures,
} from '../../src/store/spendings.ts';
import type { SpendRequest } from '../../src/store/spendings.ts';
import { handClock } from '../helpers/store.ts';
import type { OpenForTest } from './store.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const FREE: Budget = {
  perCycleUsd: null,
  perDayUsd: null,
  perMonthUsd: null,
  perPersonAndDayUsd: null,
};

const reserve = (store: Store, usd: number, given: Partial<SpendRequest> = {}) =>
  store.write(({ db }) =>
    reserveSpending(db, {
      cycle: 'c1',
      person: null,
      model: 'm',
      usd,
      now: NOW,
      budget: FREE,
      ...given,
    }),
  );

const settle = (store: Store, id: number, usd: number | null) =>
  store.write(({ db }) => settleSpending(db, id, usd));

const figures = (store: Store, now = NOW) => spendFigures(store.db, { now, budget: FREE });

const LATER = NOW + 86_400_000;
interface Case {
  readonly limit: string;
  readonly part: Partial<Budget>;
  /** What still counts towards the limit, and what does not. */
  readonly within: Partial<SpendRequest>;
  readonly beyond: Partial<SpendRequest>;
}
const CASES: readonly Case[] = [
  { limit: 'cycle', part: { perCycleUsd: 1 }, within: { now: LATER }, beyond: { cycle: 'c2' } },
  { limit: 'day', part: { perDayUsd: 1 }, within: { cycle: 'c2' }, beyond: { now: LATER } },
  {
    limit: 'month',
    part: { perMonthUsd: 1 },
    within: { now: LATER },
    beyond: { now: Date.parse('2026-04-01T00:00:00Z') },
  },
  {
    limit: 'person',
    part: { perPersonAndDayUsd: 1 },
    within: { cycle: 'c2' },
    beyond: { person: 'member:tom' },
  },
];

/** Money is set aside before it is spent, and no limit is ever passed. */
export function spendingSuite(name: string, open: OpenForTest): void {
  describe(`${name} keeps the budget`, () => {
    test.each(CASES)(
      'the limit of a $limit is kept to the cent, and counts nothing else',
      async (one) => {
        const { limit, part, within, beyond } = one;
        const store = await open();
        const given = { budget: { ...FREE, ...part }, person: 'member:mia' };

        expect(await reserve(store, 0.75, given)).toMatchObject({ kind: 'reserved' });
        expect(await reserve(store, 0.26, { ...given, ...within })).toEqual({
          kind: 'refused',
          limit,
          limitUsd: 1,
          spentUsd: 0.75,
        });
        expect(await reserve(store, 0.25, { ...given, ...within })).toMatchObject({
          kind: 'reserved',
        });
        expect(await reserve(store, 0.25, { ...given, ...beyond })).toMatchObject({
          kind: 'reserved',
        });
      },
    );

    test('what a call did not use is free again, and nothing is counted twice', async () => {
      const store = await open();
      const budget = { ...FREE, perDayUsd: 1 };
      const first = await reserve(store, 1, { budget });
      if (first.kind !== 'reserved') throw new Error('refused');

      expect(await reserve(store, 0.5, { budget })).toMatchObject({ kind: 'refused', spentUsd: 1 });
      await settle(store, first.id, 0.25);
      await settle(store, first.id, 0);

      expect(await reserve(store, 0.75, { budget })).toMatchObject({ kind: 'reserved' });
      expect((await figures(store)).day).toEqual({
        spentUsd: 0.25,
        reservedUsd: 0.75,
        limitUsd: null,
      });
    });

    test('a call of which nobody knows what it cost is spent in full', async () => {
      const store = await open();
      const one = await reserve(store, 0.4);
      if (one.kind !== 'reserved') throw new Error('refused');

      await settle(store, one.id, null);

      expect((await figures(store)).month).toMatchObject({ spentUsd: 0.4, reservedUsd: 0 });
    });

    test('what a dead process had set aside counts after a restart, until the sweep spends it', async () => {
      const clock = handClock(NOW);
      const before = await open(clock);
      const budget = { ...FREE, perDayUsd: 1 };
      await reserve(before, 0.8, { budget });
      await before.close();
      const store = await before.reopen();

      expect(await reserve(store, 0.5, { budget })).toMatchObject({
        kind: 'refused',
        spentUsd: 0.8,
      });
      expect(await store.write(({ db }) => settleAbandoned(db, NOW))).toBe(0);
      expect(await store.write(({ db }) => settleAbandoned(db, NOW + 1))).toBe(1);

      expect((await figures(store)).day).toMatchObject({ spentUsd: 0.8, reservedUsd: 0 });
      expect(await reserve(store, 0.5, { budget })).toMatchObject({
        kind: 'refused',
        spentUsd: 0.8,
      });
    });

    test('all at once, no order of calls gets more than any of the limits', async () => {
      const store = await open();
      let run = 0;
      const Call = fc.record({
        cycle: fc.nat(3),
        person: fc.option(fc.nat(2)),
        cents: fc.integer({ min: 1, max: 60 }),
        used: fc.option(fc.integer({ min: 0, max: 100 })),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(Call, { minLength: 1, maxLength: 40 }), async (calls) => {
          run += 1;
          // A month of its own for every run, so that one file serves all of them.
          const now = Date.UTC(2000 + run, 0, 1);
          const budget = { perCycleUsd: 1, perDayUsd: 2, perMonthUsd: 2, perPersonAndDayUsd: 0.7 };
          const asked = calls.map(({ cycle, person, cents }) => ({
            cycle: `${run}-${cycle}`,
            person: person === null ? null : `p${person}`,
            usd: cents / 100,
          }));
          const got = await Promise.all(
            asked.map(async ({ usd, ...who }, at) => {
              const reserved = await reserve(store, usd, { ...who, now, budget });
              if (reserved.kind === 'refused') return { usd: 0, ...who };
              const used = calls[at]?.used ?? null;
              const cost = used === null ? usd : (usd * used) / 100;
              await settle(store, reserved.id, used === null ? null : cost);
              return { usd: cost, ...who };
            }),
          );
          const sum = (of: readonly { usd: number }[]) => of.reduce((all, { usd }) => all + usd, 0);
          const groups = Object.values(Object.groupBy(got, ({ cycle }) => cycle));
          const people = Object.values(
            Object.groupBy(
              got.filter(({ person }) => person !== null),
              ({ person }) => person ?? '',
            ),
          );
          expect(sum(got)).toBeLessThanOrEqual(2 + 1e-9);
          for (const group of groups) expect(sum(group ?? [])).toBeLessThanOrEqual(1 + 1e-9);
          for (const group of people) expect(sum(group ?? [])).toBeLessThanOrEqual(0.7 + 1e-9);
        }),
        { numRuns: 60 },
      );
    });
  });
}
