import { expect, onTestFinished, test } from 'vitest';
import { PolledSystem } from '../../test/helpers/polled.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import { Failure } from '../domain/failure.ts';
import { silentLogger } from '../lib/logger.ts';
import { Upkeeper } from './upkeep.ts';

const DAY = 86_400_000;

async function world() {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const failures: Failure[] = [];
  let runs = 0;
  const upkeep = {
    everySeconds: DAY / 1000,
    run: () => {
      const failure = failures.shift();
      if (failure !== undefined) return Promise.reject(failure);
      runs += 1;
      return Promise.resolve('kept until next month');
    },
  };
  const connector = { ...new PolledSystem().connector(), upkeep };
  const open = () => {
    const parts = { store, clock, log: silentLogger, connectors: [connector] };
    const keeper = new Upkeeper(parts);
    onTestFinished(() => keeper.stop());
    return keeper;
  };
  return { clock, connector, failures, open, runs: () => runs };
}

test('it is done once in its interval, over restarts', async () => {
  const { clock, connector, open, runs } = await world();

  await open().run(connector);
  await open().run(connector);
  expect(runs()).toBe(1);
  clock.move(DAY);
  await open().run(connector);

  expect(runs()).toBe(2);
});

test('what failed is still due', async () => {
  const { connector, failures, open, runs } = await world();
  failures.push(new Failure('unavailable', 'down'));
  const keeper = open();

  await expect(keeper.run(connector)).rejects.toMatchObject({ kind: 'unavailable' });
  await keeper.run(connector);

  expect(runs()).toBe(1);
});
