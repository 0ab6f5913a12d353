import type { Kysely } from 'kysely';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { wakeDeferred } from '../store/actions.ts';
import { readNote, writeNote } from '../store/notes.ts';
import type { Store } from '../store/open.ts';
import type { Tables } from '../store/tables.ts';

const NOTE = 'paused-until';

/** Until when nothing may leave (epoch milliseconds); `null` when the agent is not paused. */
export async function pausedUntil(db: Kysely<Tables>, now: number): Promise<number | null> {
  const kept = await readNote(db, NOTE);
  const until = kept === null || kept === '' ? 0 : Number(kept);
  return until > now ? until : null;
}

export interface PauseParts {
  readonly store: Store;
  readonly clock: Clock;
}

/** Stops everything that goes out until an instant; listening goes on. */
export async function pause(
  parts: PauseParts,
  given: { readonly until: number; readonly by: string },
): Promise<void> {
  await parts.store.write(async ({ db, journal }) => {
    await writeNote(db, NOTE, String(given.until));
    const data = { until: iso(given.until), by: given.by };
    journal({ kind: 'agent.paused', subject: null, cycle: null, data });
  });
}

/** Ends a pause: what was deferred by it is judged again now. */
export async function resume(parts: PauseParts, by: string): Promise<{ readonly woken: number }> {
  const now = parts.clock.now();
  return await parts.store.write(async ({ db, journal }) => {
    await writeNote(db, NOTE, '');
    const woken = await wakeDeferred(db, { rule: 'paused', now });
    journal({ kind: 'agent.resumed', subject: null, cycle: null, data: { by, woken } });
    return { woken };
  });
}
