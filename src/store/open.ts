import { Kysely } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { migrate } from './migrate.ts';
import { openSqlite, sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';
import { groupWriter } from './writer.ts';
import type { Write } from './writer.ts';

/** The open store. Read through `db`, change through `write`; nothing else holds a connection. */
export interface Store {
  readonly db: Kysely<Tables>;
  readonly write: Write;
  /** Where the data is, for people. */
  readonly place: string;
  /** Makes a consistent copy while the program runs. */
  readonly copyTo: (file: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const FILE = /^(?:sqlite:|file:)(?:\/\/)?(?<path>.+)$/;

function fileOf(url: string): string {
  const path = FILE.exec(url)?.groups?.path;
  if (path !== undefined) return path;
  throw new Failure('invalid-settings', 'DATABASE_URL must be sqlite:<file>', {
    fix: 'Use sqlite:data/pm-agent.db, or leave DATABASE_URL out.',
  });
}

/** Opens `sqlite:<file>`, asserts the durable settings and brings the schema up to date. */
export async function openStore(url: string, clock: Clock = systemClock): Promise<Store> {
  const place = fileOf(url);
  const raw = openSqlite(place);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(raw) });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    db,
    write: groupWriter(db, clock),
    place,
    copyTo: (file) => {
      raw.prepare('vacuum into ?').run(file);
      return Promise.resolve();
    },
    close: async () => {
      await db.destroy();
    },
  };
}
