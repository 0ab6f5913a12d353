import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Account } from '../domain/person.ts';
import type { Tables } from './tables.ts';

/** Keeps accounts, each once; what its system tells now replaces what it told before. */
export async function keepAccounts(
  db: Kysely<Tables>,
  accounts: readonly Account[],
  now: number,
): Promise<void> {
  if (accounts.length === 0) return;
  // One statement may change a row once only.
  const once = new Map(accounts.map((one) => [`${one.system}\n${one.account}`, one]));
  const rows = [...once.values()].map(({ joinedBy, ...account }) => ({
    ...account,
    joined_by: joinedBy,
    looked_up_at: now,
  }));
  await db
    .insertInto('accounts')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['system', 'account']).doUpdateSet({
        person: sql`excluded.person`,
        name: sql`excluded.name`,
        email: sql`excluded.email`,
        zone: sql`excluded.zone`,
        kind: sql`excluded.kind`,
        joined_by: sql`excluded.joined_by`,
        looked_up_at: sql`excluded.looked_up_at`,
      }),
    )
    .execute();
}

/** Every account that is known. */
export async function allAccounts(db: Kysely<Tables>): Promise<Account[]> {
  const rows = await db
    .selectFrom('accounts')
    .select(['system', 'account', 'person', 'name', 'email', 'zone', 'kind', 'joined_by'])
    .orderBy('system')
    .orderBy('account')
    .execute();
  return rows.map(({ joined_by: joinedBy, ...row }) => ({ ...row, joinedBy }));
}
