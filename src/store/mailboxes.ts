import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { ProjectEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';
import type { Subject } from '../domain/subject.ts';
import { newId } from '../lib/ids.ts';
import { isPostgres } from './dialect-columns.ts';
import { readableBodies } from './events.ts';
import { fixedQuery } from './fixed-query.ts';
import type { Tables } from './tables.ts';

/** A mailbox that this worker holds until the lease ends. Every write of its cycle names the fence. */
export interface Claim {
  readonly subject: Subject;
  readonly cycle: string;
  readonly fence: number;
  readonly attempts: number;
  /** True when the cycle was begun before: by an attempt that failed, waited, or died. */
  readonly resumed: boolean;
  /** The mail of a cycle that was just opened, in the order in which it happened. */
  readonly events: readonly ProjectEvent[];
}

/** Mail has come: the mailbox is due at `dueAt` unless it is due or claimed already. */
export async function wakeMailboxes(
  db: Kysely<Tables>,
  subjects: readonly Subject[],
  dueAt: number,
): Promise<void> {
  if (subjects.length === 0) return;
  const rows = [...new Set(subjects)].map((subject) => ({
    subject,
    due_at: dueAt,
    owner: null,
    fence: 0,
    attempts: 0,
    cycle: null,
    error: null,
  }));
  await db
    .insertInto('mailboxes')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('subject')
        .doUpdateSet({ due_at: sql`coalesce(mailboxes.due_at, excluded.due_at)` }),
    )
    .execute();
}

export interface ClaimRequest {
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
  readonly mode: string;
  readonly limit: number;
  /** What this worker is at itself: a clock that was set may have ended its lease, and the work goes on all the same. */
  readonly except?: readonly Subject[];
}

const claimQuery = fixedQuery((db) =>
  db
    .updateTable('mailboxes')
    .set({ owner: 'owner', fence: 0, due_at: 0, cycle: 'id' })
    .where('subject', '=', 'subject'),
);

/**
 * Claims due mailboxes: takes their waiting events into a new cycle, or goes on with the cycle that was begun.
 * Every claim raises the fence, so that a worker which lost its lease can change nothing any more.
 */
export async function claimMailboxes(db: Kysely<Tables>, request: ClaimRequest): Promise<Claim[]> {
  const { except = [] } = request;
  const query = db
    .selectFrom('mailboxes')
    .select(['subject', 'cycle', 'fence', 'attempts'])
    .where('due_at', '<=', request.now)
    .$if(except.length > 0, (some) => some.where('subject', 'not in', except))
    .orderBy('due_at')
    .limit(request.limit);
  // A row that somebody else is at is theirs.
  const due = await (isPostgres(db) ? query.forUpdate().skipLocked() : query).execute();
  if (due.length === 0) return [];
  const claims = due.map((row) => ({
    subject: row.subject,
    cycle: row.cycle ?? newId(request.now),
    fence: row.fence + 1,
    attempts: row.attempts,
    resumed: row.cycle !== null,
    events: [],
  }));
  for (const claim of claims) {
    const until = request.now + request.leaseMs;
    await claimQuery(db, [request.owner, claim.fence, until, claim.cycle, claim.subject]);
  }
  const filled = await takeMail(
    db,
    claims.filter((claim) => !claim.resumed),
    request,
  );
  const empty = claims.filter((claim) => !claim.resumed && !filled.has(claim.cycle));
  for (const claim of empty) await releaseMailbox(db, claim);
  return claims.flatMap((claim) => {
    const mail = filled.get(claim.cycle);
    if (claim.resumed) return [claim];
    // Mail that cannot be read is met by its own cycle, which fails for it alone: the claim of the others holds.
    if (mail === 'unreadable') return [{ ...claim, resumed: true }];
    return mail === undefined ? [] : [{ ...claim, events: mail }];
  });
}

type Mail = ReadonlyMap<string, readonly ProjectEvent[] | 'unreadable'>;

/** Groups rows by cycle and puts each cycle's events in order. */
function mailOf(
  rows: readonly { cycle: string | null; seq: number }[],
  bodies: ReadonlyMap<number, ProjectEvent>,
): Mail {
  const mail = new Map<string, ProjectEvent[] | 'unreadable'>();
  for (const row of [...rows].sort((left, right) => left.seq - right.seq)) {
    if (row.cycle === null) continue;
    const event = bodies.get(row.seq);
    const events = mail.get(row.cycle) ?? [];
    if (event === undefined || events === 'unreadable') mail.set(row.cycle, 'unreadable');
    else mail.set(row.cycle, [...events, event]);
  }
  for (const events of mail.values()) if (events !== 'unreadable') events.sort(byTime);
  return mail;
}

function byTime(left: ProjectEvent, right: ProjectEvent): number {
  if (left.at === right.at) return 0;
  return left.at < right.at ? -1 : 1;
}

async function takeMail(
  db: Kysely<Tables>,
  fresh: readonly Claim[],
  request: ClaimRequest,
): Promise<Mail> {
  if (fresh.length === 0) return new Map();
  const taken = await db
    .updateTable('events')
    .set({
      state: 'taken',
      cycle: (row) =>
        row
          .selectFrom('mailboxes')
          .select('mailboxes.cycle')
          .whereRef('mailboxes.subject', '=', 'events.subject'),
    })
    .where(
      'subject',
      'in',
      fresh.map((claim) => claim.subject),
    )
    .where('state', '=', sql.lit('waiting'))
    .returning(['cycle', 'seq'])
    .execute();
  const seqs = taken.map((row) => row.seq);
  const filled = mailOf(taken, await readableBodies(db, seqs));
  const cycles = new Set(taken.map((row) => row.cycle));
  const opened = fresh.filter((claim) => cycles.has(claim.cycle));
  if (opened.length > 0) {
    const rows = opened.map((claim) => openCycle(claim, request));
    await db.insertInto('cycles').values(rows).execute();
  }
  return filled;
}

function openCycle(claim: Claim, request: ClaimRequest) {
  return {
    id: claim.cycle,
    subject: claim.subject,
    mode: request.mode,
    state: 'open',
    step: 'context',
    outcome: null,
    context: null,
    thought: null,
    planner: null,
    attempts: 0,
    error: null,
    opened_at: request.now,
    updated_at: request.now,
    finished_at: null,
    directives: null,
  };
}

function leaseLost(subject: Subject): Failure {
  return new Failure('lease-lost', `the lease of ${subject} went to another worker`);
}

/** Makes the lease last until `until`. Throws `lease-lost` when somebody else holds the mailbox by now. */
export async function holdMailbox(
  db: Kysely<Tables>,
  claim: Pick<Claim, 'subject' | 'fence'>,
  until: number,
): Promise<void> {
  const result = await db
    .updateTable('mailboxes')
    .set({ due_at: until })
    .where('subject', '=', claim.subject)
    .where('fence', '=', claim.fence)
    .where('owner', 'is not', null)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) {
    throw leaseLost(claim.subject);
  }
}

const releaseQuery = fixedQuery((db) =>
  db
    .updateTable('mailboxes')
    .set({
      owner: sql.lit(null),
      cycle: sql.lit(null),
      attempts: sql.lit(0),
      error: sql.lit(null),
      due_at: (row) =>
        row
          .selectFrom('events')
          .select((min) => min.fn.min('events.kept_at').as('due'))
          .whereRef('events.subject', '=', 'mailboxes.subject')
          .where('events.state', '=', sql.lit('waiting')),
    })
    .where('subject', '=', 'subject')
    .where('fence', '=', 0),
);

/**
 * Ends a claim after a finished cycle: due again at once when mail came meanwhile, otherwise at rest. Throws
 * `lease-lost` when somebody else holds the mailbox by now.
 */
export async function releaseMailbox(
  db: Kysely<Tables>,
  claim: Pick<Claim, 'subject' | 'fence'>,
): Promise<void> {
  const { numAffectedRows } = await releaseQuery(db, [claim.subject, claim.fence]);
  if (numAffectedRows === 0n) throw leaseLost(claim.subject);
}

export interface Pause {
  readonly dueAt: number;
  readonly attempts: number;
  readonly error: string | null;
}

/** Puts a claim down with its cycle still open: it goes on at `dueAt`. */
export async function parkMailbox(
  db: Kysely<Tables>,
  claim: Pick<Claim, 'subject' | 'fence'>,
  pause: Pause,
): Promise<void> {
  await db
    .updateTable('mailboxes')
    .set({ owner: null, due_at: pause.dueAt, attempts: pause.attempts, error: pause.error })
    .where('subject', '=', claim.subject)
    .where('fence', '=', claim.fence)
    .execute();
}

/** When the next mailbox is due; null when all are at rest. */
export async function nextDue(db: Kysely<Tables>): Promise<number | null> {
  const row = await db
    .selectFrom('mailboxes')
    .select('due_at')
    .where('due_at', 'is not', null)
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst();
  return row?.due_at ?? null;
}
