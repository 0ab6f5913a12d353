import { expect, test } from 'vitest';
import { every } from './every.ts';

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error());

test('work that fails is told and does not stop what comes after', async () => {
  const failures: unknown[] = [];
  let runs = 0;
  const repeated = every(
    60_000,
    () => {
      runs += 1;
      return runs === 1 ? Promise.reject(new Error('once')) : Promise.resolve();
    },
    (error) => failures.push(error),
  );

  repeated.now();
  repeated.now();
  await repeated.stop();

  expect(runs).toBe(2);
  expect(failures).toHaveLength(1);
});

test('stopping tells the work to end, and only what it throws beside that is a failure', async () => {
  const failures: unknown[] = [];
  const ends = (thrown: (signal: AbortSignal) => Error) => {
    const repeated = every(
      60_000,
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(thrown(signal)));
        }),
      (error) => failures.push(error),
    );
    repeated.now();
    return repeated;
  };
  const [ended, broken] = [ends(({ reason }) => asError(reason)), ends(() => new Error('a disk'))];
  await Promise.resolve();

  await Promise.all([ended.stop(), broken.stop()]);

  expect(failures).toEqual([new Error('a disk')]);
});

test('two runs never overlap, and stopping waits for the last', async () => {
  let open = 0;
  let most = 0;
  const gates: (() => void)[] = [];
  const repeated = every(
    60_000,
    async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise<void>((resolve) => void gates.push(resolve));
      open -= 1;
    },
    () => undefined,
  );

  repeated.now();
  repeated.now();
  await Promise.resolve();
  const stopped = repeated.stop();
  for (let turn = 0; turn < 20; turn += 1) {
    gates.shift()?.();
    await Promise.resolve();
  }
  await stopped;

  expect([most, open]).toEqual([1, 0]);
});
