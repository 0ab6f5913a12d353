import type { Kysely } from 'kysely';
import { columnsOf } from '../dialect-columns.ts';

/**
 * Judgement: versions of the directives, approvals and grants, sweeps and the ladder of each problem, who was reached
 * when, and money reserved before it is spent. Instants are epoch milliseconds.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await alterOld(db);
  await directives(db);
  await approvals(db);
  await watching(db);
  await money(db);
}

async function alterOld(db: Kysely<unknown>): Promise<void> {
  const { big } = columnsOf(db);
  const actions = db.schema.alterTable('actions');
  await actions.addColumn('purpose', 'text', (c) => c.notNull().defaultTo('notice')).execute();
  await actions.addColumn('due_at', big).execute();
  await actions.addColumn('asked_by', 'text').execute();
  await actions.addColumn('reaches', 'text').execute();
  await actions.addColumn('approval', 'text').execute();
  await actions.addColumn('directives', 'text').execute();
  await actions.addColumn('author', 'text', (c) => c.notNull().defaultTo('model')).execute();
  await db.schema
    .createIndex('actions_due')
    .on('actions')
    .column('due_at')
    .where('due_at' as never, 'is not', null as never)
    .execute();
  await db.schema.alterTable('cycles').addColumn('directives', 'text').execute();
  // Who is behind an event, without reading its body: person | bot | unknown | self, or null when nobody is named.
  await db.schema.alterTable('events').addColumn('actor_kind', 'text').execute();
}

async function directives(db: Kysely<unknown>): Promise<void> {
  const { serial, big } = columnsOf(db);
  await db.schema
    .createTable('directive_versions')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('author', 'text', (c) => c.notNull())
    .addColumn('note', 'text')
    .addColumn('applied_at', big, (c) => c.notNull())
    .execute();
}

async function approvals(db: Kysely<unknown>): Promise<void> {
  const { big } = columnsOf(db);
  await db.schema
    .createTable('approvals')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('target_version', 'text')
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('preview', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('rule', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('level', 'text', (c) => c.notNull())
    .addColumn('asked_at', big, (c) => c.notNull())
    .addColumn('expires_at', big, (c) => c.notNull())
    .addColumn('needed', 'integer', (c) => c.notNull())
    .addColumn('excluded', 'text', (c) => c.notNull())
    .addColumn('decided_by', 'text')
    .addColumn('decided_via', 'text')
    .addColumn('decided_at', big)
    .addColumn('note', 'text')
    .execute();
  await db.schema.createIndex('approvals_action').on('approvals').column('action').execute();
  await db.schema
    .createIndex('approvals_subject')
    .on('approvals')
    .columns(['subject', 'asked_at'])
    .execute();
  await db.schema
    .createIndex('approvals_open')
    .on('approvals')
    .column('expires_at')
    .where('state' as never, '=', 'open' as never)
    .execute();
  await db.schema
    .createTable('approval_votes')
    .addColumn('approval', 'text', (c) => c.notNull())
    .addColumn('person', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('at', big, (c) => c.notNull())
    .addPrimaryKeyConstraint('approval_votes_once', ['approval', 'person'])
    .execute();
  await db.schema
    .createTable('standing_grants')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('subject', 'text')
    .addColumn('granted_by', 'text', (c) => c.notNull())
    .addColumn('created_at', big, (c) => c.notNull())
    .addColumn('until', big, (c) => c.notNull())
    .addColumn('revoked_at', big)
    .execute();
}

async function watching(db: Kysely<unknown>): Promise<void> {
  const { serial, big } = columnsOf(db);
  await db.schema
    .createTable('sweeps')
    .addColumn('subject', 'text', (c) => c.primaryKey())
    .addColumn('level', 'text', (c) => c.notNull())
    .addColumn('rules', 'text', (c) => c.notNull())
    // What the last check found calmer, as one more than its rank; 0: nothing. The level falls with the second.
    .addColumn('calm', 'integer', (c) => c.notNull())
    .addColumn('checked_at', big)
    // Null when there is nothing left to watch.
    .addColumn('next_at', big)
    .execute();
  await db.schema
    .createIndex('sweeps_next')
    .on('sweeps')
    .column('next_at')
    .where('next_at' as never, 'is not', null as never)
    .execute();
  await db.schema
    .createTable('problems')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('item', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('person', 'text', (c) => c.notNull())
    .addColumn('level', 'text', (c) => c.notNull())
    .addColumn('line', 'text', (c) => c.notNull())
    .addColumn('url', 'text')
    .addColumn('since', big, (c) => c.notNull())
    .addColumn('opened_at', big, (c) => c.notNull())
    .addColumn('step', 'integer', (c) => c.notNull())
    .addColumn('stepped_at', big)
    .addColumn('acknowledged_at', big)
    .addColumn('progress_at', big)
    .addColumn('snoozed_until', big)
    .addColumn('declined_at', big)
    .addColumn('due_at', big)
    .addColumn('closed_at', big)
    .addUniqueConstraint('problems_identity', ['item', 'reason', 'person', 'opened_at'])
    .execute();
  await db.schema
    .createIndex('problems_person')
    .on('problems')
    .columns(['person', 'closed_at'])
    .execute();
  await db.schema
    .createIndex('problems_item')
    .on('problems')
    .columns(['item', 'closed_at'])
    .execute();
  await db.schema
    .createIndex('problems_due')
    .on('problems')
    .column('due_at')
    .where('due_at' as never, 'is not', null as never)
    .execute();
  await db.schema
    .createTable('nudges')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('problem', 'text', (c) => c.notNull())
    .addColumn('person', 'text', (c) => c.notNull())
    .addColumn('item', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('at', big, (c) => c.notNull())
    .addUniqueConstraint('nudges_once', ['person', 'item', 'reason', 'day'])
    .execute();
  // Who and which channel heard from us, over all systems. `slot` is unique where there may be one a day only.
  await db.schema
    .createTable('touches')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('place', 'text', (c) => c.notNull())
    .addColumn('purpose', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('at', big, (c) => c.notNull())
    .addColumn('slot', 'text', (c) => c.unique())
    .execute();
  await db.schema.createIndex('touches_place').on('touches').columns(['place', 'at']).execute();
  await db.schema.createIndex('touches_action').on('touches').column('action').execute();
}

async function money(db: Kysely<unknown>): Promise<void> {
  const { serial, big } = columnsOf(db);
  await db.schema
    .createTable('spendings')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('cycle', 'text', (c) => c.notNull())
    .addColumn('person', 'text')
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('at', big, (c) => c.notNull())
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('month', 'text', (c) => c.notNull())
    .addColumn('reserved_usd', 'double precision', (c) => c.notNull())
    // Null while the call is under way; what was reserved counts until then.
    .addColumn('settled_usd', 'double precision')
    .execute();
  await db.schema.createIndex('spendings_day').on('spendings').column('day').execute();
  await db.schema.createIndex('spendings_month').on('spendings').column('month').execute();
  await db.schema.createIndex('spendings_cycle').on('spendings').column('cycle').execute();
}
