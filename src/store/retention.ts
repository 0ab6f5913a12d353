import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { UNSETTLED } from '../domain/action.ts';
import { firstIdAt } from '../lib/ids.ts';
import { readNote, writeNote } from './notes.ts';
import type { Store } from './open.ts';
import type { Tables } from './tables.ts';

/** How long what people wrote is kept, in milliseconds. */
export interface RetentionSettings {
  /** Raw bodies and headers of deliveries. */
  readonly bodiesMs: number;
  /** What a model was shown: the contexts of cycles. */
  readonly promptsMs: number;
}

/** What was removed since the first start, and when last. */
export const RetentionState = z.object({
  at: z.number().nullable(),
  bodies: z.number(),
  bytes: z.number(),
  prompts: z.number(),
  /** Up to which cycle every context is gone or has to stay. */
  cycle: z.string(),
});
export type RetentionState = z.infer<typeof RetentionState>;

const NOTE = 'retention';
const BATCH = 200;
const MOST_BATCHES = 50;

/** What retention has removed so far. */
export async function readRetention(db: Kysely<Tables>): Promise<RetentionState> {
  const note = await readNote(db, NOTE);
  if (note === null) return { at: null, bodies: 0, bytes: 0, prompts: 0, cycle: '' };
  return RetentionState.parse(JSON.parse(note));
}

/** What one pass has removed. */
export interface Removed {
  readonly bodies: number;
  readonly bytes: number;
  readonly prompts: number;
}

/**
 * Removes what is older than the settings say, in small commits that let others write in between, and only so much at once.
 * Keys, verdicts and journal stay for good; so do the bodies of what could not be read and of what is not settled. What was
 * removed is counted and journaled.
 */
export async function applyRetention(store: Store, settings: RetentionSettings): Promise<Removed> {
  const now = store.clock.now();
  const { bodies, bytes } = await removeBodies(store, now - settings.bodiesMs);
  const { prompts, cycle } = await removePrompts(store, now - settings.promptsMs);
  const removed = { bodies, bytes, prompts };
  await store.write(async ({ db, journal }) => {
    const before = await readRetention(db);
    if (bodies + prompts === 0 && before.cycle === cycle) return;
    const state: RetentionState = {
      at: now,
      bodies: before.bodies + bodies,
      bytes: before.bytes + bytes,
      prompts: before.prompts + prompts,
      cycle,
    };
    await writeNote(db, NOTE, JSON.stringify(state));
    if (bodies + prompts === 0) return;
    journal({ kind: 'retention.applied', subject: null, cycle: null, data: removed });
  });
  return removed;
}

async function removeBodies(
  store: Store,
  before: number,
): Promise<Pick<Removed, 'bodies' | 'bytes'>> {
  let [after, bodies, bytes] = [0, 0, 0];
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const oldest = await oldestBodies(store.db, after);
    const old = oldest.filter(({ received_at: at }) => at < before);
    const gone = await settledOnes(store.db, old);
    if (gone.length > 0) {
      const seqs = gone.map(({ seq }) => seq);
      await store.write(({ db }) =>
        db.deleteFrom('delivery_bodies').where('seq', 'in', seqs).execute(),
      );
    }
    bodies += gone.length;
    bytes += gone.reduce((sum, one) => sum + one.bytes, 0);
    after = oldest.at(-1)?.seq ?? after;
    // They come in the order of their arrival: behind a young one are no old ones.
    if (old.length < BATCH) break;
  }
  return { bodies, bytes };
}

interface OldBody {
  readonly seq: number;
  readonly id: string;
  readonly state: string;
  readonly bytes: number;
  readonly received_at: number;
}

async function oldestBodies(db: Kysely<Tables>, after: number): Promise<readonly OldBody[]> {
  return await db
    .selectFrom('delivery_bodies')
    .innerJoin('deliveries', 'deliveries.seq', 'delivery_bodies.seq')
    .select(['deliveries.seq', 'id', 'state', 'bytes', 'received_at'])
    .where('delivery_bodies.seq', '>', after)
    .orderBy('delivery_bodies.seq')
    .limit(BATCH)
    .execute();
}

/** Without those that were not read, and those whose events or actions are not at their end. */
async function settledOnes(
  db: Kysely<Tables>,
  old: readonly OldBody[],
): Promise<readonly OldBody[]> {
  const read = old.filter(({ state }) => state === 'read');
  if (read.length === 0) return [];
  const open = await db
    .selectFrom('events')
    .select('delivery')
    .where(
      'delivery',
      'in',
      read.map(({ id }) => id),
    )
    .where((row) =>
      row.or([
        row('state', 'in', ['waiting', 'taken', 'dead']),
        row.exists(
          row
            .selectFrom('actions')
            .select('actions.id')
            .whereRef('actions.cycle', '=', 'events.cycle')
            .where('actions.state', 'in', [...UNSETTLED, 'unknown']),
        ),
      ]),
    )
    .execute();
  const stays = new Set(open.map(({ delivery }) => delivery));
  return read.filter(({ id }) => !stays.has(id));
}

async function removePrompts(
  store: Store,
  before: number,
): Promise<{ readonly prompts: number; readonly cycle: string }> {
  let { cycle } = await readRetention(store.db);
  let prompts = 0;
  let isStuck = false;
  for (let batch = 0, from = cycle; batch < MOST_BATCHES; batch += 1) {
    const old = await oldCycles(store.db, { from, to: firstIdAt(before) });
    const gone = old.filter(({ is_open: isOpen }) => isOpen === 0).map(({ id }) => id);
    if (gone.length > 0) {
      await store.write(({ db }) =>
        db.updateTable('cycles').set({ context: null }).where('id', 'in', gone).execute(),
      );
    }
    prompts += gone.length;
    from = old.at(-1)?.id ?? from;
    // What has to stay is looked at again the next time.
    isStuck ||= gone.length < old.length;
    if (!isStuck) cycle = from;
    if (old.length < BATCH) break;
  }
  return { prompts, cycle };
}

async function oldCycles(
  db: Kysely<Tables>,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly { readonly id: string; readonly is_open: number }[]> {
  return await db
    .selectFrom('cycles')
    .select('id')
    .select((row) =>
      row
        .case()
        .when('state', '=', 'open')
        .then(sql.lit(1))
        .when(
          row.exists(
            row
              .selectFrom('actions')
              .select('actions.id')
              .whereRef('actions.cycle', '=', 'cycles.id')
              .where('actions.state', 'in', [...UNSETTLED, 'unknown']),
          ),
        )
        .then(sql.lit(1))
        .else(sql.lit(0))
        .end()
        .as('is_open'),
    )
    .where('id', '>', from)
    .where('id', '<', to)
    .where('context', 'is not', null)
    .orderBy('id')
    .limit(BATCH)
    .execute();
}
