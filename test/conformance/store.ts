import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { keepDeliveries, keptDeliveries, listDeliveries } from '../../src/store/deliveries.ts';
import type { NewDelivery } from '../../src/store/deliveries.ts';
import { eventsOfCycle, keepEvents, listEvents } from '../../src/store/events.ts';
import { journalAfter, verifyJournal } from '../../src/store/journal.ts';
import {
  claimMailboxes,
  holdMailbox,
  nextDue,
  parkMailbox,
  releaseMailbox,
  wakeMailboxes,
} from '../../src/store/mailboxes.ts';
import type { Store } from '../../src/store/open.ts';
import { commentEvent, newEvent } from '../helpers/events.ts';
import { handClock } from '../helpers/store.ts';

const delivery = (deliveryId: string, body = '{}'): NewDelivery => ({
  id: newId(),
  source: 'jira',
  way: 'webhook',
  deliveryId,
  receivedAt: 1000,
  headers: '{}',
  body: Buffer.from(body),
});

const claimRequest = (now: number) => ({
  owner: 'worker-1',
  now,
  leaseMs: 10_000,
  mode: 'simulation',
  limit: 10,
});

const SUBJECT = 'jira:issue:ECD-12';

/** What every database must do. A second dialect runs the same suite. */
export function storeSuite(name: string, open: (clock?: Clock) => Promise<Store>): void {
  describe(`${name} keeps the store's contract`, () => {
    test('a delivery is kept with its bytes, and the same one again is counted', async () => {
      const store = await open();
      const bytes = Buffer.from([0, 255, 0xd8, 10]);
      const first = { ...delivery('a'), body: bytes };

      const fresh = await store.write(({ db }) => keepDeliveries(db, [first, delivery('b')]));
      const again = await store.write(({ db }) => keepDeliveries(db, [delivery('a')]));

      expect(fresh.has(first.id)).toBe(true);
      expect([...again]).not.toContain('a');
      const [kept] = await keptDeliveries(store.db, 10);
      expect(Buffer.from(kept!.body)).toEqual(bytes);
      const page = await listDeliveries(store.db, { limit: 10 });
      expect(page.items.map((row) => [row.deliveryId, row.redelivered])).toEqual([
        ['b', 0],
        ['a', 1],
      ]);
    });

    test('one unit of work that throws takes nothing of the others with it', async () => {
      const store = await open();

      const results = await Promise.allSettled([
        store.write(({ db }) => keepDeliveries(db, [delivery('a')])),
        store.write(async ({ db, journal }) => {
          await keepDeliveries(db, [delivery('lost')]);
          journal({ kind: 'test.lost', subject: null, cycle: null, data: {} });
          throw new Error('on purpose');
        }),
        store.write(async ({ db, journal }) => {
          await keepDeliveries(db, [delivery('b')]);
          journal({ kind: 'test.kept', subject: null, cycle: null, data: { n: 1 } });
        }),
      ]);

      expect(results.map((result) => result.status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      const page = await listDeliveries(store.db, { limit: 10 });
      expect(page.items.map((row) => row.deliveryId)).toEqual(['b', 'a']);
      const journal = await journalAfter(store.db, 0, 10);
      expect(journal.map((entry) => entry.kind)).toEqual(['test.kept']);
    });

    test('the same fact by two ways is one event and two sightings', async () => {
      const store = await open();
      const event = commentEvent('7');

      await store.write(({ db }) => keepEvents(db, [newEvent(event, 1), newEvent(event, 1)]));
      const fresh = await store.write(({ db }) =>
        keepEvents(db, [{ ...newEvent(event, 2), way: 'poll' }]),
      );

      expect(fresh.size).toBe(0);
      expect((await listEvents(store.db, { limit: 10 })).total).toBe(1);
      const { count } = await sql<{ count: number }>`select count(*) as count from sightings`
        .execute(store.db)
        .then((result) => result.rows[0]!);
      expect(count).toBe(3);
    });

    test('a mailbox is claimed once, in order, with all its mail', async () => {
      const store = await open();
      const later = commentEvent('2', { at: '2026-03-02T09:01:00.000Z' });
      const earlier = commentEvent('1', { at: '2026-03-02T09:00:00.000Z' });
      await store.write(async ({ db }) => {
        await keepEvents(db, [newEvent(later, 5), newEvent(earlier, 5)]);
        await wakeMailboxes(db, [SUBJECT, SUBJECT], 100);
      });

      expect(await store.write(({ db }) => claimMailboxes(db, claimRequest(99)))).toEqual([]);
      const [claim] = await store.write(({ db }) => claimMailboxes(db, claimRequest(100)));
      const second = await store.write(({ db }) => claimMailboxes(db, claimRequest(100)));

      expect(second).toEqual([]);
      const events = await eventsOfCycle(store.db, claim!.cycle);
      expect(events.map((event) => event.key)).toEqual([earlier.key, later.key]);
    });

    test('a worker that lost its lease can change nothing', async () => {
      const store = await open();
      await store.write(async ({ db }) => {
        await keepEvents(db, [newEvent(commentEvent('1'), 5)]);
        await wakeMailboxes(db, [SUBJECT], 0);
      });
      const [stale] = await store.write(({ db }) => claimMailboxes(db, claimRequest(0)));
      const [current] = await store.write(({ db }) => claimMailboxes(db, claimRequest(10_000)));

      expect(current!.cycle).toBe(stale!.cycle);
      expect(current!.resumed).toBe(true);
      const late = store.write(({ db }) => holdMailbox(db, stale!, 99_999));
      await expect(late).rejects.toMatchObject({ kind: 'lease-lost' });
      await expect(late).rejects.toBeInstanceOf(Failure);
      const end = store.write(({ db }) => releaseMailbox(db, stale!));
      await expect(end).rejects.toMatchObject({ kind: 'lease-lost' });
      await store.write(({ db }) => holdMailbox(db, current!, 99_999));
    });

    test('mail that comes during a cycle is due right after it', async () => {
      const store = await open();
      await store.write(async ({ db }) => {
        await keepEvents(db, [newEvent(commentEvent('1'), 5)]);
        await wakeMailboxes(db, [SUBJECT], 0);
      });
      const [claim] = await store.write(({ db }) => claimMailboxes(db, claimRequest(0)));
      await store.write(async ({ db }) => {
        await keepEvents(db, [newEvent(commentEvent('2'), 7)]);
        await wakeMailboxes(db, [SUBJECT], 9);
      });

      expect(await nextDue(store.db)).toBe(10_000);
      await store.write(({ db }) => releaseMailbox(db, claim!));
      expect(await nextDue(store.db)).toBe(7);
      const [next] = await store.write(({ db }) => claimMailboxes(db, claimRequest(10)));
      expect((await eventsOfCycle(store.db, next!.cycle)).map((event) => event.message)).toEqual([
        'jira:comment:2',
      ]);
    });

    test('a parked cycle goes on with its own mail and leaves later mail waiting', async () => {
      const store = await open();
      await store.write(async ({ db }) => {
        await keepEvents(db, [newEvent(commentEvent('1'), 5)]);
        await wakeMailboxes(db, [SUBJECT], 0);
      });
      const [claim] = await store.write(({ db }) => claimMailboxes(db, claimRequest(0)));
      const pause = { dueAt: 500, attempts: 1, error: 'timeout' };
      await store.write(({ db }) => parkMailbox(db, claim!, pause));
      await store.write(async ({ db }) => {
        await keepEvents(db, [newEvent(commentEvent('2'), 7)]);
        await wakeMailboxes(db, [SUBJECT], 9);
      });

      expect(await store.write(({ db }) => claimMailboxes(db, claimRequest(499)))).toEqual([]);
      const [resumed] = await store.write(({ db }) => claimMailboxes(db, claimRequest(500)));
      expect(resumed).toMatchObject({ cycle: claim!.cycle, resumed: true, attempts: 1 });
      expect(await eventsOfCycle(store.db, claim!.cycle)).toHaveLength(1);
    });

    test('the journal is one chain that shows a change, a cut and a re-hash', async () => {
      const clock = handClock();
      const store = await open(clock);
      for (let n = 1; n <= 20; n += 1) {
        await store.write(({ journal }) => {
          journal({ kind: 'test.line', subject: null, cycle: null, data: { n } });
          return Promise.resolve();
        });
      }
      expect(await verifyJournal(store.db)).toMatchObject({ entries: 20, brokenAt: null });

      await sql`update journal set data = '{"n":99}' where seq = 7`.execute(store.db);
      expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: 7 });

      await sql`update journal set data = '{"n":7}' where seq = 7`.execute(store.db);
      expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: null });
      await sql`delete from journal where seq = 12`.execute(store.db);
      expect(await verifyJournal(store.db)).toMatchObject({ brokenAt: 13 });
    });
  });
}
