import type { Kysely } from 'kysely';
import { firstIdAt } from '../lib/ids.ts';
import type { Tables } from './tables.ts';

/** How many actions of each state were made since an instant. */
export async function actionsSince(
  db: Kysely<Tables>,
  since: number,
): Promise<Readonly<Record<string, number>>> {
  const rows = await db
    .selectFrom('actions')
    .select('state')
    .select((count) => count.fn.countAll<number>().as('total'))
    // Ids sort by time, and they have an index.
    .where('id', '>=', firstIdAt(since))
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.state, row.total]));
}
