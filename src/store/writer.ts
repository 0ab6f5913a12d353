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

/**
 * Group commit: all work of one turn of the event loop shares one transaction, so many commits cost one fsync.
 * Each unit stands alone all the same: one that throws is rolled back to its savepoint and only its caller hears.
 */
export function groupWriter(db: Kysely<Tables>, settings: WriterSettings): Write {
  const { clock, begin, isBusy } = settings;
  const waiting: Job[] = [];
  let busy = false;

  const commit = async (jobs: readonly Job[]): Promise<readonly Ending[]> =>
    await db.transaction().execute(async (trx) => {
      await begin?.(trx);
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
    });

  const commitInTurn = async (
    jobs: readonly Job[],
    end = performance.now() + TURN_MS,
  ): Promise<readonly Ending[]> => {
    try {
      return await commit(jobs);
    } catch (error) {
      if (isBusy?.(error) !== true || performance.now() >= end) throw error;
    }
    await pause(BETWEEN_TURNS_MS);
    return await commitInTurn(jobs, end);
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const jobs = waiting.splice(0, MOST_PER_COMMIT);
      await commitInTurn(jobs).then(
        (endings) => tell(jobs, endings),
        (error: unknown) => jobs.forEach((job) => job.reject(commitFailure(error))),
      );
    }
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
