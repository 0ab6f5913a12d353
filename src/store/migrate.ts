import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
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
import type { Tables } from './tables.ts';

/** Every migration that was ever released, in order. Never change one; add the next. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-polling': polling,
  '0003-judgement': judgement,
  '0004-leases': leases,
  '0005-constant-cost': constantCost,
  '0006-head-start': headStart,
};

/** Brings the schema up to this program. Throws a `Failure` when the store is newer than the program. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db: isPostgres(db) ? db.withPlugin(bytewiseText()) : db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const known = new Set(Object.keys(MIGRATIONS));
  const { error, results } = await migrator.migrateToLatest();
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
