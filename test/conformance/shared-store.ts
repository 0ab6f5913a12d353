import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/domain/constitution.ts';
import { addApproval, moveApproval } from '../../src/store/approvals.ts';
import { keepEvents } from '../../src/store/events.ts';
import { journalAfter, verifyJournal } from '../../src/store/journal.ts';
import { claimMailboxes, releaseMailbox, wakeMailboxes } from '../../src/store/mailboxes.ts';
import type { Claim } from '../../src/store/mailboxes.ts';
import type { Store } from '../../src/store/open.ts';
import { claimPoll, beginPolls } from '../../src/store/polls.ts';
import { reserveSpending } from '../../src/store/spendings.ts';
import { addTouches, personPlace } from '../../src/store/touches.ts';
import { commentEvent, newEvent } from '../helpers/events.ts';
import { question } from './judgement.ts';
import type { OpenForTest } from './store.ts';

const times = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

const claimAll = (store: Store, owner: string, now: number) =>
  store.write(({ db }) =>
    claimMailboxes(db, { owner, now, leaseMs: 1000, mode: 'simulation', limit: 7 }),
  );

/** What a database must do that several processes write to at once. */
export function sharedStoreSuite(name: string, open: OpenForTest): void {
  const openTwo = async (): Promise<readonly [Store, Store]> => {
    const first = await open();
    return [first, await first.reopen()];
  };

  describe(`${name} serves several processes at once`, () => {
    test('no mailbox is claimed by two, and every event is in exactly one cycle', async () => {
      const stores = await openTwo();
      const mails = times(120).map((n) =>
        newEvent(commentEvent(String(n), { subject: `jira:issue:ECD-${n % 60}` }), 1),
      );
      const subjects = mails.map(({ event }) => event.subject);
      await stores[0].write(async ({ db }) => {
        await keepEvents(db, mails);
        await wakeMailboxes(db, subjects, 0);
      });

      const claims: Claim[] = [];
      const work = async (store: Store, owner: string): Promise<void> => {
        for (;;) {
          const got = await claimAll(store, owner, 0);
          if (got.length === 0) return;
          claims.push(...got);
        }
      };
      await Promise.all([0, 1, 2, 3].map((n) => work(stores[n % 2 === 0 ? 0 : 1], `worker-${n}`)));

      expect(claims.map(({ subject }) => subject).sort()).toEqual([...new Set(subjects)].sort());
      const keys = claims.flatMap(({ events }) => events.map(({ key }) => key));
      expect(keys.sort()).toEqual(mails.map(({ event }) => event.key).sort());
    });

    test('mail that comes while a cycle ends elsewhere is never forgotten', async () => {
      const [here, there] = await openTwo();
      const subject = 'jira:issue:ECD-12';
      let handled = 0;
      const send = async (n: number): Promise<void> =>
        await here.write(async ({ db }) => {
          await keepEvents(db, [newEvent(commentEvent(String(n)), 1)]);
          await wakeMailboxes(db, [subject], 1);
        });
      const handle = async (): Promise<void> => {
        const [claim] = await claimAll(there, 'there', 1);
        if (claim === undefined) return;
        await there.write(({ db }) => releaseMailbox(db, claim));
        handled += claim.events.length;
      };
      for (const n of times(40)) await Promise.all([send(n), handle()]);
      await handle();

      expect(handled).toBe(40);
    });

    test('of a hundred answers to one question one counts', async () => {
      const stores = await openTwo();
      await stores[0].write(({ db }) => addApproval(db, question('q1')));

      const answers = await Promise.all(
        times(100).map((n) =>
          (n % 2 === 0 ? stores[0] : stores[1]).write(({ db }) =>
            moveApproval(db, 'q1', { from: ['open'], to: n % 3 === 0 ? 'accepted' : 'declined' }),
          ),
        ),
      );

      expect(answers.filter(Boolean)).toHaveLength(1);
    });

    test('of many actions that want one slot one gets it', async () => {
      const stores = await openTwo();
      const touch = { place: personPlace('mia'), purpose: 'reminder', at: 5, slot: 'mia today' };

      const got = await Promise.all(
        times(40).map((n) =>
          (n % 2 === 0 ? stores[0] : stores[1]).write(({ db }) =>
            addTouches(db, [{ ...touch, action: `a${n}` }]),
          ),
        ),
      );

      expect(got.filter(Boolean)).toHaveLength(1);
    });

    test('the budget is kept to the cent, however many ask at once', async () => {
      const stores = await openTwo();
      const budget: Budget = {
        perCycleUsd: null,
        perDayUsd: 1,
        perMonthUsd: null,
        perPersonAndDayUsd: null,
      };
      const asked = { person: null, model: 'm', usd: 0.0625, now: 1, budget };

      const got = await Promise.all(
        times(60).map((n) =>
          (n % 2 === 0 ? stores[0] : stores[1]).write(({ db }) =>
            reserveSpending(db, { ...asked, cycle: `c${n}` }),
          ),
        ),
      );

      expect(got.filter(({ kind }) => kind === 'reserved')).toHaveLength(16);
    });

    test('the journal is one chain without a gap, whoever writes it', async () => {
      const stores = await openTwo();

      await Promise.all(
        times(120)
          .map((n) =>
            (n % 2 === 0 ? stores[0] : stores[1]).write(({ journal }) => {
              journal({ kind: 'test.line', subject: null, cycle: null, data: { n } });
              return n % 10 === 9 ? Promise.reject(new Error('on purpose')) : Promise.resolve();
            }),
          )
          .map((written) => written.catch(() => null)),
      );

      expect(await verifyJournal(stores[1].db)).toMatchObject({ entries: 108, brokenAt: null });
      expect((await journalAfter(stores[0].db, 0, 500)).map(({ seq }) => seq)).toEqual(
        times(108).map((n) => n + 1),
      );
    });

    test('one process polls a scope', async () => {
      const stores = await openTwo();
      await stores[0].write(({ db }) => beginPolls(db, 'jira', { since: 1, now: 1 }));

      const claims = await Promise.all(
        times(20).map((n) =>
          (n % 2 === 0 ? stores[0] : stores[1]).write(({ db }) =>
            claimPoll(db, { source: 'jira', owner: String(n), now: 1, leaseMs: 100 }),
          ),
        ),
      );

      expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
    });

    test('numbers become visible in their order: whoever reads on from the last misses nothing', async () => {
      const [here, there] = await openTwo();
      let isDone = false;
      const seen: number[] = [];
      const follow = async (): Promise<void> => {
        for (let last = 0; ;) {
          const end = isDone;
          const rows = await there.db
            .selectFrom('events')
            .select('seq')
            .where('seq', '>', last)
            .orderBy('seq')
            .execute();
          seen.push(...rows.map(({ seq }) => seq));
          last = seen.at(-1) ?? 0;
          if (end) return;
        }
      };
      const following = follow();
      await Promise.all(
        times(60).map((n) =>
          (n % 2 === 0 ? here : there).write(({ db }) =>
            keepEvents(db, [newEvent(commentEvent(String(n)), 1)]),
          ),
        ),
      );
      isDone = true;
      await following;

      const { rows } = await sql<{ n: number }>`select count(*) as n from events`.execute(here.db);
      expect(seen).toHaveLength(rows[0]!.n);
    });
  });
}
