import type { Kysely } from 'kysely';
import { columnsOf } from '../dialect-columns.ts';

/** Which process runs what only one may run, until when. Instants are epoch milliseconds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { big } = columnsOf(db);
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('fence', 'integer', (c) => c.notNull())
    .addColumn('until', big, (c) => c.notNull())
    .execute();
}
