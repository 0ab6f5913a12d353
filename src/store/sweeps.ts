import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import { Urgency } from '../domain/plan.ts';
import type { Subject } from '../domain/subject.ts';
import type { SweepsTable } from './tables-judgement.ts';
import type { Tables } from './tables.ts';

/** When a subject is looked at next although nothing happened. Instants in epoch milliseconds. */
export interface Sweep {
  readonly subject: Subject;
  readonly level: Urgency;
  /** Names of the rules that fired at the last look. */
  readonly rules: readonly string[];
  /** Looks in a row that would have been calmer than the level. */
  readonly calm: number;
  readonly checkedAt: number | null;
  /** `null` when there is nothing left to watch. */
  readonly nextAt: number | null;
}

const Rules = z.array(z.string());

function sweepOf(row: Selectable<SweepsTable>): Sweep {
  return {
    subject: row.subject,
    level: Urgency.parse(row.level),
    rules: Rules.parse(JSON.parse(row.rules)),
    calm: row.calm,
    checkedAt: row.checked_at,
    nextAt: row.next_at,
  };
}

/** The sweep of a subject; `null` when it was never looked at. */
export async function findSweep(db: Kysely<Tables>, subject: Subject): Promise<Sweep | null> {
  const query = db.selectFrom('sweeps').selectAll().where('subject', '=', subject);
  const row = await query.executeTakeFirst();
  return row === undefined ? null : sweepOf(row);
}

/** Writes down how a look ended, and when the next one is due. */
export async function saveSweep(db: Kysely<Tables>, sweep: Sweep): Promise<void> {
  const columns = {
    level: sweep.level,
    rules: JSON.stringify(sweep.rules),
    calm: sweep.calm,
    checked_at: sweep.checkedAt,
    next_at: sweep.nextAt,
  };
  await db
    .insertInto('sweeps')
    .values({ subject: sweep.subject, ...columns })
    .onConflict((conflict) => conflict.column('subject').doUpdateSet(columns))
    .execute();
}

/** Sweeps whose time has come, longest due first. */
export async function dueSweeps(db: Kysely<Tables>, now: number, limit: number): Promise<Sweep[]> {
  const rows = await db
    .selectFrom('sweeps')
    .selectAll()
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute();
  return rows.map(sweepOf);
}

/** Moves the next look on. False when somebody else has moved it already. */
export async function moveSweep(
  db: Kysely<Tables>,
  { subject, nextAt }: Sweep,
  to: number,
): Promise<boolean> {
  const result = await db
    .updateTable('sweeps')
    .set({ next_at: to })
    .where('subject', '=', subject)
    .where('next_at', '=', nextAt)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** How many subjects are watched, and when the next one is looked at. */
export async function watchedSweeps(
  db: Kysely<Tables>,
): Promise<{ readonly watched: number; readonly next: number | null }> {
  const row = await db
    .selectFrom('sweeps')
    .select((count) => count.fn.countAll<number>().as('watched'))
    .select((min) => min.fn.min('next_at').as('next'))
    .where('next_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return { watched: row.watched, next: row.next };
}
