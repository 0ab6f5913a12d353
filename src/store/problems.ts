import type { Kysely, Selectable } from 'kysely';
import { Urgency } from '../domain/plan.ts';
import type { Subject } from '../domain/subject.ts';
import { newId } from '../lib/ids.ts';
import type { ProblemsTable } from './tables-judgement.ts';
import type { Tables } from './tables.ts';

/** One person, one item, one reason, with the rung of the ladder it stands on. Instants in epoch milliseconds. */
export interface Problem {
  readonly id: string;
  readonly item: Subject;
  readonly reason: string;
  readonly person: string;
  readonly level: Urgency;
  /** What waits, for people: the item and its title. */
  readonly line: string;
  readonly url: string | null;
  /** Since when the item waits. */
  readonly since: number;
  readonly openedAt: number;
  /** 0 before the first reminder, then 1 to 4. */
  readonly step: number;
  readonly steppedAt: number | null;
  readonly acknowledgedAt: number | null;
  readonly progressAt: number | null;
  readonly snoozedUntil: number | null;
  /** "Not for me". */
  readonly declinedAt: number | null;
  /** When it is looked at next; `null` when it waits for something to happen. */
  readonly dueAt: number | null;
}

/** What makes a problem; all the rest begins empty. */
export type NewProblem = Pick<
  Problem,
  'item' | 'reason' | 'person' | 'level' | 'line' | 'url' | 'since' | 'dueAt'
> & { readonly step?: number };

function problemOf(row: Selectable<ProblemsTable>): Problem {
  return {
    id: row.id,
    item: row.item,
    reason: row.reason,
    person: row.person,
    level: Urgency.parse(row.level),
    line: row.line,
    url: row.url,
    since: row.since,
    openedAt: row.opened_at,
    step: row.step,
    steppedAt: row.stepped_at,
    acknowledgedAt: row.acknowledged_at,
    progressAt: row.progress_at,
    snoozedUntil: row.snoozed_until,
    declinedAt: row.declined_at,
    dueAt: row.due_at,
  };
}

const MOST_OPEN = 200;

/** What is open for a person, oldest first. */
export async function problemsOfPerson(db: Kysely<Tables>, person: string): Promise<Problem[]> {
  const rows = await db
    .selectFrom('problems')
    .selectAll()
    .where('person', '=', person)
    .where('closed_at', 'is', null)
    .orderBy('since')
    .orderBy('id')
    .limit(MOST_OPEN)
    .execute();
  return rows.map(problemOf);
}

/** What is open on an item, oldest first. */
export async function problemsOfItem(db: Kysely<Tables>, item: Subject): Promise<Problem[]> {
  const rows = await db
    .selectFrom('problems')
    .selectAll()
    .where('item', '=', item)
    .where('closed_at', 'is', null)
    .orderBy('since')
    .orderBy('id')
    .limit(MOST_OPEN)
    .execute();
  return rows.map(problemOf);
}

/** Problems by their ids, open or closed. */
export async function problemsById(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<readonly Problem[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('problems').selectAll().where('id', 'in', ids).execute();
  return rows.map(problemOf);
}

/** The ids among these that are not closed. */
export async function openAmong(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const query = db.selectFrom('problems').select('id').where('id', 'in', ids);
  const rows = await query.where('closed_at', 'is', null).execute();
  return new Set(rows.map((row) => row.id));
}

/** How many items wait on a person for one reason. */
export async function countOpen(
  db: Kysely<Tables>,
  person: string,
  reason: string,
): Promise<number> {
  const { count } = await db
    .selectFrom('problems')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('person', '=', person)
    .where('reason', '=', reason)
    .where('closed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}

/** Opens a problem, or gives the one that is open already for the same item, reason and person. In a transaction. */
export async function openProblem(
  db: Kysely<Tables>,
  draft: NewProblem,
  now: number,
): Promise<{ readonly problem: Problem; readonly isNew: boolean }> {
  const known = await findOpen(db, draft);
  if (known !== null) return { problem: known, isNew: false };
  const row = {
    id: newId(now),
    item: draft.item,
    reason: draft.reason,
    person: draft.person,
    level: draft.level,
    line: draft.line,
    url: draft.url,
    since: draft.since,
    opened_at: now,
    step: draft.step ?? 0,
    stepped_at: null,
    acknowledged_at: null,
    progress_at: null,
    snoozed_until: null,
    declined_at: null,
    due_at: draft.dueAt,
    closed_at: null,
  };
  const insert = db.insertInto('problems').values(row);
  // It was closed in this very millisecond: the next look opens it again.
  await insert.onConflict((conflict) => conflict.doNothing()).execute();
  return { problem: problemOf(row), isNew: true };
}

/** The open problem of one item, reason and person. */
export async function findOpen(
  db: Kysely<Tables>,
  { item, reason, person }: Pick<Problem, 'item' | 'reason' | 'person'>,
): Promise<Problem | null> {
  const row = await db
    .selectFrom('problems')
    .selectAll()
    .where('item', '=', item)
    .where('reason', '=', reason)
    .where('person', '=', person)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : problemOf(row);
}

/** What may change while a problem is open. */
export type ProblemChange = Partial<
  Pick<
    ProblemsTable,
    | 'level'
    | 'line'
    | 'url'
    | 'since'
    | 'step'
    | 'stepped_at'
    | 'acknowledged_at'
    | 'progress_at'
    | 'snoozed_until'
    | 'declined_at'
    | 'due_at'
    | 'closed_at'
  >
>;

/** Changes a problem that is still open. False when it is closed. */
export async function changeProblem(
  db: Kysely<Tables>,
  id: string,
  change: ProblemChange,
): Promise<boolean> {
  const result = await db
    .updateTable('problems')
    .set(change)
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Open problems whose time has come, longest due first. */
export async function dueProblems(
  db: Kysely<Tables>,
  now: number,
  limit: number,
): Promise<Problem[]> {
  const rows = await db
    .selectFrom('problems')
    .selectAll()
    .where('due_at', '<=', now)
    .where('closed_at', 'is', null)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(problemOf);
}

/** Moves the next look at a problem on. False when somebody else has moved it already. */
export async function moveProblemDue(
  db: Kysely<Tables>,
  { id, dueAt }: Problem,
  to: number,
): Promise<boolean> {
  const result = await db
    .updateTable('problems')
    .set({ due_at: to })
    .where('id', '=', id)
    .where('due_at', '=', dueAt)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
