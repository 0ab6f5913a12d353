import { expect, test } from 'vitest';
import { z } from 'zod';
import { judgingParts, circumstances, MONDAY } from '../../test/helpers/judging.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Action } from '../domain/action.ts';
import { defineWrite } from '../domain/connector.ts';
import { openStore } from '../store/open.ts';
import { pause, pausedUntil, resume } from './pause.ts';
import { propose } from './propose.ts';
import { reserve } from './reserve.ts';

const direct = defineWrite({
  name: 'slack.send-direct',
  summary: 'Write to a person.',
  effect: 'write',
  input: z.object({ user: z.string(), text: z.string() }),
  preview: ({ user }) => `Write to ${user}`,
  target: ({ user }) => `slack:user:${user}`,
  reaches: ({ user }) => ({ audience: 'person', system: 'slack', id: user }),
  write: { run: () => Promise.reject(new Error('not sent here')) },
});

const parts = judgingParts([direct]);

async function reminderTo(
  store: Awaited<ReturnType<typeof temporaryStore>>,
  user: string,
  level: 'low' | 'critical' = 'low',
) {
  const proposal = {
    action: {
      operation: 'slack.send-direct',
      input: { user, text: 'ECD-12 waits.' },
      reason: 'due',
      purpose: 'reminder' as const,
    },
    author: 'rules' as const,
  };
  const about = circumstances({ subject: 'pm:person:x', answers: [], asker: null, level });
  const [action] = await propose(store.db, parts, { proposals: [proposal], about });
  if (action === undefined) throw new Error('nothing was proposed');
  return action;
}

const take = async (
  store: { write: Awaited<ReturnType<typeof temporaryStore>>['write'] },
  action: Action,
) => await store.write(({ db }) => reserve(db, parts, { action, now: MONDAY }));

test('the one message of the day goes to one of two that were judged at once, over two open stores', async () => {
  const store = await temporaryStore(handClock(MONDAY));
  const other = await openStore(`sqlite:${store.file}`, handClock(MONDAY));
  const [first, second] = [await reminderTo(store, 'U0TOM'), await reminderTo(store, 'U0TOM')];
  expect([first.state, second.state]).toEqual(['proposed', 'proposed']);

  const stops = await Promise.all([take(store, first), take(other, second)]);
  await other.close();

  expect(stops.filter((stop) => stop === null)).toHaveLength(1);
  expect(stops.find((stop) => stop !== null)).toMatchObject({
    rule: 'reminders',
    until: Date.parse('2026-03-03T08:00:00Z'),
  });
});

test('critical words go out beside the message of the day, and do not take its place', async () => {
  const store = await temporaryStore(handClock(MONDAY));
  const usual = await reminderTo(store, 'U0TOM');
  const first = await reminderTo(store, 'U0TOM', 'critical');
  const second = await reminderTo(store, 'U0TOM', 'critical');

  const stops = [await take(store, first), await take(store, usual), await take(store, second)];

  expect(stops).toEqual([null, null, null]);
});

test('a second try of the same message keeps its place', async () => {
  const store = await temporaryStore(handClock(MONDAY));
  const action = await reminderTo(store, 'U0TOM');

  expect(await take(store, action)).toBeNull();
  expect(await take(store, { ...action, attempts: 1 })).toBeNull();
});

test('while the agent is paused nothing is reserved, and resuming wakes only what the pause put off', async () => {
  const clock = handClock(MONDAY);
  const store = await temporaryStore(clock);
  const action = await reminderTo(store, 'U0TOM');

  await pause({ store, clock }, { until: MONDAY + 3_600_000, by: 'mia' });
  expect(await take(store, action)).toMatchObject({ rule: 'paused', until: MONDAY + 3_600_000 });
  expect(await pausedUntil(store.db, MONDAY)).toBe(MONDAY + 3_600_000);

  expect(await resume({ store, clock }, 'mia')).toEqual({ woken: 0 });
  expect(await take(store, action)).toBeNull();
});

test('a pause ends by itself', async () => {
  const clock = handClock(MONDAY);
  const store = await temporaryStore(clock);
  await pause({ store, clock }, { until: MONDAY + 1_000, by: 'mia' });

  expect(await pausedUntil(store.db, MONDAY + 1_000)).toBeNull();
});
