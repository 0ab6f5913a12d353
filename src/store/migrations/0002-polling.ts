import type { Kysely } from 'kysely';
import { columnsOf } from '../dialect-columns.ts';

/** Polling beside push: how each delivery and event reached us, cursors, gaps, and who the accounts belong to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { big } = columnsOf(db);
  await db.schema
    .alterTable('deliveries')
    .addColumn('way', 'text', (c) => c.notNull().defaultTo('webhook'))
    .execute();
  await db.schema.alterTable('events').addColumn('pushed_at', big).execute();
  await db.schema.alterTable('events').addColumn('push_delay', big).execute();
  await db.schema.alterTable('events').addColumn('polled_at', big).execute();
  await db.schema.createIndex('events_source_at').on('events').columns(['source', 'at']).execute();
  await db.schema
    .createTable('polls')
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('scope', 'text', (c) => c.notNull())
    .addColumn('cursor', 'text')
    .addColumn('since', big, (c) => c.notNull())
    .addColumn('next_at', big)
    .addColumn('owner', 'text')
    .addColumn('leased_until', big)
    .addColumn('fence', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('succeeded_at', big)
    .addColumn('failed_at', big)
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('polls_identity', ['source', 'scope'])
    .execute();
  await db.schema
    .createTable('gaps')
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('at', big, (c) => c.notNull())
    .addColumn('found_at', big, (c) => c.notNull())
    .addColumn('repaired_at', big)
    .addPrimaryKeyConstraint('gaps_identity', ['source', 'name'])
    .execute();
  await db.schema
    .createTable('accounts')
    .addColumn('system', 'text', (c) => c.notNull())
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('person', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('email', 'text')
    .addColumn('zone', 'text')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('joined_by', 'text', (c) => c.notNull())
    .addColumn('looked_up_at', big)
    .addPrimaryKeyConstraint('accounts_identity', ['system', 'account'])
    .execute();
  await db.schema.createIndex('accounts_person').on('accounts').column('person').execute();
}
