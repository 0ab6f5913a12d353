import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { ProjectEvent } from '../domain/event.ts';
import { Failure } from '../domain/failure.ts';
import type { Subject } from '../domain/subject.ts';
import { newId } from '../lib/ids.ts';
import { isPostgres } from './dialect-columns.ts';
import { readableBodies } from './events.ts';
import { fixedQuery } from './fixed-query.ts';
import { MAIL_ROW, mailGoingOn, originsOf } from './mail-origins.ts';
import type { MailRow } from './mail-origins.ts';
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
  /** When it was claimed. */
  readonly at: number;
  /** Since when the oldest mail of a cycle that was just opened has waited; null for one that goes on. */
  readonly waitedSince: number | null;
  /** Deliveries that the mail came with, oldest first. */
  readonly deliveries: readonly string[];
}

/**
 * By how much earlier urgent mail counts as due, in milliseconds. Age lifts the rest: what has waited for a quarter of an
 * hour goes before whatever comes now.
 */
const HEAD_STARTS: Readonly<Record<string, number>> = {
  critical: 900_000,
  high: 300_000,
  medium: 60_000,
  low: 0,
};
/** Of what was never looked at. */
const USUAL_HEAD_START = 60_000;
/** A person has answered, and waits for it to be done. */
const ANSWER_HEAD_START = 300_000;

async function headStartsOf(
  db: Kysely<Tables>,
  subjects: readonly Subject[],
): Promise<(subject: Subject) => number> {
  const query = db.selectFrom('sweeps').select(['subject', 'level']);
  const rows = await query.where('subject', 'in', subjects).execute();
  const known = new Map(rows.map((row) => [row.subject, HEAD_STARTS[row.level]]));
  return (subject) => {
    const usual = subject.startsWith('pm:approval:') ? ANSWER_HEAD_START : USUAL_HEAD_START;
    return known.get(subject) ?? usual;
  };
}

/** Mail has come: the mailbox is due at `dueAt` unless it is due or claimed already. */
export async function wakeMailboxes(
  db: Kysely<Tables>,
  subjects: readonly Subject[],
  dueAt: number,
): Promise<void> {
  if (subjects.length === 0) return;
  const different = [...new Set(subjects)];
  const headStartOf = await headStartsOf(db, different);
  const rows = different.map((subject) => ({
    subject,
    due_at: dueAt,
    owner: null,
    fence: 0,
    attempts: 0,
    cycle: null,
    error: null,
    head_start: headStartOf(subject),
  }));
  await db
    .insertInto('mailboxes')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('subject').doUpdateSet({
        due_at: sql`coalesce(mailboxes.due_at, excluded.due_at)`,
        head_start: sql`excluded.head_start`,
      }),
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
 * Claims due mailboxes, the urgent and the old first: takes their waiting events into a new cycle, or goes on with the cycle that was begun.
 * Every claim raises the fence, so that a worker which lost its lease can change nothing any more.
 */
export async function claimMailboxes(db: Kysely<Tables>, request: ClaimRequest): Promise<Claim[]> {
  const { except = [] } = request;
  const query = db
    .selectFrom('mailboxes')
    .select(['subject', 'cycle', 'fence', 'attempts'])
    .where('due_at', '<=', request.now)
    // The same words as in the index, and a bound for it: without them all that is due would be sorted each time.
    .where(sql`due_at - head_start`, '<=', request.now)
    .orderBy(sql`due_at - head_start`)
    .$if(except.length > 0, (some) => some.where('subject', 'not in', except))
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
    at: request.now,
    waitedSince: null,
    deliveries: [],
  }));
  for (const claim of claims) {
    const until = request.now + request.leaseMs;
    await claimQuery(db, [request.owner, claim.fence, until, claim.cycle, claim.subject]);
  }
  const { filled, rows } = await takeMail(
    db,
    claims.filter((claim) => !claim.resumed),
    request,
  );
  const empty = claims.filter((claim) => !claim.resumed && !filled.has(claim.cycle));
  for (const claim of empty) await releaseMailbox(db, claim);
  const goingOn = claims.filter(({ resumed }) => resumed).map(({ cycle }) => cycle);
  const began = originsOf([...rows, ...(await mailGoingOn(db, goingOn))]);
  return claims.flatMap((claim): Claim[] => {
    const mail = filled.get(claim.cycle);
    const { deliveries = [], waitedSince = null } = began.get(claim.cycle) ?? {};
    if (claim.resumed) return [{ ...claim, deliveries }];
    // Mail that cannot be read is met by its own cycle, which fails for it alone: the claim of the others holds.
    if (mail === 'unreadable') return [{ ...claim, deliveries, resumed: true }];
    return mail === undefined ? [] : [{ ...claim, deliveries, waitedSince, events: mail }];
  });
}

type Mail = ReadonlyMap<string, readonly ProjectEvent[] | 'unreadable'>;

/** Groups rows by cycle and puts each cycle's events in order. */
function mailOf(rows: readonly MailRow[], bodies: ReadonlyMap<number, ProjectEvent>): Mail {
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
): Promise<{ readonly filled: Mail; readonly rows: readonly MailRow[] }> {
  if (fresh.length === 0) return { filled: new Map(), rows: [] };
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
    .returning(MAIL_ROW)
    .execute();
  const seqs = taken.map((row) => row.seq);
  const filled = mailOf(taken, await readableBodies(db, seqs));
  const cycles = new Set(taken.map((row) => row.cycle));
  const opened = fresh.filter((claim) => cycles.has(claim.cycle));
  if (opened.length > 0) {
    const rows = opened.map((claim) => openCycle(claim, request));
    await db.insertInto('cycles').values(rows).execute();
  }
  return { filled, rows: taken };
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
