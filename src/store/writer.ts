import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Kysely, Transaction } from 'kysely';
import { Failure } from '../domain/failure.ts';
import type { JournalLine } from '../domain/journal.ts';
import type { Clock } from '../lib/clock.ts';
import { appendJournal } from './journal.ts';
import type { Tables } from './tables.ts';

/** What a unit of work is handed: the transaction, and the journal that is committed with it. */
export interface Work {
  readonly db: Transaction<Tables>;
  readonly journal: (line: JournalLine) => void;
}

/** Runs the work in a transaction that may be shared with others. No call outside the store inside it. */
export type Write = <T>(work: (work: Work) => Promise<T>) => Promise<T>;

/** Like `Write`, without the journal: its lines have one order, which those who write beside each other do not. */
export type Keep = <T>(work: (work: Pick<Work, 'db'>) => Promise<T>) => Promise<T>;

export interface WriterSettings {
  readonly clock: Clock;
  /** Runs first in every transaction: where several processes write, it waits for their turn. */
  readonly begin?: (trx: Transaction<Tables>) => Promise<void>;
  /** Whether a commit failed as a whole, and only because somebody else writes. */
  readonly isBusy?: (error: unknown) => boolean;
}

interface Job {
  readonly run: (work: Work) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Ending =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

const MOST_PER_COMMIT = 256;
/** So long a commit waits for its turn where the store does not wait by itself: below what a sender waits. */
const TURN_MS = 1_200;
const BETWEEN_TURNS_MS = 50;

async function runOne(job: Job, work: Work, alone: boolean): Promise<Ending> {
  if (alone) return { ok: true, value: await job.run(work) };
  await sql`savepoint work`.execute(work.db);
  try {
    const value = await job.run(work);
    await sql`release savepoint work`.execute(work.db);
    return { ok: true, value };
  } catch (error) {
    await undo(work, error);
    return { ok: false, error };
  }
}

/** Throws what went wrong first when that took the whole transaction with it. */
async function undo({ db }: Work, error: unknown): Promise<void> {
  try {
    await sql`rollback to savepoint work`.execute(db);
    await sql`release savepoint work`.execute(db);
  } catch {
    throw error;
  }
}

function tell(jobs: readonly Job[], endings: readonly Ending[]): void {
  jobs.forEach((job, index) => {
    const ending = endings[index];
    if (ending?.ok === true) job.resolve(ending.value);
    else job.reject(ending?.error);
  });
}

function commitFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure('store-unavailable', 'the store could not commit', { cause: error });
}

/** How a commit ended: what became of each unit, or why there was none. */
type Outcome =
  | { readonly ok: true; readonly endings: readonly Ending[] }
  /** At fault is the work itself where it broke between begin and commit: another try of it cannot help. */
  | { readonly ok: false; readonly error: unknown; readonly isFault: boolean };

type Commit = (jobs: readonly Job[]) => Promise<Outcome>;

function broken(error: unknown, atWork: boolean): Outcome {
  // A fault of the work is told as it is: as an outage it would be tried for ever.
  const told = atWork ? error : commitFailure(error);
  const isOutage = told instanceof Failure && told.kind === 'store-unavailable';
  return { ok: false, error: told, isFault: atWork && !isOutage };
}

/** Runs units of work in one transaction. Never throws. */
function committer(db: Kysely<Tables>, { clock, begin }: WriterSettings): Commit {
  const runAll = async (
    trx: Transaction<Tables>,
    jobs: readonly Job[],
  ): Promise<readonly Ending[]> => {
    const lines: JournalLine[] = [];
    const endings: Ending[] = [];
    for (const job of jobs) {
      const own: JournalLine[] = [];
      const work: Work = { db: trx, journal: (line) => void own.push(line) };
      const ending = await runOne(job, work, jobs.length === 1);
      if (ending.ok) lines.push(...own);
      endings.push(ending);
    }
    await appendJournal(trx, lines, clock);
    return endings;
  };

  return async (jobs) => {
    const at = { work: false };
    try {
      const endings = await db.transaction().execute(async (trx) => {
        await begin?.(trx);
        at.work = true;
        const all = await runAll(trx, jobs);
        at.work = false;
        return all;
      });
      return { ok: true, endings };
    } catch (error) {
      return broken(error, at.work);
    }
  };
}

/**
 * Group commit: all work of one turn of the event loop shares one transaction, so many commits cost one fsync.
 * Each unit stands alone all the same: one that throws is rolled back to its savepoint and only its caller hears.
 */
export function groupWriter(db: Kysely<Tables>, settings: WriterSettings): Write {
  const { isBusy } = settings;
  const commit = committer(db, settings);
  const waiting: Job[] = [];
  let busy = false;

  const commitInTurn = async (
    jobs: readonly Job[],
    end = performance.now() + TURN_MS,
  ): Promise<Outcome> => {
    const outcome = await commit(jobs);
    if (outcome.ok || isBusy?.(outcome.error) !== true || performance.now() >= end) return outcome;
    await pause(BETWEEN_TURNS_MS);
    return await commitInTurn(jobs, end);
  };

  const settle = async (jobs: readonly Job[]): Promise<void> => {
    const outcome = await commitInTurn(jobs);
    if (outcome.ok) {
      tell(jobs, outcome.endings);
      return;
    }
    if (jobs.length === 1 || !outcome.isFault) {
      for (const job of jobs) job.reject(outcome.error);
      return;
    }
    // One of them took the whole commit with it: each by itself, so that only its caller hears.
    for (const job of jobs) await settle([job]);
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) await settle(waiting.splice(0, MOST_PER_COMMIT));
    busy = false;
  };

  return <T>(run: (work: Work) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ run, resolve: resolve as (value: unknown) => void, reject });
      if (busy) return;
      busy = true;
      setImmediate(() => void flush());
    });
}
