import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { SqliteDialect } from 'kysely';
import type { Dialect, SqliteDatabase } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { sqliteFailure } from './sqlite-failure.ts';

/** Settings without which "committed" would not mean "on the disk". Checked by reading them back. */
const DURABLE: Readonly<Record<string, string | number>> = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
};

/** While it is opened and migrated, several programs that start at once wait for one another. */
const PATIENT_MS = 5_000;
/** So long a call may hold the event loop; whoever needs longer waits outside of it, and senders hear their answer. */
const BRIEF_MS = 10;

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
    raw.exec(`pragma busy_timeout = ${PATIENT_MS}`);
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

/** From now on no call holds the event loop for long because another process writes. */
export function waitBriefly(raw: DatabaseSync): void {
  raw.exec(`pragma busy_timeout = ${BRIEF_MS}`);
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw sqliteFailure(error);
  }
}

const NOTHING_DONE = { changes: 0, lastInsertRowid: 0 };

/** The write lock is taken before any work, so that a busy store has begun none of it. */
const writesAtOnce = (text: string) => (text === 'begin' ? 'begin immediate' : text);

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
      const statement = told(() => prepared(writesAtOnce(text)));
      return {
        reader: statement.columns().length > 0,
        all: (values) => told(() => statement.all(...bind(values))),
        run: (values) => {
          // A full or failing disk has ended the transaction already; why, the caller hears of the first failure.
          if (text === 'rollback' && !raw.isTransaction) return NOTHING_DONE;
          return told(() => statement.run(...bind(values)));
        },
        iterate: (values) => statement.iterate(...bind(values)),
      };
    },
  };
  return new SqliteDialect({ database });
}
