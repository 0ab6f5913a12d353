import { describe, expect, test } from 'vitest';
import { account, LIMITS, officeHours, pullRequest } from '../../../test/helpers/situations.ts';
import { workingTime } from '../../lib/business-time.ts';
import type { AccountRef, PullRequestSituation } from '../situation.ts';
import { reviewSla } from './review-sla.ts';

const team = workingTime(officeHours('America/New_York'));
const calendars = new Map([
  ['nell', team],
  ['lara', workingTime(officeHours('America/Los_Angeles'))],
  ['kim', workingTime(officeHours('Asia/Kolkata'))],
]);
const timeOf = ({ id }: AccountRef) => calendars.get(id) ?? null;
const nell = account('Nell');
const lara = account('Lara');
const kim = account('Kim');
const ada = account('Ada');
// Friday 16:00 in New York, before the spring change.
const FRIDAY = '2025-03-07T21:00:00Z';
const at = (text: string) => Date.parse(text);

function look(given: Partial<PullRequestSituation>, now: string) {
  const pr = pullRequest({ createdAt: '2025-03-03T15:00:00Z', ...given });
  return reviewSla({ pr, now: at(now), timeOf, team, limits: LIMITS });
}

const all = [nell, lara, kim].map((reviewer) => ({ reviewer, at: FRIDAY }));

test('each reviewer is due on their own calendar, the pull request with the first of them', () => {
  const sla = look({ requests: all }, FRIDAY);

  expect(sla.clocks.map(({ reviewer, due }) => [reviewer?.name, due])).toEqual([
    ['Kim', at('2025-03-10T11:30:00Z')],
    ['Nell', at('2025-03-10T19:00:00Z')],
    ['Lara', at('2025-03-10T19:00:00Z')],
  ]);
  expect(sla.first?.due).toBe(at('2025-03-10T11:30:00Z'));
});

describe('the state', () => {
  const requests = [{ reviewer: nell, at: FRIDAY }];

  test.each([
    ['2025-03-10T16:59:59Z', 'ok'],
    ['2025-03-10T17:00:00Z', 'due_soon'],
    ['2025-03-10T18:59:59Z', 'due_soon'],
    ['2025-03-10T19:00:00Z', 'breached'],
  ])('at %s is %s', (now, state) => {
    expect(look({ requests }, now).state).toBe(state);
  });

  test('tells how long it has waited, by the clock and in working hours', () => {
    expect(look({ requests }, '2025-03-10T15:00:00Z').first).toMatchObject({
      businessHours: 4,
      elapsedHours: 66,
      used: 0.5,
    });
  });
});

test('the time runs from when it was ready', () => {
  const requests = [{ reviewer: nell, at: '2025-03-04T15:00:00Z' }];
  const draftChanges = [{ at: FRIDAY, by: ada, ready: true }];

  expect(look({ requests, draftChanges }, FRIDAY).first?.due).toBe(at('2025-03-10T19:00:00Z'));
});

test('nobody asked: the calendar of the team, from when it was ready', () => {
  const draftChanges = [{ at: FRIDAY, by: ada, ready: true }];

  expect(look({ draftChanges }, FRIDAY)).toMatchObject({
    why: 'nobody_requested',
    first: { reviewer: null, from: at(FRIDAY), due: at('2025-03-10T19:00:00Z') },
  });
});

test('a reviewer without a calendar has that of the team', () => {
  const requests = [{ reviewer: account('Guest'), at: FRIDAY }];

  expect(look({ requests }, FRIDAY).first?.due).toBe(at('2025-03-10T19:00:00Z'));
});

describe('a turn', () => {
  const requests = [{ reviewer: nell, at: '2025-03-04T15:00:00Z' }];
  const wish = { at: '2025-03-05T15:00:00Z', by: nell, verdict: 'changes_requested' as const };

  test('of the author stops the clock', () => {
    expect(look({ requests, reviews: [wish] }, '2025-03-20T15:00:00Z')).toMatchObject({
      state: 'paused',
      clocks: [],
      first: null,
    });
  });

  test('that comes back has the whole time again', () => {
    const given = { requests, reviews: [wish], pushes: [{ at: FRIDAY, by: ada }] };

    expect(look(given, FRIDAY)).toMatchObject({
      state: 'ok',
      first: { from: at(FRIDAY), due: at('2025-03-10T19:00:00Z'), businessHours: 0 },
    });
  });
});

describe('a review by one of those asked', () => {
  const requests = [nell, kim].map((reviewer) => ({ reviewer, at: FRIDAY }));
  const told = '2025-03-10T08:00:00Z';
  const late = '2025-03-12T15:00:00Z';

  test.each<[string, Partial<PullRequestSituation>]>([
    ['review', { reviews: [{ at: told, by: kim, verdict: 'commented' }] }],
    ['comment', { comments: [{ at: told, by: kim, inline: false }] }],
  ])('meets it for the pull request, not for the other: %s', (_name, given) => {
    const sla = look({ requests, ...given }, late);

    expect(sla).toMatchObject({ state: 'met', metAt: at(told) });
    expect(sla.clocks.map(({ reviewer, state }) => [reviewer?.name, state])).toEqual([
      ['Nell', 'breached'],
    ]);
  });

  test('a plain comment of somebody else does not', () => {
    const comments = [{ at: told, by: lara, inline: false }];

    expect(look({ requests, comments }, late).state).toBe('breached');
  });
});

test('nothing is awaited after the merge', () => {
  expect(look({ requests: all, state: 'merged', mergedAt: FRIDAY }, FRIDAY)).toMatchObject({
    state: 'none',
    why: 'merged',
    first: null,
  });
});

test('whoever never works is never due, and sets no due for the others', () => {
  const idle = workingTime({ tz: 'UTC', week: {} });
  const pr = pullRequest({
    createdAt: '2025-03-03T15:00:00Z',
    requests: [lara, nell].map((reviewer) => ({ reviewer, at: FRIDAY })),
  });
  const sla = reviewSla({
    pr,
    now: at(FRIDAY),
    timeOf: ({ id }) => (id === 'lara' ? idle : null),
    team,
    limits: LIMITS,
  });

  expect(sla.clocks.map(({ due }) => due)).toEqual([at('2025-03-10T19:00:00Z'), null]);
});
