import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Columns of an event that say where the mail of a cycle came from. */
export const MAIL_ROW = ['cycle', 'seq', 'delivery', 'kept_at'] as const;

export interface MailRow {
  readonly cycle: string | null;
  readonly seq: number;
  readonly delivery: string | null;
  readonly kept_at: number;
}

/** The mail of cycles that go on: few, after a wait or a crash. */
export async function mailGoingOn(
  db: Kysely<Tables>,
  cycles: readonly string[],
): Promise<MailRow[]> {
  if (cycles.length === 0) return [];
  return await db.selectFrom('events').select(MAIL_ROW).where('cycle', 'in', cycles).execute();
}

/** Where the mail of a cycle came from, oldest first, and since when the oldest of it has waited. */
interface Origin {
  readonly deliveries: readonly string[];
  readonly waitedSince: number;
}

/** The origin of each cycle's mail. */
export function originsOf(rows: readonly MailRow[]): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const { cycle, delivery, kept_at: keptAt } of rows.toSorted((a, b) => a.seq - b.seq)) {
    if (cycle === null) continue;
    const { deliveries = [], waitedSince = keptAt } = origins.get(cycle) ?? {};
    const isNew = delivery !== null && !deliveries.includes(delivery);
    origins.set(cycle, {
      deliveries: isNew ? [...deliveries, delivery] : deliveries,
      waitedSince: Math.min(waitedSince, keptAt),
    });
  }
  return origins;
}
