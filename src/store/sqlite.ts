import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, sql } from 'kysely';
import type { Dialect, SqliteDatabase } from 'kysely';
import { Failure } from '../domain/failure.ts';
import type { Tables } from './tables.ts';

/** Settings without which "committed" would not mean "on the disk". Checked by reading them back. */
const DURABLE: Readonly<Record<string, string | number>> = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
  busy_timeout: 5000,
};

/** Settings for speed, measured with `make bench`; nothing depends on them. */
const TUNED: Readonly<Record<string, number>> = {
  // Only for a new file: a body of 5 to 16 KB takes half the pages.
  page_size: 8192,
  cache_size: -16_000,
  // 16 MB: at full ingest every few hundred bodies would otherwise pay a checkpoint of its own.
  wal_autocheckpoint: 2000,
};

// Kysely prepares per call; the texts are few, so keeping them saves parsing each one again.
const KEPT_STATEMENTS = 400;

function isInput(value: unknown): value is SQLInputValue {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof Uint8Array
  );
}

function bind(values: readonly unknown[]): SQLInputValue[] {
  return values.map((value) => {
    if (isInput(value)) return value;
    throw new Failure('internal', `a value of type ${typeof value} cannot be bound to a query`);
  });
}

function assertDurable(raw: DatabaseSync, file: string): void {
  for (const [name, wanted] of Object.entries(DURABLE)) {
    const row = raw.prepare(`pragma ${name}`).get() ?? {};
    const found = Object.values(row)[0];
    if (found === wanted) continue;
    throw new Failure('invalid-settings', `the store ${file} does not keep ${name}=${wanted}`, {
      fix: 'Put the file on a local disk that supports SQLite write-ahead logging.',
    });
  }
}

/** Opens the file, sets the durable settings and reads each back. Throws a `Failure` when one does not hold. */
export function openSqlite(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const raw = new DatabaseSync(file);
  try {
    for (const [name, value] of Object.entries({ ...TUNED, ...DURABLE })) {
      raw.exec(`pragma ${name} = ${value}`);
    }
    assertDurable(raw, file);
    return raw;
  } catch (error) {
    raw.close();
    throw error;
  }
}

/** Kysely's dialect over `node:sqlite`. */
export function sqliteDialect(raw: DatabaseSync): Dialect {
  const statements = new Map<string, StatementSync>();
  const prepared = (text: string): StatementSync => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const statement = raw.prepare(text);
    if (statements.size >= KEPT_STATEMENTS) statements.clear();
    statements.set(text, statement);
    return statement;
  };
  const database: SqliteDatabase = {
    close: () => {
      statements.clear();
      raw.close();
    },
    prepare: (text) => {
      const statement = prepared(text);
      return {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...bind(values)),
        run: (values) => statement.run(...bind(values)),
        iterate: (values) => statement.iterate(...bind(values)),
      };
    },
  };
  return new SqliteDialect({ database });
}

/** Runs reads on a connection of their own, in one transaction: the write-ahead log keeps what they see as it was. */
export async function sqliteSnapshot<T>(
  file: string,
  work: (db: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  const raw = new DatabaseSync(file, { readOnly: true });
  const db = new Kysely<Tables>({ dialect: sqliteDialect(raw) });
  try {
    return await db.connection().execute(async (connection) => {
      await sql`begin`.execute(connection);
      try {
        return await work(connection);
      } finally {
        await sql`rollback`.execute(connection);
      }
    });
  } finally {
    await db.destroy();
  }
}
