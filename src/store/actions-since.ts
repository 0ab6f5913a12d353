import type { Kysely } from 'kysely';
import { firstIdAt } from '../lib/ids.ts';
import type { Tables } from './tables.ts';

/** How many actions of each of these states were made since an instant; a state without any is left out. */
export async function actionsSince(
  db: Kysely<Tables>,
  since: number,
  states: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const rows = await db
    .selectFrom('actions')
    .select('state')
    .select((count) => count.fn.countAll<number>().as('total'))
    // Ids sort by time; with the states named, the index leads straight to what is counted.
    .where('state', 'in', states)
    .where('id', '>=', firstIdAt(since))
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.state, row.total]));
}
