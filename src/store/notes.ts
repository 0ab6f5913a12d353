import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A single value kept over restarts. */
export async function readNote(db: Kysely<Tables>, name: string): Promise<string | null> {
  const row = await db
    .selectFrom('notes')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value ?? null;
}

export async function writeNote(db: Kysely<Tables>, name: string, value: string): Promise<void> {
  await db
    .insertInto('notes')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** All notes whose names begin with a prefix that ends with `:`. */
export async function notesUnder(
  db: Kysely<Tables>,
  prefix: string,
): Promise<{ readonly name: string; readonly value: string }[]> {
  return await db
    .selectFrom('notes')
    .select(['name', 'value'])
    .where('name', '>=', prefix)
    // The character after the colon: a range of the primary key.
    .where('name', '<', `${prefix.slice(0, -1)};`)
    .execute();
}
