import { expect, onTestFinished, test } from 'vitest';
import { fact, PolledSystem } from '../../test/helpers/polled.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Connector, Profile } from '../domain/connector.ts';
import { Failure } from '../domain/failure.ts';
import { silentLogger } from '../lib/logger.ts';
import { Directory } from './directory.ts';

async function world() {
  const clock = handClock();
  const store = await temporaryStore(clock);
  const asked: string[] = [];
  const failures: Failure[] = [];
  const profiles = new Map<string, Profile>();
  const connector: Connector = {
    ...new PolledSystem().connector(),
    profile: (account) => {
      asked.push(account);
      const failure = failures.shift();
      return failure ? Promise.reject(failure) : Promise.resolve(profiles.get(account) ?? null);
    },
  };
  const open = async () => {
    const directory = new Directory({
      store,
      clock,
      log: silentLogger,
      connectors: new Map([['github', connector]]),
      team: [{ name: 'Mia Berg', email: 'mia@acme.example', zone: 'Europe/Berlin' }],
    });
    onTestFinished(() => directory.stop());
    await directory.load();
    return directory;
  };
  const see = async (directory: Directory) => {
    directory.notice([fact(1, clock.now())]);
    await directory.settled();
  };
  return { clock, asked, failures, profiles, open, see };
}

const MIA: Profile = { name: 'Mia B.', email: 'mia@acme.example', zone: null, kind: 'person' };

test('whoever is seen is looked up once, and known after a restart', async () => {
  const { asked, profiles, open, see } = await world();
  profiles.set('mia-berg', MIA);
  const directory = await open();

  await see(directory);
  await see(directory);
  const later = await open();
  await see(later);

  expect(asked).toEqual(['mia-berg']);
  expect(later.people()).toMatchObject([
    { name: 'Mia Berg', zone: 'Europe/Berlin', accounts: [{ system: 'github', name: 'Mia B.' }] },
  ]);
});

test('a look-up that failed is made again, but not at once', async () => {
  const { clock, asked, failures, open, see } = await world();
  failures.push(new Failure('unavailable', 'down'));
  const directory = await open();

  await see(directory);
  await see(directory);
  expect(directory.people()).toEqual([]);
  clock.move(601_000);
  await see(directory);

  expect(asked).toHaveLength(2);
  expect(directory.people()).toHaveLength(1);
});

test('who cannot be looked up is known by what the event said', async () => {
  const { failures, open, see } = await world();
  failures.push(new Failure('not-found', 'there is no such account'));
  const directory = await open();

  await see(directory);

  expect(directory.people()).toMatchObject([
    { id: 'github:mia-berg', name: 'Mia Berg', zone: null },
  ]);
});
