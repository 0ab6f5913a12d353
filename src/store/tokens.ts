import type { Kysely } from 'kysely';
import { iso } from '../lib/clock.ts';
import type { Tables } from './tables.ts';

export interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** SHA-256 of the token; the token itself is never kept. */
  readonly hash: string;
  readonly now: number;
}

export async function addToken(db: Kysely<Tables>, token: NewToken): Promise<void> {
  await db
    .insertInto('tokens')
    .values({
      id: token.id,
      name: token.name,
      role: token.role,
      hash: token.hash,
      created_at: token.now,
      revoked_at: null,
    })
    .execute();
}

/** The role of a live token by its hash. */
export async function tokenByHash(
  db: Kysely<Tables>,
  hash: string,
): Promise<{ id: string; name: string; role: string } | undefined> {
  return await db
    .selectFrom('tokens')
    .select(['id', 'name', 'role'])
    .where('hash', '=', hash)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

/** Ends a token by id or name. Returns how many were ended. */
export async function revokeToken(db: Kysely<Tables>, named: string, now: number): Promise<number> {
  const result = await db
    .updateTable('tokens')
    .set({ revoked_at: now })
    .where((row) => row.or([row('id', '=', named), row('name', '=', named)]))
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

export async function listTokens(db: Kysely<Tables>): Promise<TokenRow[]> {
  const rows = await db.selectFrom('tokens').selectAll().orderBy('created_at').execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: iso(row.created_at),
    revokedAt: row.revoked_at === null ? null : iso(row.revoked_at),
  }));
}
