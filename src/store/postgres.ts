import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Transaction } from 'kysely';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './migrate.ts';
import { postgresPool } from './postgres-pool.ts';
import type { PoolSettings } from './postgres-pool.ts';
import { storeClock } from './store-clock.ts';
import type { Tables } from './tables.ts';

/** The parts of a store on PostgreSQL. */
export interface PostgresParts {
  readonly db: Kysely<Tables>;
  /** One connection of its own: a burst of reads cannot keep the writer waiting. */
  readonly writing: Kysely<Tables>;
  /** Another, for what waits for no other writer. */
  readonly keeping: Kysely<Tables>;
  /** Begins every transaction of the writer. */
  readonly begin: (trx: Transaction<Tables>) => Promise<void>;
  /** Begins every transaction of `keeping`. */
  readonly beginKeeping: (trx: Transaction<Tables>) => Promise<void>;
  readonly clock: Clock;
  /** Without user and password. */
  readonly place: string;
  readonly close: () => Promise<void>;
}

const MOST_READERS = 8;
const READ_MS = 30_000;
const WRITE_MS = 15_000;

/**
 * All writers of one database take this lock first and hold it to their commit: one at a time, as with a file. So
 * what a unit of work has read is still true when it commits, numbers are committed in their order, and the journal
 * is one chain. Group commit is what makes it fast.
 */
const WRITER_LOCK = 7_306_114_205;

/**
 * Those that only add deliveries take turns among themselves: a sender waits for its own commit, not for the work of
 * everybody else. So deliveries too are numbered in the order in which they are committed.
 */
const KEEPER_LOCK = 7_306_114_206;

/** Opens `postgres://…`, asserts the durable settings and brings the schema to where it is wanted. */
export async function openPostgres(
  url: string,
  { clock, schema }: { readonly clock: Clock; readonly schema: Schema },
): Promise<PostgresParts> {
  const shared = storeClock(() => performance.now());
  const pooled = (own: Pick<PoolSettings, 'most' | 'statementMs'>) => {
    const pool = postgresPool({ ...own, url, heard: shared.heard });
    return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  };
  await migrateAlone(pooled({ most: 1, statementMs: 0 }), schema);
  const db = pooled({ most: MOST_READERS, statementMs: READ_MS });
  const writing = pooled({ most: 1, statementMs: WRITE_MS });
  const keeping = pooled({ most: 1, statementMs: WRITE_MS });
  const beginWith = (lock: number) => async (trx: Transaction<Tables>) =>
    shared.heard(await takeTurn(trx, lock));
  return {
    db,
    ...{ writing, begin: beginWith(WRITER_LOCK) },
    ...{ keeping, beginKeeping: beginWith(KEEPER_LOCK) },
    // A clock that was handed in is moved by hand: it is the time then.
    clock: clock === systemClock ? shared : clock,
    place: placeOf(url),
    close: async () => {
      await Promise.all([db.destroy(), writing.destroy(), keeping.destroy()]);
    },
  };
}

/** A migration may take its time, so it has a connection without limits, for as long as it lasts. */
async function migrateAlone(db: Kysely<Tables>, schema: Schema): Promise<void> {
  try {
    // Whatever the schema: afterwards the database has said what time it is.
    await sql`select 1`.execute(db);
    await migrate(db, schema);
  } finally {
    await db.destroy();
  }
}

async function takeTurn(trx: Transaction<Tables>, lock: number): Promise<number> {
  const { rows } = await sql<{ readonly now: number }>`
    select pg_advisory_xact_lock(${sql.lit(lock)}) as turn,
      floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new TypeError('the database did not say what time it is');
  return row.now;
}

function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
