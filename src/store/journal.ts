import type { Kysely } from 'kysely';
import { JournalEntry } from '../domain/journal.ts';
import type { JournalLine } from '../domain/journal.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { sha256 } from '../lib/digest.ts';
import type { ListFilter } from './deliveries.ts';
import { pageOf } from './page.ts';
import type { Page } from './page.ts';
import type { JournalTable, Tables } from './tables.ts';

/** What the first entry names as its predecessor. */
export const GENESIS = '0'.repeat(64);

type Unchained = Omit<JournalTable, 'hash'>;

/** The canonical JSON of an entry: its members in the order of their names, which is known here. */
function chain(previous: string, row: Unchained): string {
  const { at, cycle, data, kind, seq, subject } = row;
  return sha256(`${previous}\n${JSON.stringify({ at, cycle, data, kind, seq, subject })}`);
}

// A statement of SQLite takes 32,766 values, one of PostgreSQL twice as many.
const MOST_ROWS = 1000;

/** Adds lines to the end of the chain, inside the caller's transaction. */
export async function appendJournal(
  db: Kysely<Tables>,
  lines: readonly JournalLine[],
  clock: Clock,
): Promise<void> {
  if (lines.length === 0) return;
  const head = await journalHead(db);
  let { seq, hash } = head;
  const at = iso(clock.now());
  const rows = lines.map((line) => {
    seq += 1;
    const row = { seq, at, ...line, data: canonicalJson(line.data) };
    hash = chain(hash, row);
    return { ...row, hash };
  });
  for (let from = 0; from < rows.length; from += MOST_ROWS) {
    const some = rows.slice(from, from + MOST_ROWS);
    await db.insertInto('journal').values(some).execute();
  }
}

/** When the first entry was made, epoch milliseconds; null while there is none. */
export async function journalStart(db: Kysely<Tables>): Promise<number | null> {
  const query = db.selectFrom('journal').select('at').where('seq', '=', 1);
  const row = await query.executeTakeFirst();
  return row === undefined ? null : Date.parse(row.at);
}

/** The newest entry's number and hash; number 0 when the journal is empty. */
export async function journalHead(db: Kysely<Tables>): Promise<{ seq: number; hash: string }> {
  const row = await db
    .selectFrom('journal')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? { seq: 0, hash: GENESIS };
}

/** Entries after `seq`, oldest first. */
export async function journalAfter(
  db: Kysely<Tables>,
  seq: number,
  limit: number,
): Promise<JournalEntry[]> {
  const rows = await db
    .selectFrom('journal')
    .selectAll()
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(entryOf);
}

/** The entries of one cycle, oldest first. */
export async function journalOfCycle(db: Kysely<Tables>, cycle: string): Promise<JournalEntry[]> {
  const rows = await db
    .selectFrom('journal')
    .selectAll()
    .where('cycle', '=', cycle)
    .orderBy('seq')
    .execute();
  return rows.map(entryOf);
}

/** Entries, newest first. `source` is the first word of the kind, e.g. `action`. */
export async function listJournal(
  db: Kysely<Tables>,
  filter: ListFilter,
): Promise<Page<JournalEntry>> {
  let query = db.selectFrom('journal');
  if (filter.status !== undefined) query = query.where('kind', '=', filter.status);
  if (filter.source !== undefined) query = query.where('kind', 'like', `${filter.source}.%`);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.since !== undefined) query = query.where('at', '>=', iso(filter.since));
  const { total } = await query
    .select((count) => count.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  if (filter.cursor !== undefined) query = query.where('seq', '<', Number(filter.cursor));
  const rows = await query
    .selectAll()
    .orderBy('seq', 'desc')
    .limit(filter.limit + 1)
    .execute();
  return pageOf(rows, total, { limit: filter.limit, at: (row) => String(row.seq), item: entryOf });
}

export interface JournalReport {
  readonly entries: number;
  readonly head: string;
  /** The first entry that does not fit, or null when the chain holds. */
  readonly brokenAt: number | null;
  readonly reason: string | null;
}

const PAGE = 2000;

/** A chain of which nothing has been seen yet. */
export const NO_ENTRIES: JournalReport = {
  entries: 0,
  head: GENESIS,
  brokenAt: null,
  reason: null,
};

/** Walks the whole chain and recomputes every hash. Works on a stopped store too. */
export async function verifyJournal(db: Kysely<Tables>): Promise<JournalReport> {
  return await verifyFrom(db, { seq: 0, hash: GENESIS });
}

/** Walks what comes after an entry that is known to hold. */
export async function verifyFrom(
  db: Kysely<Tables>,
  known: { readonly seq: number; readonly hash: string },
): Promise<JournalReport> {
  let report: JournalReport = { ...NO_ENTRIES, entries: known.seq, head: known.hash };
  for (;;) {
    const rows = await db
      .selectFrom('journal')
      .selectAll()
      .where('seq', '>', report.entries)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    report = extendChain(report, rows);
    if (rows.length < PAGE || report.brokenAt !== null) return report;
  }
}

/** The report once these entries, in their order, have been walked as well. */
export function extendChain(report: JournalReport, rows: readonly JournalTable[]): JournalReport {
  let { entries, head } = report;
  if (report.brokenAt !== null) return report;
  for (const row of rows) {
    const reason = faultOf(row, { seq: entries, hash: head });
    if (reason !== null) return { entries, head, brokenAt: row.seq, reason };
    ({ seq: entries, hash: head } = row);
  }
  return { entries, head, brokenAt: null, reason: null };
}

function faultOf(row: JournalTable, previous: { seq: number; hash: string }): string | null {
  if (row.seq !== previous.seq + 1) return `entry ${previous.seq + 1} is missing`;
  if (chain(previous.hash, row) !== row.hash) return `entry ${row.seq} does not fit its hash`;
  return null;
}

function entryOf(row: JournalTable): JournalEntry {
  return JournalEntry.parse({ ...row, data: JSON.parse(row.data) as unknown });
}
