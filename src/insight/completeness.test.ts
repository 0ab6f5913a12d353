import { expect, test } from 'vitest';
import { fact } from '../../test/helpers/polled.ts';
import { temporaryStore } from '../../test/helpers/store.ts';
import { noteGap } from '../store/completeness.ts';
import { keepEvents } from '../store/events.ts';
import type { NewEvent } from '../store/events.ts';
import { completeness } from './completeness.ts';

const DAY = 86_400_000;
const NOON = Date.parse('2026-03-02T12:00:00Z');
const significance = { wakes: true, rule: 'test', reason: 'a test' };
const sources = [{ name: 'github', pushed: true, sees: ['comment.created'] }];

async function ledger(seen: readonly (readonly NewEvent[])[], warnAt = 0.05) {
  const store = await temporaryStore();
  for (const items of seen) await store.write(({ db }) => keepEvents(db, items));
  return await completeness(store.db, { now: NOON, days: 7, sources, warnAt });
}

/** A fact, seen so many seconds after it happened. */
function seen(number: number, way: NewEvent['way'], more: { after?: number; at?: number } = {}) {
  const at = more.at ?? NOON - 3_600_000;
  const keptAt = at + (more.after ?? 1) * 1000;
  return { event: fact(number, at), significance, way, delivery: null, keptAt };
}

test('each fact counts once, by the ways it was seen', async () => {
  const [day, ...others] = await ledger([
    [seen(1, 'webhook'), seen(2, 'webhook'), seen(3, 'socket'), seen(3, 'socket')],
    [seen(2, 'poll'), seen(4, 'poll'), seen(5, 'list'), seen(4, 'poll')],
    [seen(5, 'webhook', { after: 90 }), seen(1, 'webhook')],
  ]);

  expect(others).toEqual([]);
  expect(day).toMatchObject({
    source: 'github',
    day: '2026-03-02',
    pushOnly: 2,
    pollOnly: 1,
    both: 2,
    missedShare: 0.2,
    warning: true,
  });
});

test('the delay of push has its median and its worst; a clock that is behind makes none negative', async () => {
  const [day] = await ledger([
    [1, 2, 3, 4].map((number) => seen(number, 'webhook', { after: number })),
    [seen(9, 'webhook', { after: -300 })],
    [seen(5, 'poll', { after: 900 })],
  ]);

  expect(day).toMatchObject({ medianDelayMs: 2_000, worstDelayMs: 4_000 });
});

test('what polling cannot see says nothing about what it has missed', async () => {
  const edited = seen(1, 'webhook');
  const [day] = await ledger([
    [{ ...edited, event: { ...edited.event, kind: 'comment.updated' } }, seen(2, 'webhook')],
  ]);

  expect(day).toMatchObject({ pushOnly: 1, unseenByPoll: 1, missedShare: 0 });
});

test('the copy for a linked ticket is not another fact', async () => {
  const original = seen(1, 'webhook');
  const event = { ...original.event, key: 'copy', subject: 'jira:issue:ECD-1' };
  const [day] = await ledger([[original, { ...original, event, copyOf: original.event.key }]]);

  expect(day).toMatchObject({ pushOnly: 1, pollOnly: 0, both: 0 });
});

test('a few facts are no share to warn of, and neither is a source without push', async () => {
  const [few] = await ledger([[seen(1, 'poll'), seen(2, 'poll')]]);

  expect(few).toMatchObject({ missedShare: 1, warning: false });
});

test('days are told apart, the newest first', async () => {
  const days = await ledger([
    [
      seen(1, 'webhook'),
      seen(2, 'poll', { at: NOON - DAY }),
      seen(3, 'poll', { at: NOON - 9 * DAY }),
    ],
  ]);

  expect(days.map(({ day }) => day)).toEqual(['2026-03-02', '2026-03-01']);
});

test('deliveries that never came are counted, and those that were fetched', async () => {
  const store = await temporaryStore();
  const gap = { source: 'github', at: NOON - 1000, foundAt: NOON, repairedAt: null };
  await store.write(async ({ db }) => {
    await noteGap(db, { ...gap, name: 'a' });
    await noteGap(db, { ...gap, name: 'b' });
    await noteGap(db, { ...gap, name: 'b', repairedAt: NOON });
  });

  const [day] = await completeness(store.db, { now: NOON, days: 1, sources, warnAt: 0.05 });

  expect(day).toMatchObject({ day: '2026-03-02', missing: 2, repaired: 1, missedShare: null });
});
