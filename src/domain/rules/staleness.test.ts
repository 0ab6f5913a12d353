import { describe, expect, test } from 'vitest';
import { account, issue, LIMITS, officeHours } from '../../../test/helpers/situations.ts';
import { workingTime } from '../../lib/business-time.ts';
import type { AccountRef, IssueSituation, StepKind } from '../situation.ts';
import { lastProgress, staleness } from './staleness.ts';

const ada = account('Ada');
const bot = account('Renovator', true);
const us = account('Agent');
const ours = (by: AccountRef) => by.id === us.id;
const time = workingTime(officeHours('UTC'));
// Monday, Tuesday ... of one week.
const MON = '2025-06-09T10:00:00Z';
const TUE = '2025-06-10T10:00:00Z';
const WED = '2025-06-11T10:00:00Z';

type Step = IssueSituation['steps'][number];
const step = (kind: StepKind, by: AccountRef | null, at = TUE): Step => ({ kind, by, at });

describe('progress', () => {
  test.each<[StepKind, boolean]>([
    ['status', true],
    ['assignee', true],
    ['estimate', true],
    ['comment', true],
    ['worklog', true],
    ['commit', true],
    ['push', true],
    ['pull-request', true],
    ['review', true],
    ['other', false],
  ])('a %s of a person counts: %s', (kind, counts) => {
    expect(lastProgress({ steps: [step(kind, ada)] }, ours) !== null).toBe(counts);
  });

  test('nothing that a bot or the agent does counts', () => {
    expect(lastProgress({ steps: [step('comment', bot), step('status', us)] }, ours)).toBeNull();
  });

  test('of nobody known, only work on code counts', () => {
    expect(lastProgress({ steps: [step('status', null)] }, ours)).toBeNull();
    expect(lastProgress({ steps: [step('push', null)] }, ours)?.kind).toBe('push');
  });

  test('the last one is told, in whatever order they are listed', () => {
    const steps = [step('comment', ada, WED), step('status', ada, MON), step('comment', us, WED)];

    expect(lastProgress({ steps }, ours)).toEqual({
      at: Date.parse(WED),
      kind: 'comment',
      by: ada,
    });
  });
});

function look(given: Partial<IssueSituation>, now: string) {
  return staleness({
    issue: issue({ steps: [step('comment', ada, MON)], ...given }),
    now: Date.parse(now),
    time,
    ours,
    limits: LIMITS,
    statuses: { review: ['in review'] },
  });
}

describe('an item in progress', () => {
  test('is stale after two business days without progress, not a second before', () => {
    expect(look({}, '2025-06-11T09:59:59Z').isStale).toBe(false);
    expect(look({}, WED)).toEqual({
      isStale: true,
      why: 'in_progress',
      since: Date.parse(MON),
      at: Date.parse(WED),
      idleDays: 2,
      afterDays: 2,
    });
  });

  test('does not age over a weekend', () => {
    const steps = [step('comment', ada, '2025-06-13T10:00:00Z')];

    expect(look({ steps }, '2025-06-17T09:00:00Z').isStale).toBe(false);
    expect(look({ steps }, '2025-06-17T10:00:00Z').isStale).toBe(true);
  });

  test('is not kept alive by a reminder of the agent', () => {
    const steps = [step('comment', ada, MON), step('comment', us, TUE)];

    expect(look({ steps }, WED).isStale).toBe(true);
  });

  test('counts from its creation when nothing happened since', () => {
    expect(look({ steps: [], createdAt: MON }, WED).since).toBe(Date.parse(MON));
  });
});

test('a review is stale after one business day', () => {
  expect(look({ status: 'In Review' }, TUE)).toMatchObject({ isStale: true, why: 'review' });
});

test('what is done is never stale', () => {
  expect(look({ category: 'done' }, '2025-07-01T10:00:00Z')).toMatchObject({
    isStale: false,
    why: 'done',
    at: null,
  });
});

describe('a todo', () => {
  const sprint = {
    id: '1',
    name: 'Sprint 1',
    state: 'active',
    startsAt: '2025-06-09T09:00:00Z',
    endsAt: '2025-06-20T18:00:00Z',
  } as const;
  const todo = { category: 'todo', status: 'Open', sprint } as const;

  test('is stale after five business days in the second half of its sprint', () => {
    expect(look(todo, '2025-06-16T10:00:00Z')).toMatchObject({ isStale: true, why: 'todo' });
    expect(look(todo, '2025-06-16T09:59:00Z').isStale).toBe(false);
  });

  test('is left alone in the first half', () => {
    const steps = [step('comment', ada, '2025-05-01T10:00:00Z')];

    expect(look({ ...todo, steps }, '2025-06-13T17:59:00Z')).toMatchObject({
      isStale: false,
      why: 'todo_not_due',
    });
    expect(look({ ...todo, steps }, '2025-06-13T18:00:00Z').isStale).toBe(true);
  });

  test.each([
    ['no sprint', null],
    ['a sprint that has not begun', { ...sprint, state: 'future' as const }],
    ['a sprint without dates', { ...sprint, endsAt: null }],
  ])('is left alone with %s', (_name, given) => {
    expect(look({ ...todo, sprint: given }, '2025-06-20T10:00:00Z').isStale).toBe(false);
  });
});
