import { describe, expect, onTestFinished, test } from 'vitest';
import type { Queue } from '../../src/domain/queue.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { Worker } from '../../src/inbox/worker.ts';
import { neverCrash } from '../../src/lib/crash.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { endEvents, keepEvents } from '../../src/store/events.ts';
import { releaseMailbox, wakeMailboxes } from '../../src/store/mailboxes.ts';
import { saveSweep } from '../../src/store/sweeps.ts';
import { commentEvent, newEvent } from '../helpers/events.ts';
import { until } from '../helpers/process.ts';
import { temporaryStore } from '../helpers/store.ts';

const ONE: Subject = 'jira:issue:ECD-1';
const TWO: Subject = 'jira:issue:ECD-2';

/** What every queue must do. `open` gives a fresh one with its clock. */
export function queueSuite(
  name: string,
  open: () => Promise<{ readonly queue: Queue; readonly now: () => number }>,
): void {
  const setUp = async () => {
    const { queue, now } = await open();
    onTestFinished(() => queue.close());
    let heard = 0;
    queue.onDue(() => void (heard += 1));
    return { queue, now, heard: () => heard };
  };

  describe(`${name} keeps the queue's contract`, () => {
    test('mail that is due wakes the listener', async () => {
      const { queue, now, heard } = await setUp();

      queue.announce(ONE, now());

      await until('it is heard', () => heard() === 1);
    });

    test('mail for later wakes nobody before its time, and somebody then', async () => {
      const { queue, now, heard } = await setUp();
      const dueAt = now() + 400;
      let heardAt = Infinity;
      queue.onDue(() => (heardAt = Math.min(heardAt, now())));

      queue.announce(ONE, dueAt);
      await until('it is heard', () => heard() > 0);

      // A timer may fire a millisecond early.
      expect(heardAt).toBeGreaterThanOrEqual(dueAt - 5);
    });

    test('an earlier time of the same subject is not hidden by a later one', async () => {
      const { queue, now, heard } = await setUp();

      queue.announce(ONE, now() + 3_600_000);
      queue.announce(ONE, now());

      await until('the earlier one is heard', () => heard() === 1);
    });

    test('no announcement is heard twice', async () => {
      const { queue, now, heard } = await setUp();

      for (let n = 0; n < 100; n += 1) queue.announce(ONE, now());
      await until('it is heard', () => heard() > 0);
      const before = heard();
      queue.announce(TWO, now());
      await until('the next one is heard', () => heard() > before);

      expect(heard()).toBeLessThanOrEqual(101);
    });

    test('what was announced while the listener looked is heard afterwards', async () => {
      const { queue, now, heard } = await setUp();
      const again = Promise.withResolvers<undefined>();
      queue.onDue(() => {
        if (heard() === 1) queue.announce(ONE, now());
        else again.resolve(undefined);
      });

      queue.announce(ONE, now());

      await again.promise;
    });

    test('a full worker takes nothing more, and then what is critical first', async () => {
      const { queue, now } = await open();
      const store = await temporaryStore({ now });
      const seen: string[] = [];
      let most = 0;
      let running = 0;
      const gate = Promise.withResolvers<undefined>();
      const worker = new Worker({
        store,
        queue,
        clock: { now },
        crash: neverCrash,
        log: silentLogger,
        owner: 'worker-1',
        mode: 'simulation',
        leaseMs: 10_000,
        concurrency: 1,
        maxAttempts: 5,
        // Only the queue wakes it.
        sweepMs: 3_600_000,
        pressed: () => false,
        runCycle: async (claim) => {
          seen.push(claim.subject);
          running += 1;
          most = Math.max(most, running);
          if (seen.length === 1) await gate.promise;
          await store.write(async ({ db }) => {
            await endEvents(db, claim.cycle, 'settled');
            await releaseMailbox(db, claim);
          });
          running -= 1;
          return { kind: 'finished' };
        },
      });
      worker.start();
      onTestFinished(async () => {
        await worker.stop(1000);
        await queue.close();
      });
      const mail = async (subject: Subject) => {
        await store.write(async ({ db }) => {
          await keepEvents(db, [newEvent(commentEvent(subject, { subject }), now())]);
          await wakeMailboxes(db, [subject], now());
        });
        queue.announce(subject, now());
      };
      const checked = { rules: [], calm: 0, checkedAt: 0, nextAt: null };
      const levels = [
        ['jira:issue:LOW-1', 'low'],
        ['jira:issue:LOW-2', 'low'],
        ['jira:issue:CRITICAL', 'critical'],
      ] as const;

      await mail('jira:issue:FIRST');
      await until('the worker is full', () => seen.length === 1);
      for (const [subject, level] of levels) {
        await store.write(({ db }) => saveSweep(db, { subject, level, ...checked }));
        await mail(subject);
      }
      gate.resolve(undefined);
      await until('all are worked', () => seen.length === 4);

      expect(seen).toEqual([
        'jira:issue:FIRST',
        'jira:issue:CRITICAL',
        'jira:issue:LOW-1',
        'jira:issue:LOW-2',
      ]);
      expect(most).toBe(1);
    });

    test('a closed queue says nothing more and takes every call', async () => {
      const { queue, now, heard } = await setUp();

      queue.announce(ONE, now() + 200);
      await queue.close();
      queue.announce(TWO, now());
      await queue.close();
      await new Promise((resolve) => setTimeout(resolve, 300));

      expect(heard()).toBe(0);
    });
  });
}
