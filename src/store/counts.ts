import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** How many rows of a table stand in each state; costs the same however many there are. */
export async function countByState(
  db: Kysely<Tables>,
  table: 'deliveries' | 'events' | 'cycles' | 'actions',
): Promise<Readonly<Record<string, number>>> {
  const rows = await db
    .selectFrom('tallies')
    .select(['state', 'total'])
    .where('place', '=', table)
    .where('total', '>', 0)
    .execute();
  return Object.fromEntries(rows.map((row) => [row.state, row.total]));
}

/** Mailboxes that have mail or an open cycle. */
export async function waitingMailboxes(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('mailboxes')
    .select((count) => count.fn.countAll<number>().as('total'))
    .where('due_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return row.total;
}
