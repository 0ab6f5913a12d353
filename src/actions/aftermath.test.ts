import { describe, expect, test } from 'vitest';
import { commentEvent, newEvent } from '../../test/helpers/events.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import type { Action } from '../domain/action.ts';
import { iso } from '../lib/clock.ts';
import { keepEvents } from '../store/events.ts';
import { lookBack } from './aftermath.ts';
import type { LookedBack } from './aftermath.ts';

const HOUR_MS = 3_600_000;
const BACKUP = Date.parse('2026-03-02T02:00:00Z');
const RESTORED = { at: BACKUP + 24 * HOUR_MS, backupAt: BACKUP };
const NOW = RESTORED.at + HOUR_MS;
const CYCLE = 'c1';

interface Case {
  readonly createdAt?: number;
  readonly purpose?: Action['purpose'];
  readonly answers?: readonly string[];
  /** Key, kind and time of what led to the action. */
  readonly events?: readonly (readonly [key: string, kind: string, at: number])[];
  readonly found?: 1;
  readonly ours?: readonly (readonly [marker: string, at: number])[] | null;
  readonly now?: number;
}

async function looked(given: Case): Promise<LookedBack> {
  const store = await temporaryStore(handClock(NOW));
  await store.write(async ({ db }) => {
    for (const [key, kind, at] of given.events ?? []) {
      await keepEvents(db, [newEvent(commentEvent('1', { key, kind, at: iso(at) }), at)]);
    }
    await db.updateTable('events').set({ cycle: CYCLE, state: 'taken' }).execute();
  });
  const action = {
    createdAt: iso(given.createdAt ?? NOW),
    purpose: given.purpose ?? 'answer',
    answers: [...(given.answers ?? [])],
    cycle: CYCLE,
  };
  const { found, ours } = given;
  return await lookBack(action, {
    store,
    restored: RESTORED,
    now: given.now ?? NOW,
    looking: {
      find: () => Promise.resolve(found === undefined ? null : { id: 'marked', url: null }),
      ours:
        ours === null
          ? null
          : (since) =>
              Promise.resolve(
                (ours ?? [])
                  .filter(([, at]) => at >= since)
                  .map(([marker, at]) => ({ marker, at, id: marker, url: null })),
              ),
    },
  });
}

const at = (hours: number) => BACKUP + hours * HOUR_MS;
const done = (id: string) => ({ kind: 'done', effect: { id, url: null } });
const question = (n: number, hours: number) =>
  [`jira:comment:${n}:created`, 'comment.created', at(hours)] as const;

describe('after a restore', () => {
  test.each<readonly [string, Case, unknown]>([
    [
      'what the backup knew and was sent since is done',
      { createdAt: at(-1), found: 1 },
      done('marked'),
    ],
    ['what the backup knew and never came is free', { createdAt: at(-1) }, { kind: 'free' }],
    [
      'an answer given after the question, and forgotten, is done',
      { events: [question(1, 3)], answers: ['jira:comment:1'], ours: [['lost', at(4)]] },
      done('lost'),
    ],
    [
      'an answer of before the question is none to it',
      { events: [question(1, 3)], answers: ['jira:comment:1'], ours: [['lost', at(2)]] },
      { kind: 'free' },
    ],
    [
      'of several questions the last that is answered counts',
      {
        events: [question(1, 3), question(2, 5), ['x:1', 'issue.updated', at(9)]],
        answers: ['jira:comment:1', 'jira:comment:2'],
        ours: [['lost', at(6)]],
      },
      done('lost'),
    ],
    [
      'a question of after the restore is answered, whatever stands there',
      { events: [question(1, 24.5)], answers: ['jira:comment:1'], ours: [['lost', at(24.7)]] },
      { kind: 'free' },
    ],
    [
      'what no message asked for goes by the first that led to it',
      {
        events: [
          ['x:1', 'pull-request.merged', at(3)],
          ['x:2', 'issue.updated', at(9)],
        ],
        ours: [['lost', at(4)]],
      },
      done('lost'),
    ],
    [
      'what the clock brings is looked up for a day',
      { purpose: 'reminder', events: [['d:1', 'reminder.due', NOW]], ours: [['lost', at(5)]] },
      done('lost'),
    ],
    [
      'and no longer',
      {
        purpose: 'reminder',
        events: [['d:1', 'reminder.due', NOW]],
        ours: [['lost', at(5)]],
        now: RESTORED.at + 25 * HOUR_MS,
      },
      { kind: 'free' },
    ],
    [
      'a card asks anew',
      { purpose: 'approval', events: [question(1, 3)], ours: [['lost', at(4)]] },
      { kind: 'free' },
    ],
    [
      'a state that is as wanted is done',
      { events: [question(1, 3)], ours: null, found: 1 },
      done('marked'),
    ],
    [
      'one that is not may have been set and changed since',
      { events: [question(1, 3)], ours: null },
      { kind: 'unclear' },
    ],
  ])('%s', async (_, given, expected) => {
    expect(await looked(given)).toEqual(expected);
  });
});
