import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A fact, or the copy of one that a ticket gets. */
interface Copied {
  /** Key of the original. */
  readonly copyOf?: string;
  /** Epoch milliseconds. */
  readonly keptAt: number;
}

const LATE_COPY_MS = 24 * 3_600_000;

/** What is read again months later may name other tickets than it did: that is no news for them. */
export async function withoutLateCopies<Item extends Copied>(
  db: Kysely<Tables>,
  seen: readonly Item[],
): Promise<readonly Item[]> {
  const originals = new Set(seen.flatMap(({ copyOf }) => copyOf ?? []));
  if (originals.size === 0) return seen;
  const rows = await db
    .selectFrom('events')
    .select(['key', 'kept_at'])
    .where('key', 'in', [...originals])
    .execute();
  const since = new Map(rows.map((row) => [row.key, row.kept_at]));
  return seen.filter(({ copyOf = '', keptAt }) => {
    return keptAt - (since.get(copyOf) ?? keptAt) < LATE_COPY_MS;
  });
}
