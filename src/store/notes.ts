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
