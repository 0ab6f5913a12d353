import { describe, expect, onTestFinished, test } from 'vitest';
import type { Queue } from '../../src/domain/queue.ts';
import type { Subject } from '../../src/domain/subject.ts';
import { until } from '../helpers/process.ts';

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
