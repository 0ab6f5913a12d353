import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/domain/failure.ts';
import type { Urgency } from '../../src/domain/plan.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { allAccounts, keepAccounts } from '../../src/store/accounts.ts';
import { listActions } from '../../src/store/actions.ts';
import { countGaps, countSeen, noteGap, pushDelays } from '../../src/store/completeness.ts';
import { countByState } from '../../src/store/counts.ts';
import { listCycles } from '../../src/store/cycles.ts';
import {
  keepDeliveries,
  keptDeliveries,
  listDeliveries,
  markRead,
} from '../../src/store/deliveries.ts';
import type { NewDelivery } from '../../src/store/deliveries.ts';
import { eventsOfCycle, keepEvents, listEvents, versionsOf } from '../../src/store/events.ts';
import { journalAfter, listJournal, verifyJournal } from '../../src/store/journal.ts';
import {
  claimMailboxes,
  holdMailbox,
  nextDue,
  parkMailbox,
  releaseMailbox,
  wakeMailboxes,
} from '../../src/store/mailboxes.ts';
import { addModelCall, modelCallsOfCycle, spend } from '../../src/store/model-calls.ts';
import { readNote, writeNote } from '../../src/store/notes.ts';
import type { Store } from '../../src/store/open.ts';
import type { Work } from '../../src/store/writer.ts';
import { beginPolls, claimPoll, nextPoll, pollNow, pollSucceeded } from '../../src/store/polls.ts';
import { saveSweep } from '../../src/store/sweeps.ts';
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

/** An open store of a test, and the way to open the same one once more. */
export type StoreForTest = Store & { readonly reopen: () => Promise<Store> };
export type OpenForTest = (clock?: Clock) => Promise<StoreForTest>;

/** What every database must do. A second dialect runs the same suite. */
export function storeSuite(name: string, open: OpenForTest): void {
  describe(`${name} keeps the store's contract`, () => {
    test('a delivery is kept with its bytes, and the same one again is counted', async () => {
      const store = await open();
      const bytes = Buffer.from([0, 255, 0xd8, 10]);
      const first = { ...delivery('a'), body: bytes };

      const fresh = await store.write(({ db }) => keepDeliveries(db, [first, delivery('b')]));
      const again = await store.write(({ db }) => keepDeliveries(db, [delivery('a')]));

      expect(fresh.has(first.id)).toBe(true);
      expect([...again]).not.toContain('a');
      const [kept] = (await keptDeliveries(store.db, 10)).deliveries;
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

    test.for<[string, (work: Work) => Promise<unknown>, object]>([
      ['an error', () => Promise.reject(new TypeError('no')), { name: 'TypeError', message: 'no' }],
      ['a failure', () => Promise.reject(new Failure('conflict', 'no')), { kind: 'conflict' }],
      [
        'a constraint',
        ({ db }) => sql`insert into notes (name, value) values ('n', null)`.execute(db),
        { message: expect.stringMatching(/not[ -]null/i) as string },
      ],
      [
        'a line that cannot be journaled',
        async ({ db, journal }) => {
          await writeNote(db, 'lost', 'x');
          journal({ kind: 'test.odd', subject: null, cycle: null, data: { n: 1n } });
        },
        { message: expect.stringMatching(/bigint/i) as string },
      ],
    ])('%s of a unit of work is told as it is, alone and in company', async ([, fault, told]) => {
      const store = await open();

      const alone = await store.write(fault).catch((error: unknown) => error);
      const results = await Promise.allSettled([
        store.write(({ db }) => writeNote(db, 'a', '1')),
        store.write(fault),
        store.write(({ db }) => writeNote(db, 'b', '2')),
      ]);

      expect(alone).toMatchObject(told);
      expect(results[1]).toMatchObject({ status: 'rejected', reason: told });
      expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(
        (alone as Error).constructor,
      );
      const found = ['a', 'b', 'lost'].map((name) => readNote(store.db, name));
      expect(await Promise.all(found)).toEqual(['1', '2', null]);
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

    test('urgent mailboxes are claimed first, and age lifts the others above them', async () => {
      const store = await open();
      const MINUTE = 60_000;
      const mailed = async (subject: string, level: Urgency | null, at: number) => {
        await store.write(async ({ db }) => {
          const checked = { rules: [], calm: 0, checkedAt: 0, nextAt: null };
          if (level !== null) await saveSweep(db, { subject, level, ...checked });
          await keepEvents(db, [newEvent(commentEvent(subject, { subject }), at)]);
          await wakeMailboxes(db, [subject], at);
        });
      };
      const claimed = async (now: number, limit: number) => {
        const request = { ...claimRequest(now), limit };
        const claims = await store.write(({ db }) => claimMailboxes(db, request));
        return claims.map(({ subject }) => subject);
      };
      const now = 60 * MINUTE;
      await mailed('jira:issue:OLD', 'low', now - 16 * MINUTE);
      await mailed('jira:issue:LOW', 'low', now - 3 * MINUTE);
      await mailed('jira:issue:NEW', null, now - 1);
      await mailed('jira:issue:HIGH', 'high', now - 1);
      await mailed('pm:approval:1', null, now - 2);
      await mailed('jira:issue:CRITICAL', 'critical', now);
      await mailed('jira:issue:LATER', 'critical', now + 1);

      expect(await claimed(now, 2)).toEqual(['jira:issue:OLD', 'jira:issue:CRITICAL']);
      expect(await claimed(now, 2)).toEqual(['pm:approval:1', 'jira:issue:HIGH']);
      expect(await claimed(now, 9)).toEqual(['jira:issue:LOW', 'jira:issue:NEW']);
      expect(await claimed(now + 1, 9)).toEqual(['jira:issue:LATER']);
    });

    test('a mailbox takes its place by how urgent it is when mail comes', async () => {
      const store = await open();
      const subjects = ['jira:issue:ECD-1', 'jira:issue:ECD-2'];
      const checked = { rules: [], calm: 0, checkedAt: 0, nextAt: null };
      await store.write(async ({ db }) => {
        const events = subjects.map((subject) => newEvent(commentEvent(subject, { subject }), 10));
        await keepEvents(db, events);
        await wakeMailboxes(db, subjects, 10);
        await saveSweep(db, { subject: subjects[1]!, level: 'critical', ...checked });
        await wakeMailboxes(db, [subjects[1]!], 20);
      });

      const request = { ...claimRequest(20), limit: 1 };
      const [claim] = await store.write(({ db }) => claimMailboxes(db, request));

      expect(claim?.subject).toBe(subjects[1]);
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

    test('a ticket that is named a day after a fact was known gets no copy of it', async () => {
      const store = await open();
      const day = 24 * 3_600_000;
      const original = commentEvent('1');
      const copy = (at: number, subject: string) => ({
        ...newEvent({ ...original, key: `${original.key}@${subject}`, subject }, at),
        copyOf: original.key,
      });
      const keep = (...seen: Parameters<typeof keepEvents>[1]) =>
        store.write(({ db }) => keepEvents(db, seen));

      const first = await keep(newEvent(original, 1000), copy(1000, 'jira:issue:ECD-1'));
      const soon = await keep(newEvent(original, day), copy(day, 'jira:issue:ECD-2'));
      const late = await keep(newEvent(original, 1000 + day), copy(1000 + day, 'jira:issue:ECD-3'));

      expect([first.size, soon.size, late.size]).toEqual([2, 1, 0]);
    });

    test('one commit journals more than one statement can take', async () => {
      const store = await open();
      const many = 10_001;

      await store.write(({ journal }) => {
        for (let n = 0; n < many; n += 1) {
          journal({ kind: 'test.line', subject: null, cycle: null, data: { n } });
        }
        return Promise.resolve();
      });

      expect(await verifyJournal(store.db)).toMatchObject({ entries: many, brokenAt: null });
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

    test('text with NUL reads back as it was, half a surrogate as the sign for it', async () => {
      const store = await open();
      const odd = 'a\0b\uFDD0c\uFDD00\uFDD1\u{1F600}\\u0000';
      await store.write(({ db }) => writeNote(db, odd, `${odd}\ud83d!`));
      await store.write(({ db }) => writeNote(db, odd.replace('\0', ''), 'another'));

      expect(await readNote(store.db, odd)).toBe(`${odd}\ufffd!`);
    });

    test('events and journal keep NUL and half surrogates, and the chain still holds', async () => {
      const store = await open();
      const text = 'zero \0 and half \ud83d of it';
      const event = commentEvent('1', { text });
      await store.write(async ({ db, journal }) => {
        await keepEvents(db, [newEvent(event, 1)]);
        await wakeMailboxes(db, [SUBJECT], 0);
        journal({ kind: 'test.odd', subject: SUBJECT, cycle: 'c\0', data: { text } });
      });

      const [claim] = await store.write(({ db }) => claimMailboxes(db, claimRequest(0)));

      expect(claim!.events).toEqual([event]);
      const [entry] = await journalAfter(store.db, 0, 1);
      expect(entry).toMatchObject({ cycle: 'c\0', data: { text } });
      expect(await verifyJournal(store.db)).toMatchObject({ entries: 1, brokenAt: null });
    });

    test('ranges of keys go by their characters, not by a language', async () => {
      const store = await open();
      const keys = ['jira:comment:1:created', 'jira:comment:1:Z', 'jira:comment:10:created'];
      const events = keys.map((key) => newEvent(commentEvent(key, { key }), 1));
      await store.write(({ db }) => keepEvents(db, events));

      const found = await versionsOf(store.db, 'jira:comment:1');

      expect(found.map(({ key }) => key).sort()).toEqual([keys[1], keys[0]]);
      const rows = await store.db.selectFrom('events').select('key').orderBy('key').execute();
      expect(rows.map(({ key }) => key)).toEqual([keys[2], keys[1], keys[0]]);
    });

    test('numbers come back as numbers: instants, counts, sums and money', async () => {
      const store = await open();
      const at = Date.parse('2026-03-02T09:00:00.123Z');
      const usage = { model: 'm', inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
      const call = { cycle: 'c', at, outcome: 'ok', durationMs: 5 };
      for (const costUsd of [0.1, 0.2, null]) {
        const made = { ...call, usage: { ...usage, outputTokens: 2, costUsd } };
        await store.write(({ db }) => addModelCall(db, made));
      }

      const spent = await spend(store.db, at);

      expect(spent).toEqual({ calls: 3, usd: 0.1 + 0.2, todayUsd: 0.1 + 0.2 });
      expect((await modelCallsOfCycle(store.db, 'c'))[0]!.at).toBe('2026-03-02T09:00:00.123Z');
    });

    test('an account that is named twice at once is kept once, as it was told last', async () => {
      const store = await open();
      const mia = {
        system: 'jira',
        account: 'a1',
        person: 'member:mia',
        name: 'Mia',
        email: null,
        zone: null,
        kind: 'person',
        joinedBy: 'configured',
      } as const;
      await store.write(({ db }) => keepAccounts(db, [mia, { ...mia, name: 'Mia Sander' }], 5));
      await store.write(({ db }) => keepAccounts(db, [{ ...mia, zone: 'Europe/Berlin' }], 6));

      expect(await allAccounts(store.db)).toEqual([{ ...mia, zone: 'Europe/Berlin' }]);
    });

    test('what waits to be read comes by bytes as well, one in any case', async () => {
      const { write, db } = await open();
      const MIB = 1024 * 1024;
      const sizes = [20, 7, 7, 7, 1].map((size) => size * MIB);
      const all = sizes.map((_, n) => delivery(`of-a-size-${n}`));
      await write((work) => keepDeliveries(work.db, all));
      for (const [n, bytes] of sizes.entries()) {
        await db.updateTable('deliveries').set({ bytes }).where('id', '=', all[n]!.id).execute();
      }

      const taken: (readonly [number, boolean])[] = [];
      for (let more = true; more;) {
        const next = await keptDeliveries(db, 10);
        const seqs = next.deliveries.map(({ seq }) => seq);
        await write((work) => markRead(work.db, seqs, new Map()));
        ({ more } = next);
        taken.push([seqs.length, more]);
      }

      expect(taken).toEqual([
        [1, true],
        [2, true],
        [2, false],
      ]);
    });

    test('a scope is polled by one process, and comes up again when its lease ends', async () => {
      const { write, db } = await open();
      await write((work) => beginPolls(work.db, 'jira', { since: 1, now: 10 }));
      const request = { source: 'jira', owner: 'a', now: 10, leaseMs: 100 };

      const claim = await write((work) => claimPoll(work.db, request));
      const second = await write((work) => claimPoll(work.db, { ...request, owner: 'b' }));

      expect([claim?.fence, second]).toEqual([1, null]);
      expect(await nextPoll(db, 'jira')).toBe(110);
      const later = await write((work) => claimPoll(work.db, { ...request, owner: 'b', now: 110 }));
      expect(later?.fence).toBe(2);
      const end = write((work) => pollSucceeded(work.db, claim!, { now: 111, next: 200 }));
      await expect(end).rejects.toMatchObject({ kind: 'lease-lost' });
      await write((work) => pollSucceeded(work.db, later!, { now: 111, next: 200 }));
      expect(await nextPoll(db, 'jira')).toBe(200);
    });

    test('a request for polls overtakes the one under way', async () => {
      const { write, db } = await open();
      await write((work) => beginPolls(work.db, 'jira', { since: 5, now: 10 }));
      const request = { source: 'jira', owner: 'a', now: 10, leaseMs: 100 };
      const claim = await write((work) => claimPoll(work.db, request));

      await write((work) => pollNow(work.db, 'jira', { since: 1, now: 20 }));

      expect(await nextPoll(db, 'jira')).toBe(20);
      const end = write((work) => pollSucceeded(work.db, claim!, { now: 21, next: 200 }));
      await expect(end).rejects.toMatchObject({ kind: 'lease-lost' });
      const anew = await write((work) => claimPoll(work.db, { ...request, now: 22 }));
      expect(anew).toMatchObject({ fence: 3, since: 1, cursor: null });
    });

    test('the ledger counts by day, and takes the lower median', async () => {
      const { write, db } = await open();
      const delays = [40, 10, 30, 20];
      const pushed = delays.map((delay, n) => {
        const event = commentEvent(String(n));
        return newEvent(event, Date.parse(event.at) + delay);
      });
      const polled = { ...newEvent(commentEvent('9'), 5), way: 'poll' } as const;
      const gap = { source: 'github', name: 'g', at: 86_400_001, foundAt: 5 };
      await write(async (work) => {
        await keepEvents(work.db, [...pushed, polled]);
        await noteGap(work.db, { ...gap, repairedAt: null });
        await noteGap(work.db, { ...gap, repairedAt: 9 });
      });
      const span = { from: '2026-03-02', to: '2026-03-03', sources: ['jira'] };

      const day = { source: 'jira', day: '2026-03-02' };
      const seen = { ...day, kind: 'comment.created', pushOnly: 4, pollOnly: 1, both: 0 };
      expect(await countSeen(db, span)).toEqual([seen]);
      expect(await pushDelays(db, span)).toEqual([{ ...day, median: 20, worst: 40 }]);
      const gaps = await countGaps(db, { from: 0, to: 9e9 });
      expect(gaps).toEqual([{ source: 'github', day: '1970-01-02', missing: 1, repaired: 1 }]);
    });

    test('the tallies of states are what counting gives, whatever is added, changed and removed', async () => {
      const { write, db } = await open();
      const counted = async () => {
        const rows = await db
          .selectFrom('deliveries')
          .select('state')
          .select((count) => count.fn.countAll<number>().as('total'))
          .groupBy('state')
          .execute();
        return Object.fromEntries(rows.map(({ state, total }) => [state, total]));
      };
      const names = Array.from({ length: 30 }, (_, n) => `d-${n}`);
      await write(async (work) => {
        await keepDeliveries(
          work.db,
          names.map((name) => delivery(name)),
        );
        // The same ones again: counted as seen again, not as more.
        await keepDeliveries(
          work.db,
          names.slice(0, 5).map((name) => delivery(name)),
        );
      });
      expect(await countByState(db, 'deliveries')).toEqual({ kept: 30 });
      await write(async (work) => {
        const rows = work.db.updateTable('deliveries');
        await rows.set({ state: 'read' }).where('delivery_id', '>', 'd-2').execute();
        await rows.set({ state: 'read', note: 'n' }).where('state', '=', 'read').execute();
        await rows.set({ state: 'quarantined' }).where('delivery_id', '=', 'd-9').execute();
        await work.db.deleteFrom('deliveries').where('delivery_id', 'in', ['d-8', 'd-1']).execute();
      });

      const tallies = await countByState(db, 'deliveries');
      expect(tallies).toEqual(await counted());
      expect(Object.keys(tallies).toSorted()).toEqual(['kept', 'quarantined', 'read']);
      const undone = write(async (work) => {
        await work.db.deleteFrom('deliveries').execute();
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await countByState(db, 'deliveries')).toEqual(tallies);
    });

    test('lists filter by everything they can, and go on where a page ended', async () => {
      const { write, db } = await open();
      const two = commentEvent('2', { subject: 'jira:issue:ECD-13' });
      await write(async (work) => {
        await keepDeliveries(work.db, [delivery('a'), delivery('b')]);
        await keepEvents(work.db, [newEvent(commentEvent('1'), 5), newEvent(two, 6)]);
        await wakeMailboxes(work.db, [SUBJECT], 0);
        work.journal({ kind: 'test.a', subject: SUBJECT, cycle: null, data: {} });
        work.journal({ kind: 'other.b', subject: null, cycle: null, data: {} });
      });
      await write((work) => claimMailboxes(work.db, claimRequest(0)));
      const all = { source: 'jira', subject: SUBJECT, since: 0, limit: 1 };

      expect((await listEvents(db, { ...all, status: 'taken' })).total).toBe(1);
      expect((await listCycles(db, { ...all, status: 'open' })).total).toBe(1);
      expect((await listJournal(db, { ...all, source: 'test', since: 1 })).total).toBe(1);
      expect((await listActions(db, all)).total).toBe(0);
      expect((await listDeliveries(db, all)).total).toBe(0);
      const first = await listEvents(db, { limit: 1 });
      const rest = await listEvents(db, { limit: 1, cursor: first.next! });
      expect([first.next !== null, rest.items.length, rest.next]).toEqual([true, 1, null]);
      expect(await countByState(db, 'events')).toEqual({ taken: 1, waiting: 1 });
    });
  });
}
