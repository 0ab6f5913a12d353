import { Kysely } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { migrate } from './migrate.ts';
import { isBusy } from './sqlite-failure.ts';
import { openSqlite, sqliteDialect, waitBriefly } from './sqlite.ts';
import type { Tables } from './tables.ts';
import { groupWriter } from './writer.ts';
import type { Write } from './writer.ts';

/** The open store. Read through `db`, change through `write`; nothing else holds a connection. */
export interface Store {
  readonly db: Kysely<Tables>;
  readonly write: Write;
  /**
   * The time that leases and due times go by. On a database that several processes share it is the database's own.
   */
  readonly clock: Clock;
  /** Where the data is, for people. */
  readonly place: string;
  /** Makes a consistent copy while the program runs. */
  readonly copyTo: (file: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const FILE = /^(?:sqlite:|file:)(?:\/\/)?(?<path>.+)$/;
const POSTGRES = /^postgres(?:ql)?:\/\//;

/** The file of a store that is one, otherwise null. */
export function storeFile(url: string): string | null {
  return FILE.exec(url)?.groups?.['path'] ?? null;
}

/** Opens `sqlite:<file>` or `postgres://…`, asserts the durable settings and brings the schema up to date. */
export async function openStore(url: string, clock: Clock = systemClock): Promise<Store> {
  const file = storeFile(url);
  if (file !== null) return await openFile(file, clock);
  if (POSTGRES.test(url)) return await openDatabase(url, clock);
  throw new Failure('invalid-settings', 'DATABASE_URL must be sqlite:<file> or postgres://…', {
    fix: 'Use sqlite:data/pm-agent.db, or leave DATABASE_URL out.',
  });
}

async function openFile(place: string, clock: Clock): Promise<Store> {
  const raw = openSqlite(place);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(raw) });
  try {
    await migrate(db);
    waitBriefly(raw);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    db,
    write: groupWriter(db, { clock, isBusy }),
    clock,
    place,
    copyTo: (target) => {
      raw.prepare('vacuum into ?').run(target);
      return Promise.resolve();
    },
    close: async () => {
      await db.destroy();
    },
  };
}

async function openDatabase(url: string, given: Clock): Promise<Store> {
  // Loaded here: a program on a file does not pay for the client of a database.
  const { openPostgres } = await import('./postgres.ts');
  const { db, writing, begin, clock, place, close } = await openPostgres(url, given);
  const copyTo = (): Promise<never> => {
    const fix = 'Use pg_dump, or the backups of the database server.';
    return Promise.reject(new Failure('invalid-input', 'a database is not one file', { fix }));
  };
  return { db, write: groupWriter(writing, { clock, begin }), clock, place, copyTo, close };
}
