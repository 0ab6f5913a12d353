import { sql } from 'kysely';
import type { ColumnBuilderCallback, Kysely, RawBuilder } from 'kysely';

interface DialectColumns {
  /** An increasing number given by the database. */
  readonly serial: { readonly type: 'integer' | 'bigint'; readonly build: ColumnBuilderCallback };
  readonly bytes: RawBuilder<unknown>;
  /** Holds epoch milliseconds. */
  readonly big: 'integer' | 'bigint';
}

/** The only column types on which the two databases differ. */
export function columnsOf(db: Kysely<unknown>): DialectColumns {
  const postgres = db.getExecutor().adapter.constructor.name.startsWith('Postgres');
  if (postgres) {
    return {
      serial: {
        type: 'bigint',
        build: (column) => column.primaryKey().generatedByDefaultAsIdentity(),
      },
      bytes: sql`bytea`,
      big: 'bigint',
    };
  }
  return {
    serial: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
    bytes: sql`blob`,
    big: 'integer',
  };
}
