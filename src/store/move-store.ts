import { sql } from 'kysely';
import type { Kysely, RawBuilder } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { journalHead, verifyJournal } from './journal.ts';
import type { Store } from './open.ts';
import type { Tables } from './tables.ts';

/** How a move ended. `known`: everything was there already, from an earlier run. */
export interface Moved {
  readonly kind: 'moved' | 'known';
  readonly rows: Readonly<Record<string, number>>;
  readonly entries: number;
  readonly head: string;
}

// A row binds up to 30 values and a statement 65,535; a body may be some megabytes.
const ROWS_AT_ONCE = 500;
const BODIES_AT_ONCE = 25;

type Row = Readonly<Record<string, unknown>>;

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

/** Our own tables, as the file has them; tallies are kept by the database that holds the rows. */
async function tableNames(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly name: string }>`
    select name from sqlite_master where type = 'table'
      and name not like 'sqlite_%' and name not like 'kysely_%' and name <> 'tallies' order by name`.execute(
    db,
  );
  return rows.map(({ name }) => name);
}

/** The tables that are not empty, with their rows. */
async function countRows(
  db: Kysely<Tables>,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) {
    const { rows } = await sql<{ readonly total: number }>`
      select count(*) as total from ${sql.table(name)}`.execute(db);
    const total = rows[0]?.total ?? 0;
    if (total > 0) counts.set(name, total);
  }
  return counts;
}

async function copyTable(from: Kysely<Tables>, to: Kysely<Tables>, name: string): Promise<void> {
  const atOnce = name.endsWith('_bodies') ? BODIES_AT_ONCE : ROWS_AT_ONCE;
  for (let after = 0; ;) {
    const { rows } = await sql<Row & { readonly place_in_file: number }>`
      select rowid as place_in_file, * from ${sql.table(name)}
      where rowid > ${after} order by rowid limit ${atOnce}`.execute(from);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.place_in_file;
    await insertRows(
      to,
      name,
      rows.map(({ place_in_file: _, ...row }) => row),
    );
  }
  await moveNumbers(to, name);
}

async function insertRows(db: Kysely<Tables>, name: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const tuple = (row: Row): RawBuilder<unknown> =>
    sql`(${sql.join(columns.map((column) => row[column]))})`;
  const names = sql.join(columns.map((column) => sql.ref(column)));
  await sql`insert into ${sql.table(name)} (${names}) values ${sql.join(rows.map(tuple))}`.execute(
    db,
  );
}

/** The next number that the database gives comes after those that were copied. */
async function moveNumbers(db: Kysely<Tables>, name: string): Promise<void> {
  const { rows } = await sql<{ readonly counter: string | null }>`
    select pg_get_serial_sequence(table_name, 'seq') as counter from information_schema.columns
    where table_schema = current_schema() and table_name = ${name} and column_name = 'seq'`.execute(
    db,
  );
  const counter = rows[0]?.counter ?? null;
  if (counter === null) return;
  await sql`select setval(${counter}, coalesce(max(seq), 1), count(*) > 0)
    from ${sql.table(name)}`.execute(db);
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
