import { describe, expect, test } from 'vitest';
import { commentEvent, newEvent } from '../../test/helpers/events.ts';
import { postgresAnswers, temporaryPostgres } from '../../test/helpers/postgres.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Action } from '../domain/action.ts';
import { iso } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { addActions } from './actions.ts';
import {
  deliveriesByIds,
  findDelivery,
  keepDeliveries,
  markRead,
  quarantine,
} from './deliveries.ts';
import { endEvents, keepEvents } from './events.ts';
import { listJournal, verifyJournal } from './journal.ts';
import { claimMailboxes, releaseMailbox, wakeMailboxes } from './mailboxes.ts';
import type { Store } from './open.ts';
import { applyRetention, readRetention } from './retention.ts';

const DAY_MS = 86_400_000;
const SETTINGS = { bodiesMs: 30 * DAY_MS, promptsMs: 30 * DAY_MS };

const STORES = [
  ['SQLite', temporaryStore],
  ...((await postgresAnswers()) ? ([['PostgreSQL', temporaryPostgres]] as const) : []),
] as const;

function actionIn(cycle: string, subject: string, state: Action['state']): Action {
  return {
    ...{ id: newId(), cycle, subject, ordinal: 0, operation: 'jira.add-comment', effect: 'write' },
    ...{ input: {}, digest: 'd', preview: 'p', reason: 'r', mode: 'ask', state, verdict: null },
    ...{ attempts: 0, answers: [], effectId: null, effectUrl: null, note: null, dueAt: null },
    ...{ createdAt: iso(0), sentAt: null, resendAfter: null, settledAt: null, purpose: 'answer' },
    ...{ askedBy: null, reaches: null, approval: null, directives: null, author: 'model' },
  };
}

/** One delivery, read into one event of its own subject, handled by one cycle with one action. */
async function handled(store: Store, n: number, state: Action['state']): Promise<string> {
  const now = store.clock.now();
  const [id, subject] = [newId(now), `jira:issue:ECD-${n}`];
  const body = new Uint8Array(100);
  const delivery = { id, source: 'jira', way: 'webhook' as const, deliveryId: `${n}`, body };
  await store.write(async ({ db }) => {
    await keepDeliveries(db, [{ ...delivery, receivedAt: now, headers: '{}' }]);
    const kept = await findDelivery(db, id);
    await markRead(db, [kept!.seq], new Map());
    await keepEvents(db, [{ ...newEvent(commentEvent(`${n}`, { subject }), now), delivery: id }]);
    await wakeMailboxes(db, [subject], now);
    const claim = { owner: 'w', now, leaseMs: 5, mode: 'ask', limit: 500 };
    const [mine] = await claimMailboxes(db, claim);
    const { cycle } = mine!;
    await releaseMailbox(db, mine!);
    await endEvents(db, cycle, 'settled');
    await db
      .updateTable('cycles')
      .set({ state: 'finished', context: '{"facts":[]}', thought: '{}' })
      .where('id', '=', cycle)
      .execute();
    await addActions(db, [actionIn(cycle, subject, state)]);
  });
  return id;
}

const contexts = async ({ db }: Store): Promise<number> =>
  (await db.selectFrom('cycles').select('id').where('context', 'is not', null).execute()).length;

describe.each(STORES)('retention on %s', (_, open) => {
  test('removes old bodies and contexts of what is settled, and nothing else', async () => {
    const clock = handClock();
    const store = await open(clock);
    const done = await handled(store, 1, 'done');
    const held = await handled(store, 2, 'held');
    const [odd, unread] = [newId(clock.now()), newId(clock.now())];
    await store.write(async ({ db }) => {
      const rows = [odd, unread].map((id) => ({
        ...{ id, source: 'jira', way: 'webhook' as const, deliveryId: id, headers: '{}' },
        ...{ receivedAt: clock.now(), body: new Uint8Array(7) },
      }));
      await keepDeliveries(db, rows);
      await quarantine(db, (await findDelivery(db, odd))!.seq, 'no JSON');
    });
    clock.move(31 * DAY_MS);
    const young = await handled(store, 3, 'done');

    const removed = await applyRetention(store, SETTINGS);

    expect(removed).toMatchObject({ bodies: 1, bytes: 100, prompts: 1 });
    expect(await findDelivery(store.db, done)).toBeUndefined();
    expect(await deliveriesByIds(store.db, [done])).toHaveLength(1);
    for (const id of [held, odd, unread, young]) {
      expect(await findDelivery(store.db, id)).toBeDefined();
    }
    expect(await contexts(store)).toBe(2);
    const { items } = await listJournal(store.db, { limit: 5, status: 'retention.applied' });
    expect(items.map(({ data }) => data)).toEqual([{ bodies: 1, bytes: 100, prompts: 1 }]);
    expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: null });
  });

  test('what had to stay goes once it is settled, and is counted on', async () => {
    const clock = handClock();
    const store = await open(clock);
    await handled(store, 1, 'held');
    await handled(store, 2, 'done');
    clock.move(31 * DAY_MS);
    await applyRetention(store, SETTINGS);
    await store.write(({ db }) => db.updateTable('actions').set({ state: 'declined' }).execute());

    expect(await applyRetention(store, SETTINGS)).toMatchObject({ bodies: 1, prompts: 1 });
    expect(await applyRetention(store, SETTINGS)).toMatchObject({ bodies: 0, prompts: 0 });
    expect(await readRetention(store.db)).toMatchObject({ bodies: 2, bytes: 200, prompts: 2 });
  });
});

test('many go in small commits', async () => {
  const clock = handClock();
  const store = await temporaryStore(clock);
  for (let n = 0; n < 450; n += 1) await handled(store, n, 'done');
  clock.move(31 * DAY_MS);

  expect(await applyRetention(store, SETTINGS)).toMatchObject({ bodies: 450, prompts: 450 });
});

test('what has to stay does not keep a pass from what comes behind it', async () => {
  const clock = handClock();
  const store = await temporaryStore(clock);
  for (let n = 0; n < 200; n += 1) await handled(store, n, 'held');
  clock.move(DAY_MS);
  for (let n = 200; n < 210; n += 1) await handled(store, n, 'done');
  clock.move(31 * DAY_MS);

  expect(await applyRetention(store, SETTINGS, { most: 1 })).toMatchObject({
    bodies: 0,
    prompts: 0,
  });
  expect(await applyRetention(store, SETTINGS, { most: 1 })).toMatchObject({
    bodies: 10,
    prompts: 10,
  });
  // And begins again at the oldest.
  await store.write(({ db }) => db.updateTable('actions').set({ state: 'declined' }).execute());
  expect(await applyRetention(store, SETTINGS, { most: 1 })).toMatchObject({
    bodies: 200,
    prompts: 200,
  });
});
