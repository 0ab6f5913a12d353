import { PostgresAdapter, sql } from 'kysely';
import type { ColumnBuilderCallback, Kysely, RawBuilder } from 'kysely';

interface DialectColumns {
  /** An increasing number given by the database. */
  readonly serial: { readonly type: 'integer' | 'bigint'; readonly build: ColumnBuilderCallback };
  readonly bytes: RawBuilder<unknown>;
  /** Holds epoch milliseconds. */
  readonly big: 'integer' | 'bigint';
}

/** Whether these tables are in PostgreSQL. */
export function isPostgres(db: Pick<Kysely<unknown>, 'getExecutor'>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** The only column types on which the two databases differ. */
export function columnsOf(db: Kysely<unknown>): DialectColumns {
  if (isPostgres(db)) {
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
