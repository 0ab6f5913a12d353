import type { Kysely, Selectable } from 'kysely';
import { Action } from '../domain/action.ts';
import { iso } from '../lib/clock.ts';
import type { ListFilter } from './deliveries.ts';
import { pageOf } from './page.ts';
import type { Page } from './page.ts';
import type { ActionsTable, Tables } from './tables.ts';

function actionOf(row: Selectable<ActionsTable>): Action {
  return Action.parse({
    id: row.id,
    cycle: row.cycle,
    subject: row.subject,
    ordinal: row.ordinal,
    operation: row.operation,
    effect: row.effect,
    input: JSON.parse(row.input) as unknown,
    digest: row.digest,
    preview: row.preview,
    reason: row.reason,
    mode: row.mode,
    state: row.state,
    verdict: row.verdict === null ? null : (JSON.parse(row.verdict) as unknown),
    attempts: row.attempts,
    answers: JSON.parse(row.answers) as unknown,
    effectId: row.effect_id,
    effectUrl: row.effect_url,
    note: row.note,
    createdAt: iso(row.created_at),
    resendAfter: row.resend_after === null ? null : iso(row.resend_after),
    sentAt: row.sent_at === null ? null : iso(row.sent_at),
    settledAt: row.settled_at === null ? null : iso(row.settled_at),
    purpose: row.purpose,
    dueAt: row.due_at === null ? null : iso(row.due_at),
    askedBy: row.asked_by,
    reaches: row.reaches === null ? null : (JSON.parse(row.reaches) as unknown),
    approval: row.approval,
    directives: row.directives,
    author: row.author,
  });
}

/** Writes judged actions down. The place in the cycle is unique, so proposing twice cannot happen. */
export async function addActions(db: Kysely<Tables>, actions: readonly Action[]): Promise<void> {
  if (actions.length === 0) return;
  await db
    .insertInto('actions')
    .values(
      actions.map((action) => ({
        id: action.id,
        cycle: action.cycle,
        subject: action.subject,
        ordinal: action.ordinal,
        operation: action.operation,
        effect: action.effect,
        input: JSON.stringify(action.input),
        digest: action.digest,
        preview: action.preview,
        reason: action.reason,
        mode: action.mode,
        state: action.state,
        verdict: action.verdict === null ? null : JSON.stringify(action.verdict),
        attempts: action.attempts,
        answers: JSON.stringify(action.answers),
        effect_id: action.effectId,
        effect_url: action.effectUrl,
        note: action.note,
        created_at: Date.parse(action.createdAt),
        sent_at: null,
        resend_after: null,
        settled_at: action.settledAt === null ? null : Date.parse(action.settledAt),
        purpose: action.purpose,
        due_at: action.dueAt === null ? null : Date.parse(action.dueAt),
        asked_by: action.askedBy,
        reaches: action.reaches === null ? null : JSON.stringify(action.reaches),
        approval: action.approval,
        directives: action.directives,
        author: action.author,
      })),
    )
    .execute();
}

export interface ActionChange {
  readonly state: Action['state'];
  readonly attempts?: number;
  readonly note?: string | null;
  readonly effect_id?: string | null;
  readonly effect_url?: string | null;
  readonly sent_at?: number;
  readonly resend_after?: number;
  readonly settled_at?: number;
  readonly due_at?: number | null;
  readonly verdict?: string;
  readonly approval?: string;
  readonly directives?: string;
}

/** Moves an action on; `from` guards against a second hand. False when it was not in that state any more. */
export async function moveAction(
  db: Kysely<Tables>,
  id: string,
  change: ActionChange & { readonly from: readonly Action['state'][] },
): Promise<boolean> {
  const { from, ...columns } = change;
  const result = await db
    .updateTable('actions')
    .set(columns)
    .where('id', '=', id)
    .where('state', 'in', from)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The actions of a cycle in the order of the plan. */
export async function actionsOfCycle(db: Kysely<Tables>, cycle: string): Promise<Action[]> {
  const rows = await db
    .selectFrom('actions')
    .selectAll()
    .where('cycle', '=', cycle)
    .orderBy('ordinal')
    .execute();
  return rows.map(actionOf);
}

/** The newest actions on a subject. */
export async function actionsOfSubject(
  db: Kysely<Tables>,
  subject: string,
  limit: number,
): Promise<Action[]> {
  const rows = await db
    .selectFrom('actions')
    .selectAll()
    .where('subject', '=', subject)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(actionOf);
}

/** Whether one of our own actions made this thing: how an echo is recognised without knowing our account. */
export async function isOwnEffect(
  db: Kysely<Tables>,
  effectIds: readonly string[],
): Promise<boolean> {
  const row = await db
    .selectFrom('actions')
    .select('id')
    .where('effect_id', 'in', effectIds)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The ids among these that are actions of this store. */
export async function knownAmong(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.selectFrom('actions').select('id').where('id', 'in', ids).execute();
  return new Set(rows.map(({ id }) => id));
}

/** Actions, newest first. `source` is the system, the first word of the operation. */
export async function listActions(db: Kysely<Tables>, filter: ListFilter): Promise<Page<Action>> {
  let query = db.selectFrom('actions');
  if (filter.status !== undefined) query = query.where('state', '=', filter.status);
  if (filter.source !== undefined) query = query.where('operation', 'like', `${filter.source}.%`);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.since !== undefined) query = query.where('created_at', '>=', filter.since);
  const { total } = await query
    .select((count) => count.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  if (filter.cursor !== undefined) query = query.where('id', '<', filter.cursor);
  const rows = await query
    .selectAll()
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
    .execute();
  return pageOf(rows, total, { limit: filter.limit, at: (row) => row.id, item: actionOf });
}

/** Actions of a subject on their way out, in the order of their plans. */
export async function openActionsOf(db: Kysely<Tables>, subject: string): Promise<Action[]> {
  const rows = await db
    .selectFrom('actions')
    .selectAll()
    .where('subject', '=', subject)
    .where('state', 'in', ['proposed', 'sending'])
    // Ids of one millisecond stand in no order.
    .orderBy('created_at')
    .orderBy('cycle')
    .orderBy('ordinal')
    .execute();
  return rows.map(actionOf);
}

/** One action by its id. */
export async function findAction(db: Kysely<Tables>, id: string): Promise<Action | null> {
  const row = await db.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : actionOf(row);
}

/** Deferred actions whose time has come, oldest first. */
export async function dueActions(
  db: Kysely<Tables>,
  given: { readonly now: number; readonly limit: number },
): Promise<Action[]> {
  const rows = await db
    .selectFrom('actions')
    .selectAll()
    .where('state', '=', 'deferred')
    .where('due_at', '<=', given.now)
    .orderBy('due_at')
    .limit(given.limit)
    .execute();
  return rows.map(actionOf);
}

/** Deferred actions of a mailbox whose time has come. */
export async function dueActionsOf(
  db: Kysely<Tables>,
  given: { readonly subject: string; readonly now: number },
): Promise<Action[]> {
  const rows = await db
    .selectFrom('actions')
    .selectAll()
    .where('subject', '=', given.subject)
    .where('state', '=', 'deferred')
    .where('due_at', '<=', given.now)
    .orderBy('id')
    .execute();
  return rows.map(actionOf);
}

/** What one rule put off is due now. Returns how many. */
export async function wakeDeferred(
  db: Kysely<Tables>,
  given: { readonly rule: string; readonly now: number },
): Promise<number> {
  const result = await db
    .updateTable('actions')
    .set({ due_at: given.now })
    .where('state', '=', 'deferred')
    .where('verdict', 'like', `%"rule":"${given.rule}"%`)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}
