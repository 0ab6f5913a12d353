import { Failure } from '../../domain/failure.ts';
import { areKnown, migrationsOf } from '../migrate.ts';
import type { Schema } from '../migrate.ts';
import type { Store } from '../open.ts';
import { markRestored } from '../restored.ts';
import type { Work } from '../writer.ts';
import { countRows, insertRows, moveNumbers, tableNames } from '../whole-tables.ts';
import type { About } from './backup-lines.ts';
import { readBackup } from './read-backup.ts';
import type { BackupReport } from './read-backup.ts';

export interface RestoreRequest {
  readonly file: string;
  readonly secret: string;
  /** The version of this program. */
  readonly program: string;
}

/** The schema that a store must have to take a backup. Throws `invalid-settings` for one from a newer program. */
export function schemaOf(about: About): Schema {
  const migration = about.schema.at(-1);
  if (migration !== undefined && areKnown(about.schema)) return { migration };
  throw new Failure('invalid-settings', 'the backup was written by a newer pm-agent', {
    fix: `Restore it with pm-agent ${about.program} or a later one.`,
  });
}

/**
 * Fills an empty store, opened with `schemaOf` the backup, with all that the backup holds: whole and checked, or nothing. The
 * store remembers that it was restored, in the same commit: see `restored.ts`. Throws like `readBackup`, and `conflict`
 * when the store is not empty.
 */
export async function restoreBackup(store: Store, request: RestoreRequest): Promise<BackupReport> {
  return await store.write(async (work) => {
    await requireEmpty(work);
    const filled = new Set<string>();
    const report = await readBackup(request, {
      about: (about) => requireSchema(work, about),
      rows: async (table, rows) => {
        filled.add(table);
        await insertRows(work.db, table, rows);
      },
    });
    for (const table of filled) await moveNumbers(work.db, table);
    const at = store.clock.now();
    if (filled.has('polls')) await pollAtOnce(work, at);
    if (filled.has('leases')) await work.db.updateTable('leases').set({ until: 0 }).execute();
    await markRestored(work, {
      at,
      backupAt: Date.parse(report.about.at),
      head: report.about.head,
      program: request.program,
    });
    return report;
  });
}

/**
 * What happened since the backup was not pushed to this store: it is looked for at once. Whoever held a lease when the backup was
 * taken does not work on this store.
 */
async function pollAtOnce({ db }: Work, at: number): Promise<void> {
  const free = { next_at: at, owner: null, leased_until: null };
  await db.updateTable('polls').set(free).where('next_at', 'is not', null).execute();
}

async function requireEmpty({ db }: Work): Promise<void> {
  const [filled] = [...(await countRows(db, await tableNames(db))).keys()];
  if (filled === undefined) return;
  throw new Failure('conflict', `the store is not empty: it has ${filled}`, {
    fix: 'Create an empty database, and let DATABASE_URL lead there. The old one stays as it is.',
  });
}

async function requireSchema({ db }: Work, about: About): Promise<void> {
  const has = (await migrationsOf(db)).join();
  if (has === about.schema.join()) return;
  throw new Failure('conflict', 'the store has another schema than the backup', {
    fix: 'Create an empty database, and let DATABASE_URL lead there.',
  });
}
