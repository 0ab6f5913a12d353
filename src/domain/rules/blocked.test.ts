import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { issue, LIMITS, officeHours } from '../../../test/helpers/situations.ts';
import { workingTime } from '../../lib/business-time.ts';
import type { IssueSituation } from '../situation.ts';
import { blockedDueAt, blockedSince } from './blocked.ts';

const Vectors = z.object({
  statusCategory: z.record(z.string(), z.enum(['todo', 'in_progress', 'done'])),
  blockedStatuses: z.array(z.string()),
  cases: z.array(
    z.object({
      name: z.string(),
      issue: z.object({
        created: z.string(),
        status: z.string(),
        changes: z.array(
          z.object({
            field: z.literal('status'),
            at: z.string(),
            from: z.string(),
            to: z.string(),
          }),
        ),
        flags: z.array(z.object({ at: z.string(), on: z.boolean() })),
        blockedBy: z.array(
          z.object({
            added: z.string(),
            removed: z.string().nullable(),
            blockerDone: z.string().nullable(),
          }),
        ),
      }),
      now: z.string(),
      expectElapsed: z.object({ blockedNow: z.boolean(), blockedSince: z.string().nullable() }),
    }),
  ),
});
const file = new URL('../../../test/fixtures/domain/rules/flow.json', import.meta.url);
const vectors = Vectors.parse(JSON.parse(readFileSync(file, 'utf8')));
const statuses = { blocked: vectors.blockedStatuses.map((status) => status.toLowerCase()) };

test('all named cases are there', () => {
  expect(vectors.cases).toHaveLength(9);
});

test.each(vectors.cases)('$name', ({ issue: given, now, expectElapsed }) => {
  const flags = given.flags.map(({ at, on }) => flag(at, on));
  const situation = issue({
    createdAt: given.created,
    status: given.status,
    category: vectors.statusCategory[given.status] ?? 'todo',
    flagged: given.flags.at(-1)?.on ?? false,
    changes: [...given.changes.map((change) => ({ ...change, by: null })), ...flags],
    blockedBy: given.blockedBy.map(({ added, removed, blockerDone }) => ({
      subject: 'jira:issue:Z-1',
      done: removed !== null || (blockerDone !== null && blockerDone <= now),
      since: added,
    })),
  });

  const blocked = blockedSince(situation, statuses, Date.parse(now));

  expect(blocked !== null).toBe(expectElapsed.blockedNow);
  expect(blocked?.since ?? null).toBe(
    expectElapsed.blockedSince === null ? null : Date.parse(expectElapsed.blockedSince),
  );
});

type Change = IssueSituation['changes'][number];

function flag(at: string, on: boolean): Change {
  const [from, to] = on ? [null, 'Impediment'] : ['Impediment', null];
  return { at, by: null, field: 'flag', from, to };
}

function moved(at: string, from: string, to: string): Change {
  return { at, by: null, field: 'status', from, to };
}

const NOW = Date.parse('2025-06-13T09:00:00Z');
const since = (given: Partial<IssueSituation>) => blockedSince(issue(given), statuses, NOW);

describe('the time of being blocked has one beginning', () => {
  test('reasons that overlap or touch are one time', () => {
    const changes = [
      moved('2025-06-04T09:00:00Z', 'Doing', 'Blocked'),
      flag('2025-06-05T09:00:00Z', true),
      moved('2025-06-06T09:00:00Z', 'Blocked', 'Doing'),
      flag('2025-06-09T09:00:00Z', false),
    ];
    const blockedBy = [{ subject: 'jira:issue:ECD-2', done: false, since: '2025-06-09T09:00:00Z' }];

    expect(since({ changes, blockedBy })).toEqual({
      since: Date.parse('2025-06-04T09:00:00Z'),
      causes: ['link'],
      by: ['jira:issue:ECD-2'],
    });
  });

  test('a gap between two reasons begins a new time', () => {
    const changes = [
      moved('2025-06-04T09:00:00Z', 'Doing', 'Blocked'),
      moved('2025-06-06T09:00:00Z', 'Blocked', 'Doing'),
      flag('2025-06-09T09:00:00Z', true),
    ];

    expect(since({ changes, flagged: true })).toMatchObject({
      since: Date.parse('2025-06-09T09:00:00Z'),
      causes: ['flag'],
    });
  });

  test('a ticket that was created blocked is blocked since then', () => {
    expect(since({ flagged: true })?.since).toBe(Date.parse('2025-06-02T09:00:00Z'));
    expect(since({ status: 'BLOCKED ' })?.since).toBe(Date.parse('2025-06-02T09:00:00Z'));
  });
});

test('how the ticket stands now wins over a history with gaps', () => {
  const changes = [flag('2025-06-05T09:00:00Z', true)];

  expect(since({ changes, flagged: false })).toBeNull();
});

test('a link whose beginning is not told blocks, since nobody knows when', () => {
  const blockedBy = [{ subject: 'jira:issue:ECD-2', done: false, since: null }];

  expect(since({ blockedBy })).toMatchObject({ since: null, causes: ['link'] });
});

test('a finished ticket is not blocked, whatever its flag says', () => {
  expect(since({ flagged: true, category: 'done' })).toBeNull();
});

test('a beginning after now is now', () => {
  const changes = [flag('2025-06-14T09:00:00Z', true)];

  expect(since({ changes, flagged: true })?.since).toBe(NOW);
});

test('what was blocked on a Saturday is due on Tuesday morning', () => {
  const time = workingTime(officeHours('America/New_York'));
  const saturday = Date.parse('2025-03-08T15:00:00Z');

  expect(blockedDueAt(saturday, time, LIMITS)).toBe(Date.parse('2025-03-11T13:00:00Z'));
});
