import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Budget } from '../domain/constitution.ts';
import type { SpendLimit } from '../domain/planner.ts';
import { iso } from '../lib/clock.ts';
import type { Tables } from './tables.ts';

/** What is asked for before a call of a model. Instants in epoch milliseconds, money in US dollars. */
export interface SpendRequest {
  readonly cycle: string;
  /** Who asked, where somebody did. */
  readonly person: string | null;
  readonly model: string;
  /** The most that the call can cost. */
  readonly usd: number;
  readonly now: number;
  readonly budget: Budget;
}

/** The row of what was set aside, or the first limit that stands in the way. */
type Reserved =
  | { readonly kind: 'reserved'; readonly id: number }
  | {
      readonly kind: 'refused';
      readonly limit: SpendLimit;
      readonly limitUsd: number;
      readonly spentUsd: number;
    };

interface Bound {
  readonly limit: SpendLimit;
  readonly limitUsd: number;
  /** What counts towards it. */
  readonly column: 'cycle' | 'day' | 'month';
  readonly value: string;
  readonly person: string | null;
}

// A call under way counts with all that was set aside for it.
const COUNTED = sql<number>`coalesce(settled_usd, reserved_usd)`;

// Days and months of the budget begin at midnight UTC.
const dayOf = (at: number) => iso(at).slice(0, 10);
const monthOf = (at: number) => iso(at).slice(0, 7);

function boundsOf({ budget, cycle, person, now }: SpendRequest): readonly Bound[] {
  const day = { column: 'day', value: dayOf(now) } as const;
  const bounds: { bound: Omit<Bound, 'limitUsd'>; limitUsd: number | null }[] = [
    {
      bound: { limit: 'cycle', column: 'cycle', value: cycle, person: null },
      limitUsd: budget.perCycleUsd,
    },
    { bound: { limit: 'day', ...day, person: null }, limitUsd: budget.perDayUsd },
    {
      bound: { limit: 'month', column: 'month', value: monthOf(now), person: null },
      limitUsd: budget.perMonthUsd,
    },
  ];
  if (person !== null) {
    const bound = { limit: 'person', ...day, person } as const;
    bounds.push({ bound, limitUsd: budget.perPersonAndDayUsd });
  }
  return bounds.flatMap(({ bound, limitUsd }) =>
    limitUsd === null ? [] : [{ ...bound, limitUsd }],
  );
}

function spentWithin(db: Kysely<Tables>, bound: Bound) {
  const sum = db
    .selectFrom('spendings')
    .select(sql<number>`coalesce(sum(${COUNTED}), 0)`.as('usd'))
    .where(bound.column, '=', bound.value);
  return bound.person === null ? sum : sum.where('person', '=', bound.person);
}

/**
 * Sets money aside for one call, if every limit has room for it. The check and the row are one statement, so that no
 * other call can slip in between; a database with several writers has to run it serializable.
 */
export async function reserveSpending(
  db: Kysely<Tables>,
  request: SpendRequest,
): Promise<Reserved> {
  const { cycle, person, model, usd, now } = request;
  const bounds = boundsOf(request);
  const fits = bounds.map((bound) => {
    const room = sql`cast(${bound.limitUsd} as double precision)`;
    return sql`${spentWithin(db, bound)} + cast(${usd} as double precision) <= ${room}`;
  });
  // Every value says its type: in a bare `select` a database cannot tell it from the column.
  const values = [
    sql`cast(${cycle} as text), cast(${person} as text), cast(${model} as text)`,
    sql`cast(${now} as bigint), cast(${dayOf(now)} as text), cast(${monthOf(now)} as text)`,
    sql`cast(${usd} as double precision)`,
  ];
  const isFree = sql.join([sql`1 = 1`, ...fits], sql` and `);
  const row = await db
    .insertInto('spendings')
    .columns(['cycle', 'person', 'model', 'at', 'day', 'month', 'reserved_usd'])
    .expression(sql`select ${sql.join(values)} where ${isFree}`)
    .returning('seq')
    .executeTakeFirst();
  if (row !== undefined) return { kind: 'reserved', id: row.seq };
  return await refusalOf(db, bounds, usd);
}

/** Which limit refused; the tightest, should money have come free since. */
async function refusalOf(
  db: Kysely<Tables>,
  bounds: readonly Bound[],
  usd: number,
): Promise<Reserved> {
  const refusals: Extract<Reserved, { kind: 'refused' }>[] = [];
  for (const bound of bounds) {
    const { limit, limitUsd } = bound;
    const { usd: spentUsd } = await spentWithin(db, bound).executeTakeFirstOrThrow();
    const refusal = { kind: 'refused', limit, limitUsd, spentUsd } as const;
    if (spentUsd + usd > limitUsd) return refusal;
    refusals.push(refusal);
  }
  const roomIn = (one: { limitUsd: number; spentUsd: number }) => one.limitUsd - one.spentUsd;
  const [tightest] = refusals.sort((left, right) => roomIn(left) - roomIn(right));
  if (tightest !== undefined) return tightest;
  throw new TypeError('money was refused although there is no limit');
}

/** Puts what the call cost in place of what was set aside; `null`: nobody can tell, so all of it is spent. Once only. */
export async function settleSpending(
  db: Kysely<Tables>,
  id: number,
  usd: number | null,
): Promise<void> {
  await db
    .updateTable('spendings')
    .set(usd === null ? (set) => ({ settled_usd: set.ref('reserved_usd') }) : { settled_usd: usd })
    .where('seq', '=', id)
    .where('settled_usd', 'is', null)
    .execute();
}

/** Closes what a process that died left open before `olderThan`, as spent in full. Resolves with their number. */
export async function settleAbandoned(db: Kysely<Tables>, olderThan: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('spendings')
    .set((set) => ({ settled_usd: set.ref('reserved_usd') }))
    .where('settled_usd', 'is', null)
    .where('at', '<', olderThan)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** What was spent in a period and is set aside now, beside its limit; `limitUsd` is `null` without one. */
interface SpendFigure {
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly limitUsd: number | null;
}

/** The spending of the day and the month of an instant (UTC). */
export interface SpendFigures {
  readonly day: SpendFigure;
  readonly month: SpendFigure;
}

/** Where the budget stands at `now`. */
export async function spendFigures(
  db: Kysely<Tables>,
  { now, budget }: { readonly now: number; readonly budget: Budget },
): Promise<SpendFigures> {
  const sums = async (column: 'day' | 'month', value: string) =>
    await db
      .selectFrom('spendings')
      .select([
        sql<number>`coalesce(sum(settled_usd), 0)`.as('spentUsd'),
        sql<number>`coalesce(sum(case when settled_usd is null then reserved_usd end), 0)`.as(
          'reservedUsd',
        ),
      ])
      .where(column, '=', value)
      .executeTakeFirstOrThrow();
  return {
    day: { ...(await sums('day', dayOf(now))), limitUsd: budget.perDayUsd },
    month: { ...(await sums('month', monthOf(now))), limitUsd: budget.perMonthUsd },
  };
}
