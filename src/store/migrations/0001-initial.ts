import type { Kysely } from 'kysely';
import { columnsOf } from '../dialect-columns.ts';

/** The first schema: deliveries, events, mailboxes, cycles, actions, journal, tokens. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { serial, bytes, big } = columnsOf(db);
  await db.schema
    .createTable('deliveries')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('delivery_id', 'text', (c) => c.notNull())
    .addColumn('received_at', big, (c) => c.notNull())
    .addColumn('bytes', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('note', 'text')
    .addColumn('redelivered', 'integer', (c) => c.notNull().defaultTo(0))
    .addUniqueConstraint('deliveries_identity', ['source', 'delivery_id'])
    .execute();
  await db.schema
    .createTable('delivery_bodies')
    .addColumn('seq', big, (c) => c.primaryKey())
    .addColumn('headers', 'text', (c) => c.notNull())
    .addColumn('body', bytes, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('deliveries_kept')
    .on('deliveries')
    .column('seq')
    .where('state' as never, '=', 'kept' as never)
    .execute();
  await db.schema
    .createTable('events')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull().unique())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('kept_at', big, (c) => c.notNull())
    .addColumn('delivery', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('cycle', 'text')
    .addColumn('rule', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('event_bodies')
    .addColumn('seq', big, (c) => c.primaryKey())
    .addColumn('body', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('events_subject').on('events').columns(['subject', 'seq']).execute();
  await db.schema
    .createIndex('events_waiting')
    .on('events')
    .column('subject')
    .where('state' as never, '=', 'waiting' as never)
    .execute();
  await db.schema.createIndex('events_cycle').on('events').column('cycle').execute();
  await db.schema.createIndex('events_delivery').on('events').column('delivery').execute();
  await db.schema
    .createTable('sightings')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('event_key', 'text', (c) => c.notNull())
    .addColumn('way', 'text', (c) => c.notNull())
    .addColumn('delivery', 'text')
    .addColumn('at', big, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('mailboxes')
    .addColumn('subject', 'text', (c) => c.primaryKey())
    .addColumn('due_at', big)
    .addColumn('owner', 'text')
    .addColumn('fence', 'integer', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('cycle', 'text')
    .addColumn('error', 'text')
    .execute();
  await db.schema
    .createIndex('mailboxes_due')
    .on('mailboxes')
    .column('due_at')
    .where('due_at' as never, 'is not', null as never)
    .execute();
  await db.schema
    .createTable('cycles')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('step', 'text', (c) => c.notNull())
    .addColumn('outcome', 'text')
    .addColumn('context', 'text')
    .addColumn('thought', 'text')
    .addColumn('planner', 'text')
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('error', 'text')
    .addColumn('opened_at', big, (c) => c.notNull())
    .addColumn('updated_at', big, (c) => c.notNull())
    .addColumn('finished_at', big)
    .execute();
  await db.schema.createIndex('cycles_subject').on('cycles').columns(['subject', 'id']).execute();
  await db.schema
    .createTable('model_calls')
    .addColumn('seq', serial.type, serial.build)
    .addColumn('cycle', 'text', (c) => c.notNull())
    .addColumn('at', big, (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('input_tokens', 'integer', (c) => c.notNull())
    .addColumn('cache_read_tokens', 'integer', (c) => c.notNull())
    .addColumn('cache_write_tokens', 'integer', (c) => c.notNull())
    .addColumn('output_tokens', 'integer', (c) => c.notNull())
    .addColumn('cost_usd', 'double precision')
    .addColumn('duration_ms', 'integer', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('model_calls_cycle').on('model_calls').column('cycle').execute();
  await db.schema.createIndex('model_calls_at').on('model_calls').column('at').execute();
  await db.schema
    .createTable('actions')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('cycle', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('ordinal', 'integer', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('effect', 'text', (c) => c.notNull())
    .addColumn('input', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('preview', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('mode', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('verdict', 'text')
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('answers', 'text', (c) => c.notNull())
    .addColumn('effect_id', 'text')
    .addColumn('effect_url', 'text')
    .addColumn('note', 'text')
    .addColumn('created_at', big, (c) => c.notNull())
    .addColumn('sent_at', big)
    .addColumn('resend_after', big)
    .addColumn('settled_at', big)
    .addUniqueConstraint('actions_place', ['cycle', 'ordinal'])
    .execute();
  await db.schema.createIndex('actions_subject').on('actions').columns(['subject', 'id']).execute();
  await db.schema.createIndex('actions_state').on('actions').columns(['state', 'id']).execute();
  await db.schema.createIndex('actions_effect').on('actions').column('effect_id').execute();
  await db.schema
    .createTable('journal')
    .addColumn('seq', big, (c) => c.primaryKey())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('subject', 'text')
    .addColumn('cycle', 'text')
    .addColumn('data', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('journal_cycle').on('journal').column('cycle').execute();
  await db.schema
    .createTable('tokens')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', big, (c) => c.notNull())
    .addColumn('revoked_at', big)
    .execute();
  await db.schema
    .createTable('notes')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute();
}
