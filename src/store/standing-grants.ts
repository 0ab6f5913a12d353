import type { Kysely, Selectable } from 'kysely';
import { StandingGrant } from '../domain/approval.ts';
import type { Subject } from '../domain/subject.ts';
import { iso } from '../lib/clock.ts';
import type { Tables } from './tables.ts';

/** Keeps a grant. */
export async function addGrant(db: Kysely<Tables>, grant: StandingGrant): Promise<void> {
  await db
    .insertInto('standing_grants')
    .values({
      id: grant.id,
      operation: grant.operation,
      subject: grant.subject,
      granted_by: grant.by,
      created_at: Date.parse(grant.createdAt),
      until: Date.parse(grant.until),
      revoked_at: null,
    })
    .execute();
}

/** The grants that hold at an instant. */
export async function activeGrants(db: Kysely<Tables>, now: number): Promise<StandingGrant[]> {
  const rows = await db
    .selectFrom('standing_grants')
    .selectAll()
    .where('revoked_at', 'is', null)
    .where('created_at', '<=', now)
    .where('until', '>', now)
    .orderBy('id')
    .execute();
  return rows.map(grantOf);
}

/** Whether somebody has allowed this operation on this subject for now. */
export async function hasGrant(
  db: Kysely<Tables>,
  asked: { readonly operation: string; readonly subject: Subject; readonly now: number },
): Promise<boolean> {
  const { operation, subject, now } = asked;
  const row = await db
    .selectFrom('standing_grants')
    .select('id')
    .where('operation', '=', operation)
    .where((one) => one.or([one('subject', 'is', null), one('subject', '=', subject)]))
    .where('revoked_at', 'is', null)
    .where('created_at', '<=', now)
    .where('until', '>', now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The newest grants, also those that are over. */
export async function listGrants(db: Kysely<Tables>, limit: number): Promise<StandingGrant[]> {
  const query = db.selectFrom('standing_grants').selectAll();
  const rows = await query.orderBy('id', 'desc').limit(limit).execute();
  return rows.map(grantOf);
}

/** Ends a grant that holds; false when there is none of that id, or it is over. */
export async function endGrant(db: Kysely<Tables>, id: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable('standing_grants')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where('until', '>', now)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function grantOf(row: Selectable<Tables['standing_grants']>): StandingGrant {
  return StandingGrant.parse({
    id: row.id,
    operation: row.operation,
    subject: row.subject,
    by: row.granted_by,
    createdAt: iso(row.created_at),
    until: iso(row.until),
    revokedAt: row.revoked_at === null ? null : iso(row.revoked_at),
  });
}
