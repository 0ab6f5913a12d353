import type { Kysely } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { journalHead, verifyJournal } from './journal.ts';
import type { Store } from './open.ts';
import type { Tables } from './tables.ts';
import { countRows, insertRows, moveNumbers, pagesOf, tableNames } from './whole-tables.ts';

/** How a move ended. `known`: everything was there already, from an earlier run. */
export interface Moved {
  readonly kind: 'moved' | 'known';
  readonly rows: Readonly<Record<string, number>>;
  readonly entries: number;
  readonly head: string;
}

/**
 * Copies a store in a file into an empty database: all of it or, when anything stops it, nothing. Counts every table and
 * walks the chain of the journal before the commit. Throws `conflict` when the target holds something else.
 */
export async function moveStore(from: Store, to: Store): Promise<Moved> {
  const names = await tableNames(from.db);
  if ((await countRows(to.db, names)).size > 0) return await knownMove(from, to, names);
  return await to.write(async ({ db }) => {
    const filled = await countRows(db, names);
    if (filled.size > 0) throw occupied(filled);
    for (const name of names) await copyTable(from.db, db, name);
    await compare(from.db, db, names);
    return await reportOf(db, names, 'moved');
  });
}

/** Whether the target is what an earlier run made of this very file, perhaps with later entries. */
async function knownMove(from: Store, to: Store, names: readonly string[]): Promise<Moved> {
  const head = await journalHead(from.db);
  const same = await to.db
    .selectFrom('journal')
    .select('seq')
    .where('seq', '=', head.seq)
    .where('hash', '=', head.hash)
    .executeTakeFirst();
  if (same === undefined) throw occupied(await countRows(to.db, names));
  return await reportOf(to.db, names, 'known');
}

function occupied(filled: ReadonlyMap<string, number>): Failure {
  const named = [...filled.keys()].slice(0, 5).join(', ');
  return new Failure('conflict', `the target is not empty: ${named}`, {
    fix: 'Name an empty database that no program has used yet.',
  });
}

async function reportOf(
  db: Kysely<Tables>,
  names: readonly string[],
  kind: Moved['kind'],
): Promise<Moved> {
  const { entries, head, brokenAt } = await verifyJournal(db);
  if (brokenAt !== null) {
    throw new Failure('internal', `the journal that was copied breaks at entry ${brokenAt}`, {
      fix: 'Restore a backup of the file whose journal holds.',
    });
  }
  return { kind, entries, head, rows: Object.fromEntries(await countRows(db, names)) };
}

async function copyTable(from: Kysely<Tables>, to: Kysely<Tables>, name: string): Promise<void> {
  for await (const rows of pagesOf(from, name)) await insertRows(to, name, rows);
  await moveNumbers(to, name);
}

async function compare(
  from: Kysely<Tables>,
  to: Kysely<Tables>,
  names: readonly string[],
): Promise<void> {
  const [there, here] = [await countRows(from, names), await countRows(to, names)];
  const differs = names.find((name) => there.get(name) !== here.get(name));
  if (differs === undefined) return;
  const fix = 'Stop the server that writes to the file, and run it again.';
  throw new Failure('conflict', `${differs} changed while it was copied`, { fix });
}
