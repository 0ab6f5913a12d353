import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { bytewiseText } from './bytewise-text.ts';
import { isPostgres } from './dialect-columns.ts';
import * as initial from './migrations/0001-initial.ts';
import * as polling from './migrations/0002-polling.ts';
import * as judgement from './migrations/0003-judgement.ts';
import * as leases from './migrations/0004-leases.ts';
import type { Tables } from './tables.ts';

/** Every migration that was ever released, in order. Never change one; add the next. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-polling': polling,
  '0003-judgement': judgement,
  '0004-leases': leases,
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

/** Brings the schema up to this program. Throws a `Failure` when the store is newer than the program. */
export async function migrate(db: Kysely<Tables>, schema: Schema = 'latest'): Promise<void> {
  if (schema === 'as-found') return;
  const migrator = new Migrator({
    db: isPostgres(db) ? db.withPlugin(bytewiseText()) : db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const known = new Set(Object.keys(MIGRATIONS));
  const { error, results } =
    schema === 'latest'
      ? await migrator.migrateToLatest()
      : await migrator.migrateTo(schema.migration);
  if (error === undefined) return;
  if (error instanceof Failure) throw error;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName;
  if (failed !== undefined && known.has(failed)) {
    throw new Failure('store-unavailable', `migration ${failed} failed`, { cause: error });
  }
  throw new Failure('invalid-settings', 'the store was written by a newer pm-agent', {
    cause: error,
    fix: 'Start the newer version, or restore a backup made by this one.',
  });
}
