import { sql } from 'kysely';
import type { Kysely, RawBuilder } from 'kysely';
import { isPostgres } from './dialect-columns.ts';
import { BYTES_AT_ONCE, firstWithin } from './first-within.ts';
import type { Tables } from './tables.ts';

/*
 * Tables as a whole, of whatever schema: for moves, backups and restores. Values are numbers, text, bytes and null in both
 * databases, so a row of the one is a row of the other.
 */

/** A row of any table. */
export type Row = Readonly<Record<string, unknown>>;

// A row binds up to 30 values and a statement 65,535.
const ROWS_AT_ONCE = 500;
const BODIES_AT_ONCE = 25;

const holdsBodies = (name: string): boolean => name.endsWith('_bodies');

/** Whether so much of a table is all that is held in memory at once. */
export function isFullPage(name: string, page: { rows: number; bytes: number }): boolean {
  return (
    page.rows >= (holdsBodies(name) ? BODIES_AT_ONCE : ROWS_AT_ONCE) || page.bytes >= BYTES_AT_ONCE
  );
}

/** Counts and sums that the database which holds the rows keeps by itself: they are made anew with the rows. */
const KEPT_BY_ITSELF: ReadonlySet<string> = new Set(['tallies', 'model_totals']);

/** Our own tables, by name. */
export async function tableNames(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows } = isPostgres(db)
    ? await sql<{ readonly name: string }>`
        select table_name::text as name from information_schema.tables
        where table_schema = current_schema() and table_type = 'BASE TABLE'
          and table_name not like 'kysely_%'`.execute(db)
    : await sql<{ readonly name: string }>`
        select name from sqlite_master where type = 'table'
          and name not like 'sqlite_%' and name not like 'kysely_%'`.execute(db);
  // By bytes, whatever the database sorts by.
  const names = rows.map(({ name }) => name).sort();
  return names.filter((name) => !KEPT_BY_ITSELF.has(name));
}

/** The tables that are not empty, with their rows. */
export async function countRows(
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

/** All rows of a table by pages, numbered ones in the order of their numbers. In a transaction. */
export function pagesOf(db: Kysely<Tables>, name: string): AsyncGenerator<readonly Row[]> {
  if (holdsBodies(name)) return bodyPages(db, name);
  return isPostgres(db) ? databasePages(db, name) : filePages(db, name);
}

/** What others sent has any size: it is asked first, without the bytes themselves. */
async function* bodyPages(db: Kysely<Tables>, name: string): AsyncGenerator<readonly Row[]> {
  for (let after = 0; ;) {
    const sizes = await sql<{ readonly seq: number; readonly bytes: number }>`
      select seq, octet_length(body) as bytes from ${sql.table(name)}
      where seq > ${after} order by seq limit ${BODIES_AT_ONCE}`.execute(db);
    const last = firstWithin(sizes.rows, BYTES_AT_ONCE).at(-1);
    if (last === undefined) return;
    const { rows } = await sql<Row>`
      select * from ${sql.table(name)}
      where seq > ${after} and seq <= ${last.seq} order by seq`.execute(db);
    after = last.seq;
    yield rows;
  }
}

async function* filePages(db: Kysely<Tables>, name: string): AsyncGenerator<readonly Row[]> {
  for (let after = 0; ;) {
    const { rows } = await sql<Row & { readonly place_in_file: number }>`
      select rowid as place_in_file, * from ${sql.table(name)}
      where rowid > ${after} order by rowid limit ${ROWS_AT_ONCE}`.execute(db);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.place_in_file;
    yield rows.map(({ place_in_file: _, ...row }) => row);
  }
}

async function* databasePages(db: Kysely<Tables>, name: string): AsyncGenerator<readonly Row[]> {
  const order = (await hasNumbers(db, name)) ? sql`order by seq` : sql``;
  await sql`declare whole_table no scroll cursor for select * from ${sql.table(name)} ${order}`.execute(
    db,
  );
  for (;;) {
    const { rows } = await sql<Row>`
      fetch ${sql.lit(ROWS_AT_ONCE)} from whole_table`.execute(db);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql`close whole_table`.execute(db);
}

async function hasNumbers(db: Kysely<Tables>, name: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 as found from information_schema.columns
    where table_schema = current_schema() and table_name = ${name} and column_name = 'seq'`.execute(
    db,
  );
  return rows.length > 0;
}

/** Adds rows as they are; all have the same columns. */
export async function insertRows(
  db: Kysely<Tables>,
  name: string,
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0] ?? {});
  const tuple = (row: Row): RawBuilder<unknown> =>
    sql`(${sql.join(columns.map((column) => row[column]))})`;
  const names = sql.join(columns.map((column) => sql.ref(column)));
  await sql`insert into ${sql.table(name)} (${names}) values ${sql.join(rows.map(tuple))}`.execute(
    db,
  );
}

/** The next number that a database gives comes after those that were copied; a file sees to it by itself. */
export async function moveNumbers(db: Kysely<Tables>, name: string): Promise<void> {
  if (!isPostgres(db)) return;
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
