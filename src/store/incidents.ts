import type { Kysely } from 'kysely';
import { firstIdAt } from '../lib/ids.ts';
import type { Tables } from './tables.ts';

/** Things that have gone wrong for good since an instant. */
export interface Incidents {
  readonly count: number;
  /** Newest first, a few of them. */
  readonly ids: readonly string[];
}

interface Wanted {
  readonly table: 'actions' | 'cycles';
  readonly state: 'unknown' | 'failed';
  /** Epoch milliseconds: only what was made after it is looked at. */
  readonly since: number;
}

const MOST = 100;
const SHOWN = 3;

/** Actions or cycles that ended in a state; at most a hundred are counted. */
export async function incidentsSince(db: Kysely<Tables>, wanted: Wanted): Promise<Incidents> {
  const rows = await db
    .selectFrom(wanted.table)
    .select('id')
    // Ids sort by time, and they have an index.
    .where('id', '>=', firstIdAt(wanted.since))
    .where('state', '=', wanted.state)
    .orderBy('id', 'desc')
    .limit(MOST)
    .execute();
  return { count: rows.length, ids: rows.slice(0, SHOWN).map(({ id }) => id) };
}

/** A source of which scopes have failed to be polled several times in a row. */
export interface FailingPolls {
  readonly source: string;
  readonly scopes: number;
}

/** Sources with scopes that failed at least so often in a row. */
export async function pollsFailing(
  db: Kysely<Tables>,
  leastFailures: number,
): Promise<FailingPolls[]> {
  return await db
    .selectFrom('polls')
    .select('source')
    .select((count) => count.fn.countAll<number>().as('scopes'))
    .where('next_at', 'is not', null)
    .where('failures', '>=', leastFailures)
    .groupBy('source')
    .orderBy('source')
    .execute();
}
