import { sql } from 'kysely';
import type { ExpressionBuilder, Kysely, Selectable } from 'kysely';
import { iso } from '../lib/clock.ts';
import { BYTES_AT_ONCE, firstWithin } from './first-within.ts';
import { pageOf } from './page.ts';
import type { Page, PageRequest } from './page.ts';
import type { DeliveriesTable, DeliveryBodiesTable, Tables } from './tables.ts';

/** A verified request as it came in, before anything of it was understood. */
export interface NewDelivery {
  readonly id: string;
  readonly source: string;
  /** Pushed to us, taken from a line we opened, or fetched from the sender's own list of deliveries. */
  readonly way: 'webhook' | 'socket' | 'list';
  /** The sender's name for it together with the digest of the bytes it signed. */
  readonly deliveryId: string;
  readonly receivedAt: number;
  readonly headers: string;
  readonly body: Uint8Array;
}

export type KeptDelivery = Pick<
  Selectable<DeliveriesTable>,
  'seq' | 'id' | 'source' | 'way' | 'received_at'
> &
  Pick<Selectable<DeliveryBodiesTable>, 'headers' | 'body'>;

/** Keeps deliveries; one that is known already is counted as seen again. Returns the ids of those that were new. */
export async function keepDeliveries(
  db: Kysely<Tables>,
  deliveries: readonly NewDelivery[],
): Promise<ReadonlySet<string>> {
  const once = new Map(deliveries.map((item) => [`${item.source}\n${item.deliveryId}`, item]));
  const items = [...once.values()];
  const rows = items.map((item) => ({
    id: item.id,
    source: item.source,
    way: item.way,
    delivery_id: item.deliveryId,
    received_at: item.receivedAt,
    bytes: item.body.length,
    state: 'kept',
    note: null,
  }));
  const kept = await db
    .insertInto('deliveries')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['source', 'delivery_id'])
        .doUpdateSet({ redelivered: sql`deliveries.redelivered + 1` }),
    )
    .returning(['id', 'seq'])
    .execute();
  // What was known comes back under the id that it has already.
  const seqs = new Map(kept.map((row) => [row.id, row.seq]));
  const fresh = items.flatMap(({ id, headers, body }) => {
    const seq = seqs.get(id);
    return seq === undefined ? [] : [{ id, row: { seq, headers, body } }];
  });
  const bodies = fresh.map(({ row }) => row);
  if (bodies.length > 0) await db.insertInto('delivery_bodies').values(bodies).execute();
  return new Set(fresh.map(({ id }) => id));
}

function withBody(db: Kysely<Tables>) {
  return db
    .selectFrom('deliveries')
    .innerJoin('delivery_bodies', 'delivery_bodies.seq', 'deliveries.seq')
    .select(['deliveries.seq', 'id', 'source', 'way', 'headers', 'body', 'received_at']);
}

/** Deliveries to be read, and whether others wait behind them. */
export interface KeptDeliveries {
  readonly deliveries: readonly KeptDelivery[];
  readonly more: boolean;
}

/**
 * Deliveries that were kept and not read yet, in the order of their arrival: not more than `limit`, and of bodies not more
 * than is held in memory at once, but one in any case.
 */
export async function keptDeliveries(db: Kysely<Tables>, limit: number): Promise<KeptDeliveries> {
  const waiting = await db
    .selectFrom('deliveries')
    .select(['seq', 'bytes'])
    // Written out: a bound value could not use the index of what is still unread.
    .where('state', '=', sql.lit('kept'))
    .orderBy('seq')
    .limit(limit)
    .execute();
  if (waiting.length === 0) return { deliveries: [], more: false };
  const chosen = firstWithin(waiting, BYTES_AT_ONCE);
  const seqs = chosen.map(({ seq }) => seq);
  const deliveries = await withBody(db)
    .where('deliveries.seq', 'in', seqs)
    .orderBy('deliveries.seq')
    .execute();
  return { deliveries, more: chosen.length < waiting.length || waiting.length === limit };
}

/** Marks deliveries as read; `notes` says why some of them gave no event. */
export async function markRead(
  db: Kysely<Tables>,
  seqs: readonly number[],
  notes: ReadonlyMap<number, string>,
): Promise<void> {
  if (seqs.length === 0) return;
  await db.updateTable('deliveries').set({ state: 'read' }).where('seq', 'in', seqs).execute();
  for (const [seq, note] of notes) {
    await db.updateTable('deliveries').set({ note }).where('seq', '=', seq).execute();
  }
}

/** Sets a signed body aside that cannot be read, with the reason. Its bytes stay. */
export async function quarantine(db: Kysely<Tables>, seq: number, reason: string): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ state: 'quarantined', note: reason })
    .where('seq', '=', seq)
    .execute();
}

/** One kept delivery with its bytes. */
export async function findDelivery(
  db: Kysely<Tables>,
  id: string,
): Promise<KeptDelivery | undefined> {
  return await withBody(db).where('id', '=', id).executeTakeFirst();
}

export interface DeliveryRow {
  readonly id: string;
  readonly source: string;
  readonly way: NewDelivery['way'];
  readonly deliveryId: string;
  readonly receivedAt: string;
  readonly bytes: number;
  readonly status: string;
  readonly note: string | null;
  readonly redelivered: number;
  readonly events: number;
}

export interface ListFilter extends PageRequest {
  readonly status?: string | undefined;
  readonly source?: string | undefined;
  readonly subject?: string | undefined;
  /** Epoch milliseconds. */
  readonly since?: number | undefined;
}

function filtered(db: Kysely<Tables>, filter: ListFilter) {
  let query = db.selectFrom('deliveries');
  if (filter.status !== undefined) query = query.where('state', '=', filter.status);
  if (filter.source !== undefined) query = query.where('source', '=', filter.source);
  if (filter.since !== undefined) query = query.where('received_at', '>=', filter.since);
  if (filter.subject !== undefined) {
    const subject = filter.subject;
    query = query.where('id', 'in', (inner) =>
      inner
        .selectFrom('events')
        .select((row) => row.fn.coalesce('delivery', row.val('')).as('delivery'))
        .where('subject', '=', subject),
    );
  }
  return query;
}

const LISTED = [
  'seq',
  'id',
  'source',
  'way',
  'delivery_id',
  'received_at',
  'bytes',
  'state',
  'note',
  'redelivered',
] as const;

function eventCount(row: ExpressionBuilder<Tables, 'deliveries'>) {
  return row
    .selectFrom('events')
    .select((count) => count.fn.countAll<number>().as('count'))
    .whereRef('events.delivery', '=', 'deliveries.id')
    .as('event_count');
}

type Listed = Pick<Selectable<DeliveriesTable>, (typeof LISTED)[number]> & {
  readonly event_count: number | null;
};

function deliveryRow(row: Listed): DeliveryRow {
  return {
    id: row.id,
    source: row.source,
    way: row.way,
    deliveryId: row.delivery_id,
    receivedAt: iso(row.received_at),
    bytes: row.bytes,
    status: row.state,
    note: row.note,
    redelivered: row.redelivered,
    events: row.event_count ?? 0,
  };
}

/** Kept deliveries without their bodies, newest first. */
export async function listDeliveries(
  db: Kysely<Tables>,
  filter: ListFilter,
): Promise<Page<DeliveryRow>> {
  let query = filtered(db, filter);
  const { total } = await query
    .select((count) => count.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  if (filter.cursor !== undefined) query = query.where('seq', '<', Number(filter.cursor));
  const rows = await query
    .select(LISTED)
    .select(eventCount)
    .orderBy('seq', 'desc')
    .limit(filter.limit + 1)
    .execute();
  return pageOf(rows, total, {
    limit: filter.limit,
    at: (row) => String(row.seq),
    item: deliveryRow,
  });
}

/** The deliveries of these ids without their bodies, oldest first. */
export async function deliveriesByIds(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<DeliveryRow[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('deliveries')
    .select(LISTED)
    .select(eventCount)
    .where('id', 'in', ids)
    .orderBy('seq')
    .execute();
  return rows.map(deliveryRow);
}
