import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** How the facts of one kind reached us on one day. Delays in milliseconds. */
export interface SeenCount {
  readonly source: string;
  /** UTC day of the fact, `2026-03-02`. */
  readonly day: string;
  readonly kind: string;
  readonly pushOnly: number;
  readonly pollOnly: number;
  readonly both: number;
}

/** Days of [from, to), as ISO 8601, of these sources. Both are named, so that the index finds them. */
export interface SeenSpan {
  readonly from: string;
  readonly to: string;
  readonly sources: readonly string[];
}

/** Counts facts by the ways they were seen. */
export async function countSeen(db: Kysely<Tables>, span: SeenSpan): Promise<SeenCount[]> {
  const day = sql<string>`substr(at, 1, 10)`;
  const one = (when: ReturnType<typeof sql>) =>
    sql<number>`cast(sum(case when ${when} then 1 else 0 end) as integer)`;
  return await db
    .selectFrom('events')
    .select(['source', 'kind', day.as('day')])
    .select(one(sql`polled_at is null`).as('pushOnly'))
    .select(one(sql`pushed_at is null`).as('pollOnly'))
    .select(one(sql`pushed_at is not null and polled_at is not null`).as('both'))
    .where('source', 'in', span.sources)
    .where('at', '>=', span.from)
    .where('at', '<', span.to)
    .where((row) => row.or([row('pushed_at', 'is not', null), row('polled_at', 'is not', null)]))
    .groupBy(['source', 'kind', day])
    .execute();
}

/** How long push took on one day, in milliseconds. */
export interface PushDelay {
  readonly source: string;
  readonly day: string;
  readonly median: number;
  readonly worst: number;
}

/** The median (the lower one of two) and the worst delay of push, by source and day. */
export async function pushDelays(db: Kysely<Tables>, span: SeenSpan): Promise<PushDelay[]> {
  const day = sql<string>`substr(at, 1, 10)`;
  return await db
    .with('ranked', (query) =>
      query
        .selectFrom('events')
        .select(['source', 'push_delay', day.as('day')])
        .select(
          sql<number>`row_number() over (partition by source, substr(at, 1, 10) order by push_delay)`.as(
            'place',
          ),
        )
        .select(sql<number>`count(*) over (partition by source, substr(at, 1, 10))`.as('total'))
        .where('source', 'in', span.sources)
        .where('at', '>=', span.from)
        .where('at', '<', span.to)
        .where('push_delay', 'is not', null),
    )
    .selectFrom('ranked')
    .select(['source', 'day'])
    .select(sql<number>`max(case when place = (total + 1) / 2 then push_delay end)`.as('median'))
    .select(sql<number>`max(push_delay)`.as('worst'))
    .groupBy(['source', 'day'])
    .execute();
}

/** Deliveries that their sender lists and that never came. */
export interface GapCount {
  readonly source: string;
  readonly day: string;
  readonly missing: number;
  readonly repaired: number;
}

const DAY_MS = 86_400_000;

/** Gaps by source and day; instants in epoch milliseconds. */
export async function countGaps(
  db: Kysely<Tables>,
  span: { readonly from: number; readonly to: number },
): Promise<GapCount[]> {
  const number = sql<number>`cast((at - at % ${sql.lit(DAY_MS)}) / ${sql.lit(DAY_MS)} as integer)`;
  const rows = await db
    .selectFrom('gaps')
    .select(['source', number.as('day')])
    .select((count) => count.fn.countAll<number>().as('missing'))
    .select((count) => count.fn.count<number>('repaired_at').as('repaired'))
    .where('at', '>=', span.from)
    .where('at', '<', span.to)
    .groupBy(['source', number])
    .execute();
  return rows.map(({ day, ...row }) => ({
    ...row,
    day: new Date(day * DAY_MS).toISOString().slice(0, 10),
  }));
}

/** Of the given delivery names, those of which no delivery was kept. */
export async function neverCame(
  db: Kysely<Tables>,
  source: string,
  names: readonly string[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const name of names) {
    // A delivery is kept as `<name>/<digest>`: a range of the unique index.
    const kept = await db
      .selectFrom('deliveries')
      .select('seq')
      .where('source', '=', source)
      .where('delivery_id', '>=', `${name}/`)
      .where('delivery_id', '<', `${name}0`)
      .limit(1)
      .executeTakeFirst();
    if (kept === undefined) missing.push(name);
  }
  return missing;
}

/** Writes down that a listed delivery never came, and when it was fetched. */
export async function noteGap(
  db: Kysely<Tables>,
  gap: {
    readonly source: string;
    readonly name: string;
    readonly at: number;
    readonly foundAt: number;
    readonly repairedAt: number | null;
  },
): Promise<void> {
  const { source, name, at, foundAt, repairedAt } = gap;
  await db
    .insertInto('gaps')
    .values({ source, name, at, found_at: foundAt, repaired_at: repairedAt })
    .onConflict((conflict) =>
      conflict
        .columns(['source', 'name'])
        .doUpdateSet({ repaired_at: sql`coalesce(gaps.repaired_at, excluded.repaired_at)` }),
    )
    .execute();
}
