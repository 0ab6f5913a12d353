import { Migrator } from 'kysely/migration';
import type { Migration, MigrationResultSet } from 'kysely/migration';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { bytewiseText } from './bytewise-text.ts';
import { isPostgres } from './dialect-columns.ts';
import * as initial from './migrations/0001-initial.ts';
import * as polling from './migrations/0002-polling.ts';
import * as judgement from './migrations/0003-judgement.ts';
import * as leases from './migrations/0004-leases.ts';
import * as constantCost from './migrations/0005-constant-cost.ts';
import * as headStart from './migrations/0006-head-start.ts';
import * as modelTotals from './migrations/0007-model-totals.ts';
import type { Tables } from './tables.ts';

/** Every migration that was ever released, in order. Never change one; add the next. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-polling': polling,
  '0003-judgement': judgement,
  '0004-leases': leases,
  '0005-constant-cost': constantCost,
  '0006-head-start': headStart,
  '0007-model-totals': modelTotals,
};

/** How far a schema is brought: to this program, to one of its migrations, or left as it is found. */
export type Schema = 'latest' | 'as-found' | { readonly migration: string };

/** The migrations that a store has been through, in order; none when it is empty. */
export async function migrationsOf(db: Kysely<Tables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const { rows } = await sql<{ readonly name: string }>`
    select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** Whether this program knows every one of these migrations. */
export function areKnown(migrations: readonly string[]): boolean {
  return migrations.every((name) => Object.hasOwn(MIGRATIONS, name));
}

/**
 * Brings the schema up to this program, or to what is wanted: all of it in one transaction, so that a process that dies leaves
 * the schema of before, and of several that start at once one migrates while the others wait. Throws a `Failure` when the
 * store is newer than the program.
 */
export async function migrate(db: Kysely<Tables>, schema: Schema = 'latest'): Promise<void> {
  if (schema === 'as-found') return;
  const found = await migrationsOf(db);
  const last = schema === 'latest' ? Object.keys(MIGRATIONS).at(-1) : schema.migration;
  // Nobody has to wait for a writer, only to hear that there is nothing to do.
  if (areKnown(found) && found.at(-1) === last) return;
  const { error, results } = isPostgres(db)
    ? await migrateTo(db.withPlugin(bytewiseText()), schema)
    : await inTurn(db, schema);
  if (error === undefined) return;
  if (error instanceof Failure) throw error;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  if (failed !== undefined || areKnown(await migrationsOf(db))) {
    const which = failed === undefined ? 'the migration' : `migration ${failed}`;
    throw new Failure('store-unavailable', `${which} failed`, { cause: error });
  }
  throw newer(error);
}

function newer(cause?: unknown): Failure {
  return new Failure('invalid-settings', 'the store was written by a newer pm-agent', {
    cause,
    fix: 'Start the newer version, or restore a backup made by this one.',
  });
}

/** Whether the schema is the one of this program, or an earlier one. Throws as `migrate` does when it is a newer one. */
export async function isUpToDate(db: Kysely<Tables>): Promise<boolean> {
  const found = await migrationsOf(db);
  if (!areKnown(found)) throw newer();
  return found.length === Object.keys(MIGRATIONS).length;
}

async function migrateTo(
  db: Kysely<Tables>,
  schema: Exclude<Schema, 'as-found'>,
): Promise<MigrationResultSet> {
  const provider = { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) };
  const migrator = new Migrator({ db, provider });
  if (schema === 'latest') return await migrator.migrateToLatest();
  return await migrator.migrateTo(schema.migration);
}

const TURN_MS = 120_000;
const USUAL_MS = 5_000;

/** A file has neither a lock for this nor a transaction around it unless we begin one: who writes first, migrates. */
async function inTurn(
  db: Kysely<Tables>,
  schema: Exclude<Schema, 'as-found'>,
): Promise<MigrationResultSet> {
  return await db.connection().execute(async (connection) => {
    await sql`pragma busy_timeout = ${sql.lit(TURN_MS)}`.execute(connection);
    try {
      await sql`begin immediate`.execute(connection);
      const result = await migrateTo(connection, schema);
      await (result.error === undefined ? sql`commit` : sql`rollback`).execute(connection);
      return result;
    } catch (error) {
      return { error };
    } finally {
      await sql`pragma busy_timeout = ${sql.lit(USUAL_MS)}`.execute(connection);
    }
  });
}
