import { sql } from 'kysely';
import type { ExpressionBuilder, Kysely, Selectable } from 'kysely';
import { iso } from '../lib/clock.ts';
import type { ListFilter } from './deliveries.ts';
import { fixedQuery } from './fixed-query.ts';
import { pageOf } from './page.ts';
import type { Page } from './page.ts';
import type { CyclesTable, Tables } from './tables.ts';

export type CycleRecord = Selectable<CyclesTable>;

/** One cycle by its id. */
export async function findCycle(db: Kysely<Tables>, id: string): Promise<CycleRecord | undefined> {
  return await db.selectFrom('cycles').selectAll().where('id', '=', id).executeTakeFirst();
}

export type CycleChange = Partial<
  Pick<
    CycleRecord,
    'step' | 'context' | 'thought' | 'planner' | 'attempts' | 'error' | 'directives'
  >
>;

/** Commits the result of a step. */
export async function saveCycle(
  db: Kysely<Tables>,
  id: string,
  change: CycleChange & { readonly now: number },
): Promise<void> {
  const { now, ...columns } = change;
  await db
    .updateTable('cycles')
    .set({ ...columns, updated_at: now })
    .where('id', '=', id)
    .execute();
}

/** The end of a cycle; what it says of the plan is left as it is when it is absent. */
export interface CycleEnding {
  readonly state: 'finished' | 'failed';
  readonly outcome: string;
  readonly now: number;
  readonly error?: string;
  readonly plan?: {
    readonly context: string;
    readonly thought: string;
    readonly planner: string;
    readonly directives: string;
  };
}

const closeQuery = fixedQuery((db) =>
  db
    .updateTable('cycles')
    .set((row) => ({
      state: 'finished',
      outcome: 'outcome',
      step: sql.lit('done'),
      error: row.fn.coalesce(row.val<string | null>(null), 'error'),
      context: row.fn.coalesce(row.val<string | null>(null), 'context'),
      thought: row.fn.coalesce(row.val<string | null>(null), 'thought'),
      planner: row.fn.coalesce(row.val<string | null>(null), 'planner'),
      directives: row.fn.coalesce(row.val<string | null>(null), 'directives'),
      updated_at: 0,
      finished_at: 0,
    }))
    .where('id', '=', 'id'),
);

/** Closes a cycle with its outcome, e.g. `answered` or `nothing needed`. */
export async function closeCycle(db: Kysely<Tables>, id: string, end: CycleEnding): Promise<void> {
  const { plan, now } = end;
  const parts = [end.error, plan?.context, plan?.thought, plan?.planner, plan?.directives];
  const said = parts.map((one) => one ?? null);
  await closeQuery(db, [end.state, end.outcome, ...said, now, now, id]);
}

export interface CycleRow {
  readonly id: string;
  readonly subject: string;
  readonly mode: string;
  readonly status: string;
  readonly step: string;
  readonly outcome: string | null;
  readonly planner: string | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly openedAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly costUsd: number | null;
  /** The version of the directives it was judged under. */
  readonly directives: string | null;
}

type Listed = Omit<CycleRecord, 'context' | 'thought'> & { readonly cost: number | null };

/** A cycle as lists and reports show it. */
function cycleRow(row: Listed): CycleRow {
  return {
    id: row.id,
    subject: row.subject,
    mode: row.mode,
    status: row.state,
    step: row.step,
    outcome: row.outcome,
    planner: row.planner,
    attempts: row.attempts,
    error: row.error,
    openedAt: iso(row.opened_at),
    finishedAt: row.finished_at === null ? null : iso(row.finished_at),
    durationMs: row.finished_at === null ? null : row.finished_at - row.opened_at,
    costUsd: row.cost,
    directives: row.directives,
  };
}

const LISTED = [
  'id',
  'subject',
  'mode',
  'state',
  'step',
  'outcome',
  'planner',
  'attempts',
  'error',
  'opened_at',
  'updated_at',
  'finished_at',
  'directives',
] as const;

/** What a cycle's model calls have cost together; null when there were none. */
function costColumn(row: ExpressionBuilder<Tables, 'cycles'>) {
  return row
    .selectFrom('model_calls')
    .select((sum) => sum.fn.sum<number | null>('cost_usd').as('sum'))
    .whereRef('model_calls.cycle', '=', 'cycles.id')
    .as('cost');
}

function withCost(db: Kysely<Tables>) {
  return db.selectFrom('cycles').select(LISTED).select(costColumn);
}

/** One cycle as reports show it, with its context and thought as they were committed. */
export async function findCycleRow(
  db: Kysely<Tables>,
  id: string,
): Promise<{ row: CycleRow; context: string | null; thought: string | null } | undefined> {
  const found = await withCost(db)
    .select(['context', 'thought'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  return { row: cycleRow(found), context: found.context, thought: found.thought };
}

/** The newest cycle that has ended. */
export async function lastFinishedCycle(db: Kysely<Tables>): Promise<CycleRow | null> {
  const found = await withCost(db)
    .where('state', '!=', 'open')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return found === undefined ? null : cycleRow(found);
}

/** Cycles, newest first. */
export async function listCycles(db: Kysely<Tables>, filter: ListFilter): Promise<Page<CycleRow>> {
  let query = db.selectFrom('cycles');
  if (filter.status !== undefined) query = query.where('state', '=', filter.status);
  if (filter.source !== undefined) query = query.where('subject', 'like', `${filter.source}:%`);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.since !== undefined) query = query.where('opened_at', '>=', filter.since);
  const { total } = await query
    .select((count) => count.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  if (filter.cursor !== undefined) query = query.where('id', '<', filter.cursor);
  const rows = await query
    .select(LISTED)
    .select(costColumn)
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
    .execute();
  return pageOf(rows, total, { limit: filter.limit, at: (row) => row.id, item: cycleRow });
}
