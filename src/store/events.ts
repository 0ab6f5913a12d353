import { sql } from 'kysely';
import type { Kysely, Selectable } from 'kysely';
import { ProjectEvent } from '../domain/event.ts';
import type { Significance } from '../domain/event.ts';
import { iso } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { ListFilter } from './deliveries.ts';
import { fixedQuery } from './fixed-query.ts';
import { withoutLateCopies } from './late-copies.ts';
import { pageOf } from './page.ts';
import type { Page } from './page.ts';
import type { EventsTable, Tables } from './tables.ts';

/** An event as it was judged by triage, and the way it reached us. */
export interface NewEvent {
  readonly event: ProjectEvent;
  readonly significance: Significance;
  readonly way: 'webhook' | 'socket' | 'list' | 'poll' | 'person' | 'schedule';
  readonly delivery: string | null;
  readonly keptAt: number;
  /** Key of the original, for the copy that a linked ticket gets: the ledger of completeness counts the original only. */
  readonly copyOf?: string;
}

const PUSHED: ReadonlySet<NewEvent['way']> = new Set(['webhook', 'socket']);
const FOUND: ReadonlySet<NewEvent['way']> = new Set(['poll', 'list']);

/**
 * Keeps each fact once by its key and remembers every way it was seen. Returns the keys that were new. A ticket that names a
 * fact only now, long after the fact was known, gets no copy of it.
 */
export async function keepEvents(
  db: Kysely<Tables>,
  told: readonly NewEvent[],
): Promise<ReadonlySet<string>> {
  const seen = await withoutLateCopies(db, told);
  if (seen.length === 0) return new Set();
  const once = new Map<string, NewEvent>();
  for (const item of seen) if (!once.has(item.event.key)) once.set(item.event.key, item);
  const added = await db
    .insertInto('events')
    .values([...once.values()].map(rowOf))
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning(['key', 'seq'])
    .execute();
  const fresh = new Set(added.map((row) => row.key));
  const bodies = added.map(({ key, seq }) => ({
    seq,
    body: JSON.stringify(once.get(key)?.event),
  }));
  if (bodies.length > 0) await db.insertInto('event_bodies').values(bodies).execute();
  await seenAgain(
    db,
    seen.filter((item) => !fresh.has(item.event.key) && item.copyOf === undefined),
  );
  await db
    .insertInto('sightings')
    .values(
      seen.map((item) => ({
        event_key: item.event.key,
        way: item.way,
        delivery: item.delivery,
        at: item.keptAt,
      })),
    )
    .execute();
  return fresh;
}

/** When it was first seen by push and by search; the copy for a ticket counts for neither. */
function waysOf(item: NewEvent) {
  const isPushed = PUSHED.has(item.way) && item.copyOf === undefined;
  const isFound = FOUND.has(item.way) && item.copyOf === undefined;
  return {
    pushed_at: isPushed ? item.keptAt : null,
    push_delay: isPushed ? delayOf(item) : null,
    polled_at: isFound ? item.keptAt : null,
  };
}

// Our clock may be behind the sender's: a push is never early.
function delayOf(item: NewEvent): number {
  return Math.max(0, item.keptAt - Date.parse(item.event.at));
}

/** The first time by each way is what the ledger of completeness is counted from. */
async function seenAgain(db: Kysely<Tables>, known: readonly NewEvent[]): Promise<void> {
  const [first] = known;
  if (first === undefined) return;
  const keys = (ways: ReadonlySet<NewEvent['way']>): string[] =>
    known.filter((item) => ways.has(item.way)).map((item) => item.event.key);
  const found = keys(FOUND);
  if (found.length > 0) {
    const update = db.updateTable('events').set({ polled_at: first.keptAt });
    await update.where('key', 'in', found).where('polled_at', 'is', null).execute();
  }
  // Late pushes of what was found already are few, and each has its own delay.
  const late = await lateOf(db, keys(PUSHED));
  for (const item of known.filter(({ event }) => late.has(event.key))) {
    const set = { pushed_at: item.keptAt, push_delay: delayOf(item) };
    const update = db.updateTable('events').set(set).where('key', '=', item.event.key);
    await update.where('pushed_at', 'is', null).execute();
  }
}

async function lateOf(db: Kysely<Tables>, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const query = db.selectFrom('events').select('key').where('key', 'in', keys);
  const rows = await query
    .where('pushed_at', 'is', null)
    .where('polled_at', 'is not', null)
    .execute();
  return new Set(rows.map((row) => row.key));
}

function rowOf(item: NewEvent) {
  const { event, significance } = item;
  return {
    id: newId(item.keptAt),
    key: event.key,
    kind: event.kind,
    source: event.source,
    subject: event.subject,
    at: event.at,
    kept_at: item.keptAt,
    delivery: item.delivery,
    state: significance.wakes ? 'waiting' : 'ignored',
    cycle: null,
    rule: significance.rule,
    reason: significance.reason,
    actor_kind: actorKind(item),
    ...waysOf(item),
  };
}

// Rules of triage that know better than the system whose doing it was.
const KINDS_BY_RULE: Readonly<Record<string, string>> = {
  'own-echo': 'self',
  'other-bot': 'bot',
  'configured-bot': 'bot',
};

function actorKind({ event, significance }: NewEvent): string | null {
  return KINDS_BY_RULE[significance.rule] ?? event.actor?.kind ?? null;
}

/** Every kept event about a message: its key begins with the message. A range of the unique index. */
export async function versionsOf(db: Kysely<Tables>, message: string): Promise<readonly Version[]> {
  const { rows } = await versionsQuery(db, [`${message}:`, `${message};`]);
  return rows as readonly Version[];
}

type Version = Pick<Selectable<EventsTable>, 'key' | 'kind' | 'at'>;

const versionsQuery = fixedQuery((db) =>
  db
    .selectFrom('events')
    .select(['key', 'kind', 'at'])
    .where('key', '>=', 'from')
    .where('key', '<', 'to'),
);

/** Opens known events again, so that the next cycle takes them: for replay. */
export async function reopenEvents(db: Kysely<Tables>, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await db
    .updateTable('events')
    .set({ state: 'waiting', cycle: null, rule: 'replay', reason: 'a person asked for it again' })
    .where('key', 'in', keys)
    .where('state', '!=', 'taken')
    .execute();
}

/** What events say, by their numbers; those that cannot be read are left out. */
export async function readableBodies(
  db: Kysely<Tables>,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, ProjectEvent>> {
  if (seqs.length === 0) return new Map();
  const rows = await db
    .selectFrom('event_bodies')
    .select(['seq', 'body'])
    .where('seq', 'in', seqs)
    .execute();
  return new Map(
    rows.flatMap(({ seq, body }) => {
      const event = readBody(body);
      return event === null ? [] : [[seq, event] as const];
    }),
  );
}

function readBody(body: string): ProjectEvent | null {
  try {
    return ProjectEvent.parse(JSON.parse(body));
  } catch {
    return null;
  }
}

/** What events say, by their numbers. Throws when one of them cannot be read. */
async function bodiesOf(
  db: Kysely<Tables>,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, ProjectEvent>> {
  if (seqs.length === 0) return new Map();
  const rows = await db
    .selectFrom('event_bodies')
    .select(['seq', 'body'])
    .where('seq', 'in', seqs)
    .execute();
  return new Map(rows.map((row) => [row.seq, ProjectEvent.parse(JSON.parse(row.body))]));
}

/** The events that a cycle handles, in the order in which they happened. */
export async function eventsOfCycle(db: Kysely<Tables>, cycle: string): Promise<ProjectEvent[]> {
  const rows = await rowsOfCycle(db, cycle);
  const bodies = await bodiesOf(
    db,
    rows.map((row) => row.seq),
  );
  return rows.flatMap((row) => bodies.get(row.seq) ?? []);
}

async function rowsOfCycle(db: Kysely<Tables>, cycle: string): Promise<Selectable<EventsTable>[]> {
  return await db
    .selectFrom('events')
    .selectAll()
    .where('cycle', '=', cycle)
    .orderBy('at')
    .orderBy('seq')
    .execute();
}

/** Key and time of what led to a cycle, without what only the clock brought (`*.due`). */
export async function causesOf(
  db: Kysely<Tables>,
  cycle: string,
): Promise<readonly Pick<EventRow, 'key' | 'at'>[]> {
  return await db
    .selectFrom('events')
    .select(['key', 'at'])
    .where('cycle', '=', cycle)
    .where('kind', 'not like', '%.due')
    .execute();
}

const endQuery = fixedQuery((db) =>
  db
    .updateTable('events')
    .set({ state: 'ended' })
    .where('cycle', '=', 'id')
    .where('state', '=', sql.lit('taken')),
);

/** Ends the events of a cycle: handled, or set aside after the last attempt. */
export async function endEvents(
  db: Kysely<Tables>,
  cycle: string,
  state: 'settled' | 'dead',
): Promise<void> {
  await endQuery(db, [state, cycle]);
}

export interface EventRow {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly source: string;
  readonly subject: string;
  readonly at: string;
  readonly keptAt: string;
  readonly status: string;
  readonly rule: string;
  readonly reason: string;
  readonly title: string;
  readonly actor: string | null;
  readonly delivery: string | null;
  readonly cycle: string | null;
}

function eventRow(
  row: Selectable<EventsTable>,
  bodies: ReadonlyMap<number, ProjectEvent>,
): EventRow {
  const event = bodies.get(row.seq);
  return {
    id: row.id,
    key: row.key,
    kind: row.kind,
    source: row.source,
    subject: row.subject,
    at: row.at,
    keptAt: iso(row.kept_at),
    status: row.state,
    rule: row.rule,
    reason: row.reason,
    title: event?.title ?? row.kind,
    actor: event?.actor?.name ?? null,
    delivery: row.delivery,
    cycle: row.cycle,
  };
}

/** The events of a cycle as lists show them, in the order in which they happened. */
export async function eventRowsOfCycle(db: Kysely<Tables>, cycle: string): Promise<EventRow[]> {
  const rows = await rowsOfCycle(db, cycle);
  const bodies = await readableBodies(
    db,
    rows.map((row) => row.seq),
  );
  return rows.map((row) => eventRow(row, bodies));
}

/** Events, newest first. */
export async function listEvents(db: Kysely<Tables>, filter: ListFilter): Promise<Page<EventRow>> {
  let query = db.selectFrom('events');
  if (filter.status !== undefined) query = query.where('state', '=', filter.status);
  if (filter.source !== undefined) query = query.where('source', '=', filter.source);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.since !== undefined) query = query.where('kept_at', '>=', filter.since);
  const { total } = await query
    .select((count) => count.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  if (filter.cursor !== undefined) query = query.where('seq', '<', Number(filter.cursor));
  const rows = await query
    .selectAll()
    .orderBy('seq', 'desc')
    .limit(filter.limit + 1)
    .execute();
  const bodies = await readableBodies(
    db,
    rows.map((row) => row.seq),
  );
  return pageOf(rows, total, {
    limit: filter.limit,
    at: (row) => String(row.seq),
    item: (row) => eventRow(row, bodies),
  });
}
