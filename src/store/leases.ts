import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Who wants to run what only one process may run. */
export interface LeaseRequest {
  readonly name: string;
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
}

/**
 * Takes a lease that is free or has run out, or makes the own one last longer. Returns its fence, which grows with every
 * change of hands; null when somebody else holds it.
 */
export async function takeLease(
  db: Kysely<Tables>,
  { name, owner, now, leaseMs }: LeaseRequest,
): Promise<number | null> {
  const row = await db
    .insertInto('leases')
    .values({ name, owner, fence: 1, until: now + leaseMs })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({
          owner: sql`excluded.owner`,
          until: sql`excluded.until`,
          fence: sql`case when leases.owner = excluded.owner then leases.fence else leases.fence + 1 end`,
        })
        .where((own) => own.or([own('leases.owner', '=', owner), own('leases.until', '<=', now)])),
    )
    .returning('fence')
    .executeTakeFirst();
  return row?.fence ?? null;
}

/** Gives the own lease back, so that who stands by need not wait for its end. */
export async function giveLeaseBack(
  db: Kysely<Tables>,
  { name, owner }: Pick<LeaseRequest, 'name' | 'owner'>,
): Promise<void> {
  await db
    .updateTable('leases')
    .set({ until: 0 })
    .where('name', '=', name)
    .where('owner', '=', owner)
    .execute();
}
