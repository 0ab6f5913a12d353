import { Kysely } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { migrate } from './migrate.ts';
import { isBusy } from './sqlite-failure.ts';
import type { Schema } from './migrate.ts';
import { openSqlite, sqliteDialect, sqliteSnapshot, waitBriefly } from './sqlite.ts';
import { storeFile } from './store-file.ts';
import type { Tables } from './tables.ts';
import { groupWriter } from './writer.ts';
import type { Keep, Write } from './writer.ts';

/** The open store. Read through `db`, change through `write`; nothing else holds a connection. */
export interface Store {
  readonly db: Kysely<Tables>;
  readonly write: Write;
  /** For what only adds deliveries: where several processes write, it waits for none of the others' work. */
  readonly keep: Keep;
  /**
   * The time that leases and due times go by. On a database that several processes share it is the database's own.
   */
  readonly clock: Clock;
  /** Where the data is, for people. */
  readonly place: string;
  /** Reads one unmoving state of the whole store, while others go on writing. */
  readonly snapshot: Snapshot;
  readonly close: () => Promise<void>;
}

/** Hands the work a connection that sees the store as it stood at one instant. */
type Snapshot = <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;

const POSTGRES = /^postgres(?:ql)?:\/\//;

/**
 * Opens `sqlite:<file>` or `postgres://…`, asserts the durable settings and brings the schema up to date, or to what
 * `schema` says.
 */
export async function openStore(
  url: string,
  clock: Clock = systemClock,
  schema: Schema = 'latest',
): Promise<Store> {
  const file = storeFile(url);
  if (file !== null) return await openFile(file, clock, schema);
  if (POSTGRES.test(url)) return await openDatabase(url, clock, schema);
  throw new Failure('invalid-settings', 'DATABASE_URL must be sqlite:<file> or postgres://…', {
    fix: 'Use sqlite:data/pm-agent.db, or leave DATABASE_URL out.',
  });
}

async function openFile(place: string, clock: Clock, schema: Schema): Promise<Store> {
  const raw = openSqlite(place);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(raw) });
  try {
    await migrate(db, schema);
    waitBriefly(raw);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const write = groupWriter(db, { clock, isBusy });
  return {
    db,
    write,
    keep: write,
    clock,
    place,
    snapshot: (work) => sqliteSnapshot(place, work),
    close: async () => {
      await db.destroy();
    },
  };
}

async function openDatabase(url: string, given: Clock, schema: Schema): Promise<Store> {
  // Loaded here: a program on a file does not pay for the client of a database.
  const { openPostgres } = await import('./postgres.ts');
  const opened = await openPostgres(url, { clock: given, schema });
  const { db, clock, place, close } = opened;
  const { isDeadlock } = await import('./postgres-failure.ts');
  const write = groupWriter(opened.writing, { clock, begin: opened.begin, isBusy: isDeadlock });
  const begin = opened.beginKeeping;
  const keep = groupWriter(opened.keeping, { clock, begin, isBusy: isDeadlock });
  const snapshot: Snapshot = (work) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute((trx) => work(trx));
  return { db, write, keep, clock, place, snapshot, close };
}
