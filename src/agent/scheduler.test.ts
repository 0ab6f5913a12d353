import { expect, onTestFinished, test } from 'vitest';
import { account, pullRequest } from '../../test/helpers/situations.ts';
import { directives, member, stewardWorld } from '../../test/helpers/steward-world.ts';
import { personSubject } from '../domain/own-subjects.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/open.ts';
import { saveSweep } from '../store/sweeps.ts';

const TOM = member('Tom');
const TEAM = directives([member('Mia'), TOM, member('Ines', { role: 'tech-lead' })]);
const START = '2025-06-10T08:00:00Z';
const HOUR = 3_600_000;

const world = () => stewardWorld(TEAM, { start: START });
type World = Awaited<ReturnType<typeof world>>;

async function watch({ store, clock }: World, subjects: readonly string[]): Promise<void> {
  await store.write(async ({ db }) => {
    for (const subject of subjects) {
      const nextAt = clock.now() + HOUR;
      await saveSweep(db, { subject, level: 'low', rules: [], calm: 0, checkedAt: null, nextAt });
    }
  });
}

const eventsIn = async ({ db }: Store) =>
  await db
    .selectFrom('events')
    .select(['key', 'subject', 'kind', 'state'])
    .orderBy('seq')
    .execute();

test('nothing is due before its time, and everything once when it has come', async () => {
  const here = await world();
  await watch(here, ['jira:issue:ECD-1']);

  expect(await here.scheduler.look()).toEqual({ sweeps: 0, reminders: 0 });
  here.clock.move(HOUR);
  expect(await here.scheduler.look()).toEqual({ sweeps: 1, reminders: 0 });
  expect(await here.scheduler.look()).toEqual({ sweeps: 0, reminders: 0 });

  expect(await eventsIn(here.store)).toEqual([
    {
      key: `sweep:jira:issue:ECD-1:${here.clock.now()}`,
      subject: 'jira:issue:ECD-1',
      kind: 'sweep.due',
      state: 'waiting',
    },
  ]);
});

test('what was slept through is one look, not one for each interval', async () => {
  const here = await world();
  await watch(here, ['jira:issue:ECD-1']);

  here.clock.move(100 * HOUR);

  expect(await here.scheduler.look()).toEqual({ sweeps: 1, reminders: 0 });
  expect(await here.scheduler.look()).toEqual({ sweeps: 0, reminders: 0 });
});

test('a subject with nothing left to watch is never due', async () => {
  const here = await world();
  await watch(here, ['jira:issue:ECD-1']);
  const ended = { level: 'low', rules: [], calm: 0, checkedAt: null, nextAt: null } as const;
  await here.store.write(({ db }) => saveSweep(db, { subject: 'jira:issue:ECD-1', ...ended }));

  here.clock.move(100 * HOUR);

  expect(await here.scheduler.look()).toEqual({ sweeps: 0, reminders: 0 });
});

test('two schedulers over two connections make one event of each due time', async () => {
  const here = await world();
  const subjects = Array.from({ length: 40 }, (_, n) => `jira:issue:ECD-${n + 1}`);
  await watch(here, subjects);
  const other = await openStore(`sqlite:${here.store.place}`, here.clock);
  onTestFinished(() => other.close());
  const schedulers = [here.newScheduler(), here.newScheduler(other), here.newScheduler()];

  for (let round = 0; round < 3; round += 1) {
    here.clock.move(6 * HOUR);
    // One that meets the other's write is told that the store is busy, and looks again in a moment.
    const looks = schedulers.map((one) => one.look().catch(() => ({ sweeps: 0, reminders: 0 })));
    const made = await Promise.all(looks);
    expect(made.reduce((sum, { sweeps }) => sum + sweeps, 0)).toBe(40);
  }

  const events = await eventsIn(here.store);
  expect(events).toHaveLength(120);
  expect(new Set(events.map(({ key }) => key)).size).toBe(120);
});

test('a reminder that is due wakes the mailbox of its person, once', async () => {
  const here = await world();
  const requests = [{ reviewer: account('Tom'), at: '2025-06-10T07:00:00Z' }];
  await here.put(pullRequest({ author: account('Mia'), requests }));
  const [problem] = await here.store.db.selectFrom('problems').selectAll().execute();

  here.clock.move(7 * HOUR - 1);
  expect(await here.scheduler.look()).toMatchObject({ reminders: 0 });
  here.clock.move(1);
  const both = await Promise.all([here.newScheduler().look(), here.newScheduler().look()]);

  expect(both.map(({ reminders }) => reminders).toSorted()).toEqual([0, 1]);
  const reminders = (await eventsIn(here.store)).filter(({ kind }) => kind === 'reminder.due');
  expect(reminders).toEqual([
    {
      key: `reminder:${problem?.id ?? ''}:0:2025-06-10T15:00:00.000Z`,
      subject: personSubject(TOM.id),
      kind: 'reminder.due',
      state: 'waiting',
    },
  ]);
});

test('a reminder whose cycle came to nothing is due again', async () => {
  const here = await world();
  const requests = [{ reviewer: account('Tom'), at: '2025-06-10T07:00:00Z' }];
  await here.put(pullRequest({ author: account('Mia'), requests }));

  here.clock.move(7 * HOUR);
  await here.scheduler.look();
  here.clock.move(HOUR);

  expect(await here.scheduler.look()).toMatchObject({ reminders: 1 });
});

test('it goes on by itself from its start to its stop', async () => {
  const here = await world();
  await watch(here, ['jira:issue:ECD-1']);
  here.clock.move(HOUR);

  here.scheduler.start();
  await here.scheduler.stop();
  here.clock.move(100 * HOUR);

  expect(await eventsIn(here.store)).toHaveLength(1);
});
