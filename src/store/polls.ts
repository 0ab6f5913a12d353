import { sql } from 'kysely';
import type { Kysely, Selectable } from 'kysely';
import { Failure } from '../domain/failure.ts';
import { iso } from '../lib/clock.ts';
import type { PollsTable, Tables } from './tables.ts';

/** The scope under which the list of scopes itself is asked for. */
export const SCOPES = '';

/** A scope that this process polls now. Every write of the poll names the fence. */
export interface PollClaim {
  readonly source: string;
  readonly scope: string;
  readonly cursor: string | null;
  readonly since: number;
  readonly fence: number;
  readonly failures: number;
  /** When the scope was last polled well. */
  readonly succeeded_at: number | null;
}

interface NewScopes {
  readonly scopes: readonly string[];
  /** From when on facts of a new scope are wanted. */
  readonly since: number;
  readonly now: number;
}

/** At a start: the list of scopes is due, whatever the settings were before. */
export async function beginPolls(
  db: Kysely<Tables>,
  source: string,
  at: { readonly since: number; readonly now: number },
): Promise<void> {
  await addScopes(db, source, { ...at, scopes: [SCOPES] });
  await setNext(db, { source, scope: SCOPES }, at.now);
}

/** Adds the scopes that are new, wakes those that were gone, and rests those that are not named any more. */
export async function planScopes(
  db: Kysely<Tables>,
  source: string,
  plan: NewScopes,
): Promise<void> {
  const known = await db
    .selectFrom('polls')
    .select(['scope', 'next_at'])
    .where('source', '=', source)
    .where('scope', '!=', SCOPES)
    .execute();
  const named = new Set(plan.scopes);
  await addScopes(db, source, plan);
  for (const { scope, next_at: next } of known) {
    if (named.has(scope) && next === null) await setNext(db, { source, scope }, plan.now);
    if (!named.has(scope) && next !== null) await setNext(db, { source, scope }, null);
  }
}

async function addScopes(db: Kysely<Tables>, source: string, plan: NewScopes): Promise<void> {
  const { since, now } = plan;
  const rows = [...new Set(plan.scopes)].map((scope) => ({
    source,
    scope,
    cursor: null,
    since,
    next_at: now,
    ...UNTRIED,
  }));
  if (rows.length === 0) return;
  const insert = db.insertInto('polls').values(rows);
  await insert.onConflict((conflict) => conflict.doNothing()).execute();
}

async function setNext(
  db: Kysely<Tables>,
  of: { readonly source: string; readonly scope: string },
  next: number | null,
): Promise<void> {
  const update = db.updateTable('polls').set({ next_at: next }).where('source', '=', of.source);
  await update.where('scope', '=', of.scope).execute();
}

const FREE = { owner: null, leased_until: null } as const;

const UNTRIED = {
  ...FREE,
  fence: 0,
  failures: 0,
  succeeded_at: null,
  failed_at: null,
  error: null,
} as const;

interface PollClaimRequest {
  readonly source: string;
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** Claims the scope of a source that has been due for longest; `null` when none is, or somebody else polls it. */
export async function claimPoll(
  db: Kysely<Tables>,
  request: PollClaimRequest,
): Promise<PollClaim | null> {
  const { source, owner, now, leaseMs } = request;
  const due = await db
    .selectFrom('polls')
    .select(['scope', 'cursor', 'since', 'fence', 'failures', 'succeeded_at'])
    .where('source', '=', source)
    .where('next_at', '<=', now)
    .where((row) => row.or([row('leased_until', 'is', null), row('leased_until', '<=', now)]))
    .orderBy('next_at')
    .orderBy('scope')
    .limit(1)
    .executeTakeFirst();
  if (due === undefined) return null;
  const claim = { source, ...due, fence: due.fence + 1 };
  const taken = await db
    .updateTable('polls')
    .set({ owner, leased_until: now + leaseMs, fence: claim.fence })
    .where('source', '=', source)
    .where('scope', '=', due.scope)
    .where('fence', '=', due.fence)
    .executeTakeFirst();
  return taken.numUpdatedRows === 1n ? claim : null;
}

/** Keeps the lease of a poll under way. Does nothing when the poll has ended, or goes on elsewhere. */
export async function holdPoll(
  db: Kysely<Tables>,
  claim: PollClaim,
  leasedUntil: number,
): Promise<void> {
  await db
    .updateTable('polls')
    .set({ leased_until: leasedUntil })
    .where('source', '=', claim.source)
    .where('scope', '=', claim.scope)
    .where('fence', '=', claim.fence)
    .where('leased_until', 'is not', null)
    .execute();
}

/** Moves the cursor and keeps the lease. Belongs into the transaction of the events. Throws `lease-lost`. */
export async function movePoll(
  db: Kysely<Tables>,
  claim: PollClaim,
  to: { readonly cursor: string; readonly leasedUntil: number },
): Promise<void> {
  await change(db, claim, { cursor: to.cursor, leased_until: to.leasedUntil });
}

/** Ends a poll that went well. Throws `lease-lost`. */
export async function pollSucceeded(
  db: Kysely<Tables>,
  claim: PollClaim,
  at: { readonly now: number; readonly next: number },
): Promise<void> {
  const well = { ...FREE, failures: 0, error: null };
  await change(db, claim, { ...well, succeeded_at: at.now, next_at: at.next });
}

/** Ends a poll that failed; the cursor stays where the last committed page left it. Throws `lease-lost`. */
export async function pollFailed(
  db: Kysely<Tables>,
  claim: PollClaim,
  end: { readonly now: number; readonly next: number; readonly error: string },
): Promise<void> {
  await change(db, claim, {
    ...FREE,
    failures: claim.failures + 1,
    failed_at: end.now,
    next_at: end.next,
    error: end.error.slice(0, 500),
  });
}

type PollChange = Partial<Omit<Selectable<PollsTable>, 'source' | 'scope' | 'fence'>>;

async function change(db: Kysely<Tables>, claim: PollClaim, set: PollChange): Promise<void> {
  const changed = await db
    .updateTable('polls')
    .set(set)
    .where('source', '=', claim.source)
    .where('scope', '=', claim.scope)
    .where('fence', '=', claim.fence)
    .executeTakeFirst();
  if (changed.numUpdatedRows === 1n) return;
  throw new Failure('lease-lost', `the poll of ${claim.source} goes on elsewhere`);
}

/** Nothing of a source is asked for before `until`: it said that there were too many calls. */
export async function restPolls(db: Kysely<Tables>, source: string, until: number): Promise<void> {
  await db
    .updateTable('polls')
    .set({ next_at: until })
    .where('source', '=', source)
    .where('next_at', '<', until)
    .execute();
}

/**
 * Everything of a source is due now, from `since` on if that is given. What is polled meanwhile loses its lease: it began
 * before this was asked for, and would write the old cursor back.
 */
export async function pollNow(
  db: Kysely<Tables>,
  source: string,
  at: { readonly now: number; readonly since?: number },
): Promise<void> {
  const again = at.since === undefined ? {} : { cursor: null, since: at.since };
  await db
    .updateTable('polls')
    .set((row) => ({ ...FREE, fence: row('fence', '+', 1), next_at: at.now, ...again }))
    .where('source', '=', source)
    .where('next_at', 'is not', null)
    .execute();
}

/** When the next scope of a source is due, `null` when it has none. */
export async function nextPoll(db: Kysely<Tables>, source: string): Promise<number | null> {
  const row = await db
    .selectFrom('polls')
    // A scope that is polled elsewhere comes up again when that lease ends.
    .select(
      sql<
        number | null
      >`min(case when leased_until > next_at then leased_until else next_at end)`.as('at'),
    )
    .where('source', '=', source)
    .where('next_at', 'is not', null)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** One scope as the status shows it. */
export interface PollRow {
  readonly source: string;
  readonly scope: string;
  readonly next: string;
  readonly running: boolean;
  readonly succeeded: string | null;
  readonly failed: string | null;
  readonly failures: number;
  readonly error: string | null;
}

/** Every scope that is polled, by source and scope. */
export async function listPolls(db: Kysely<Tables>, now: number): Promise<PollRow[]> {
  const rows = await db
    .selectFrom('polls')
    .selectAll()
    .where('next_at', 'is not', null)
    .orderBy('source')
    .orderBy('scope')
    .execute();
  const instant = (at: number | null): string | null => (at === null ? null : iso(at));
  return rows.map((row) => ({
    source: row.source,
    scope: row.scope === SCOPES ? 'list of scopes' : row.scope,
    next: iso(row.next_at ?? now),
    running: row.leased_until !== null && row.leased_until > now,
    succeeded: instant(row.succeeded_at),
    failed: instant(row.failed_at),
    failures: row.failures,
    error: row.error,
  }));
}
