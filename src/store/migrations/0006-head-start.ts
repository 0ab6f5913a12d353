import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { columnsOf } from '../dialect-columns.ts';

/** Urgent mailboxes are claimed as if they had been due earlier, by `head_start` milliseconds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { big } = columnsOf(db);
  await db.schema
    .alterTable('mailboxes')
    .addColumn('head_start', big, (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex('mailboxes_claim')
    .on('mailboxes')
    .column(sql`(due_at - head_start)`)
    .where('due_at' as never, 'is not', null as never)
    .execute();
}
