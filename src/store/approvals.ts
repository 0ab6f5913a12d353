import type { Kysely, Selectable } from 'kysely';
import { sql } from 'kysely';
import { Approval, ApprovalVote } from '../domain/approval.ts';
import type { ApprovalState } from '../domain/approval.ts';
import type { Subject } from '../domain/subject.ts';
import { iso } from '../lib/clock.ts';
import type { ListFilter } from './deliveries.ts';
import { pageOf } from './page.ts';
import type { Page } from './page.ts';
import type { ApprovalsTable } from './tables-judgement.ts';
import type { Tables } from './tables.ts';

type Row = Selectable<ApprovalsTable>;

/** Writes a question down. */
export async function addApproval(db: Kysely<Tables>, approval: Approval): Promise<void> {
  await db
    .insertInto('approvals')
    .values({
      id: approval.id,
      action: approval.action,
      digest: approval.digest,
      target_version: approval.targetVersion,
      operation: approval.operation,
      subject: approval.subject,
      preview: approval.preview,
      reason: approval.reason,
      rule: approval.rule,
      state: approval.state,
      level: approval.level,
      asked_at: Date.parse(approval.askedAt),
      expires_at: Date.parse(approval.expiresAt),
      needed: approval.needed,
      excluded: JSON.stringify(approval.excluded),
      decided_by: approval.decidedBy,
      decided_via: approval.decidedVia,
      decided_at: approval.decidedAt === null ? null : Date.parse(approval.decidedAt),
      note: approval.note,
    })
    .execute();
}

/**
 * Takes the right to write before anything is read, so that what is read is still true at the commit, also beside
 * other processes. False when there is no such approval.
 */
export async function lockApproval(db: Kysely<Tables>, id: string): Promise<boolean> {
  const result = await db
    .updateTable('approvals')
    .set({ state: sql`state` })
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** One approval with its votes, oldest vote first. */
export async function findApproval(db: Kysely<Tables>, id: string): Promise<Approval | undefined> {
  const row = await db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  return approvalOf(row, (await votesOf(db, [id])).get(id) ?? []);
}

/** Approvals, newest first; `status` is the state, `source` the system of the operation. */
export async function listApprovals(
  db: Kysely<Tables>,
  filter: ListFilter,
): Promise<Page<Approval>> {
  let query = db.selectFrom('approvals');
  if (filter.status !== undefined) query = query.where('state', '=', filter.status);
  if (filter.source !== undefined) query = query.where('operation', 'like', `${filter.source}.%`);
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.since !== undefined) query = query.where('asked_at', '>=', filter.since);
  const { total } = await query
    .select((count) => count.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  if (filter.cursor !== undefined) query = query.where('id', '<', filter.cursor);
  const rows = await query
    .selectAll()
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
    .execute();
  const votes = await votesOf(
    db,
    rows.map(({ id }) => id),
  );
  return pageOf(rows, total, {
    limit: filter.limit,
    at: (row) => row.id,
    item: (row) => approvalOf(row, votes.get(row.id) ?? []),
  });
}

/** Open approvals whose time is over, the longest overdue first. */
export async function dueApprovals(
  db: Kysely<Tables>,
  now: number,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('approvals')
    .select('id')
    .where('state', '=', sql.lit('open'))
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** What people declined on a subject, newest first. */
export async function declinedApprovals(
  db: Kysely<Tables>,
  subject: Subject,
  limit: number,
): Promise<Approval[]> {
  const rows = await db
    .selectFrom('approvals')
    .selectAll()
    .where('subject', '=', subject)
    .where('state', '=', 'declined')
    .orderBy('decided_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => approvalOf(row, []));
}

/** What ends an approval, or moves it on. */
export interface ApprovalMove {
  readonly from: readonly ApprovalState[];
  readonly to: ApprovalState;
  /** Demands that it still asks for these bytes. */
  readonly digest?: string;
  readonly note?: string | null;
  readonly decided?: { readonly by: string; readonly via: string | null; readonly at: number };
}

/** Moves an approval on; false when it was not in that state, or not for those bytes, any more. */
export async function moveApproval(
  db: Kysely<Tables>,
  id: string,
  move: ApprovalMove,
): Promise<boolean> {
  const { decided, note, digest } = move;
  const set = {
    state: move.to,
    ...(note === undefined ? {} : { note }),
    ...(decided === undefined
      ? {}
      : { decided_by: decided.by, decided_via: decided.via, decided_at: decided.at }),
  };
  let query = db.updateTable('approvals').set(set).where('id', '=', id);
  query = query.where('state', 'in', move.from);
  if (digest !== undefined) query = query.where('digest', '=', digest);
  const result = await query.executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Lets an open approval ask for other bytes; false when it was answered meanwhile. */
export async function rebindApproval(
  db: Kysely<Tables>,
  before: Pick<Approval, 'id' | 'digest'>,
  after: Pick<Approval, 'digest' | 'preview' | 'excluded'>,
): Promise<boolean> {
  const result = await db
    .updateTable('approvals')
    .set({
      digest: after.digest,
      preview: after.preview,
      excluded: JSON.stringify(after.excluded),
    })
    .where('id', '=', before.id)
    .where('state', '=', 'open')
    .where('digest', '=', before.digest)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Counts a person's yes once; false when it was counted before. */
export async function addVote(
  db: Kysely<Tables>,
  approval: string,
  vote: ApprovalVote,
): Promise<boolean> {
  const result = await db
    .insertInto('approval_votes')
    .values({ approval, ...vote, at: Date.parse(vote.at) })
    .onConflict((conflict) => conflict.columns(['approval', 'person']).doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** What a person made of an action before it was approved. */
export interface ActionEdit {
  /** The digest that it has now. */
  readonly from: string;
  readonly digest: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly preview: string;
  readonly approval: string;
}

/** Gives a held action another input; false when it is not held, or not for those bytes, any more. */
export async function editHeldAction(
  db: Kysely<Tables>,
  id: string,
  edit: ActionEdit,
): Promise<boolean> {
  const { from, input, ...columns } = edit;
  const result = await db
    .updateTable('actions')
    .set({ ...columns, input: JSON.stringify(input) })
    .where('id', '=', id)
    .where('state', '=', 'held')
    .where('digest', '=', from)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The rule under which one of our own events was kept; `null` when there is none of that key. */
export async function ruleOfEvent(db: Kysely<Tables>, key: string): Promise<string | null> {
  const row = await db
    .selectFrom('events')
    .select('rule')
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.rule ?? null;
}

async function votesOf(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ApprovalVote[]>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('approval_votes')
    .selectAll()
    .where('approval', 'in', ids)
    .orderBy('at')
    .orderBy('person')
    .execute();
  const votes = rows.map(({ approval, at, ...vote }) => ({
    approval,
    vote: ApprovalVote.parse({ ...vote, at: iso(at) }),
  }));
  const groups = Map.groupBy(votes, (one) => one.approval);
  return new Map([...groups].map(([id, group]) => [id, group.map(({ vote }) => vote)]));
}

function approvalOf(row: Row, votes: readonly ApprovalVote[]): Approval {
  return Approval.parse({
    id: row.id,
    action: row.action,
    digest: row.digest,
    targetVersion: row.target_version,
    operation: row.operation,
    subject: row.subject,
    preview: row.preview,
    reason: row.reason,
    rule: row.rule,
    state: row.state,
    level: row.level,
    askedAt: iso(row.asked_at),
    expiresAt: iso(row.expires_at),
    needed: row.needed,
    excluded: JSON.parse(row.excluded) as unknown,
    votes,
    decidedBy: row.decided_by,
    decidedVia: row.decided_via,
    decidedAt: row.decided_at === null ? null : iso(row.decided_at),
    note: row.note,
  });
}

/** How many questions are open, and when the first of them ends. */
export async function openApprovals(
  db: Kysely<Tables>,
): Promise<{ readonly open: number; readonly next: number | null }> {
  const row = await db
    .selectFrom('approvals')
    .select((count) => count.fn.countAll<number>().as('open'))
    .select((min) => min.fn.min('expires_at').as('next'))
    .where('state', '=', sql.lit('open'))
    .executeTakeFirstOrThrow();
  return { open: row.open, next: row.next };
}
