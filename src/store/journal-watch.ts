import type { Kysely } from 'kysely';
import { GENESIS, journalHead, verifyFrom } from './journal.ts';
import type { Tables } from './tables.ts';

const FIRST_LOOK = 2_000;

/**
 * Recomputes the chain of the newest entries at the first look, and of what was added since at each later one. Resolves with
 * the number of the first entry that does not fit, or null. It costs what was added; the whole chain is walked by
 * `pm-agent journal verify`.
 */
export function journalWatch(db: Kysely<Tables>): () => Promise<number | null> {
  let seen: { readonly seq: number; readonly hash: string } | null = null;
  let brokenAt: number | null = null;
  return async () => {
    if (brokenAt !== null) return brokenAt;
    if (seen === null) {
      const { seq } = await journalHead(db);
      const before = Math.max(0, seq - FIRST_LOOK);
      seen = { seq: before, hash: await hashAt(db, before) };
    }
    const report = await verifyFrom(db, seen);
    if (report.brokenAt === null) seen = { seq: report.entries, hash: report.head };
    brokenAt = report.brokenAt;
    return brokenAt;
  };
}

/** The hash that an entry claims to have: what comes after it has to go on from there. */
async function hashAt(db: Kysely<Tables>, seq: number): Promise<string> {
  if (seq === 0) return GENESIS;
  const row = await db
    .selectFrom('journal')
    .select('hash')
    .where('seq', '=', seq)
    .executeTakeFirst();
  return row?.hash ?? GENESIS;
}
