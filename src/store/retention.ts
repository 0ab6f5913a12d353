import { isDeepStrictEqual } from 'node:util';
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
  /** Up to which cycle every context is gone. */
  cycle: z.string(),
  /** Where a pass that did not come to the end goes on the next time; 0 and '' from the beginning. */
  nextBody: z.number().default(0),
  nextCycle: z.string().default(''),
});
export type RetentionState = z.infer<typeof RetentionState>;

const NOTE = 'retention';
const NOTHING_YET: RetentionState = {
  ...{ at: null, bodies: 0, bytes: 0, prompts: 0 },
  ...{ cycle: '', nextBody: 0, nextCycle: '' },
};
const BATCH = 200;
const MOST_BATCHES = 50;

/** What retention has removed so far. */
export async function readRetention(db: Kysely<Tables>): Promise<RetentionState> {
  const note = await readNote(db, NOTE);
  if (note === null) return NOTHING_YET;
  return RetentionState.parse(JSON.parse(note));
}

/** What one pass has removed. */
interface Removed {
  readonly bodies: number;
  readonly bytes: number;
  readonly prompts: number;
}

/** How far a pass goes: so many batches of 200, and not on after the signal. */
interface Reach {
  readonly most?: number;
  readonly signal?: AbortSignal;
}

/** What one pass has removed, and whether it came to the end of what is old. */
interface PassEnd extends Removed {
  readonly ended: { readonly bodies: boolean; readonly prompts: boolean };
}

/** Removes all that is older than the settings say, pass after pass, until the signal. */
export async function applyRetentionToEnd(
  store: Store,
  settings: RetentionSettings,
  reach: Reach = {},
): Promise<void> {
  let [bodies, prompts] = [false, false];
  while (!(bodies && prompts) && reach.signal?.aborted !== true) {
    const { ended } = await applyRetention(store, settings, reach);
    bodies ||= ended.bodies;
    prompts ||= ended.prompts;
  }
}

/**
 * Removes what is older than the settings say, in small commits that let others write in between, and only so much at once.
 * Keys, verdicts and journal stay for good; so do the bodies of what could not be read and of what is not settled. What was
 * removed is counted and journaled. The next pass goes on where this one ends, also past what has to stay.
 */
export async function applyRetention(
  store: Store,
  settings: RetentionSettings,
  { most = MOST_BATCHES, signal }: Reach = {},
): Promise<PassEnd> {
  const now = store.clock.now();
  const before = await readRetention(store.db);
  const pass = { most, signal };
  const some = await removeBodies(store, before, { before: now - settings.bodiesMs, ...pass });
  const others = await removePrompts(store, before, { before: now - settings.promptsMs, ...pass });
  const removed = { bodies: some.bodies, bytes: some.bytes, prompts: others.prompts };
  const end = { ...removed, ended: { bodies: some.isAtEnd, prompts: others.isAtEnd } };
  const { cycle, nextCycle } = others;
  const state: RetentionState = {
    at: now,
    bodies: before.bodies + removed.bodies,
    bytes: before.bytes + removed.bytes,
    prompts: before.prompts + removed.prompts,
    ...{ cycle, nextBody: some.nextBody, nextCycle },
  };
  if (isDeepStrictEqual({ ...state, at: before.at }, before)) return end;
  await store.write(async ({ db, journal }) => {
    await writeNote(db, NOTE, JSON.stringify(state));
    if (removed.bodies + removed.prompts === 0) return;
    journal({ kind: 'retention.applied', subject: null, cycle: null, data: removed });
  });
  return end;
}

/** What one pass takes: what is older than an instant (epoch milliseconds), in so many batches. */
interface Pass {
  readonly before: number;
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

interface AtEnd {
  readonly isAtEnd: boolean;
}

async function removeBodies(
  store: Store,
  { nextBody: from }: RetentionState,
  { before, most, signal }: Pass,
): Promise<Pick<Removed, 'bodies' | 'bytes'> & Pick<RetentionState, 'nextBody'> & AtEnd> {
  let [after, bodies, bytes] = [from, 0, 0];
  for (let batch = 0; batch < most && signal?.aborted !== true; batch += 1) {
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
    if (old.length < BATCH) return { bodies, bytes, nextBody: 0, isAtEnd: true };
  }
  return { bodies, bytes, nextBody: after, isAtEnd: false };
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
  { cycle: known, nextCycle }: RetentionState,
  { before, most, signal }: Pass,
): Promise<Pick<Removed, 'prompts'> & Pick<RetentionState, 'cycle' | 'nextCycle'> & AtEnd> {
  let [cycle, from, prompts] = [known, nextCycle === '' ? known : nextCycle, 0];
  let isStuck = nextCycle !== '';
  for (let batch = 0; batch < most && signal?.aborted !== true; batch += 1) {
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
    if (old.length < BATCH) return { prompts, cycle, nextCycle: '', isAtEnd: true };
  }
  return { prompts, cycle, nextCycle: isStuck ? from : '', isAtEnd: false };
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
