import { expect, test } from 'vitest';
import { workingTime } from '../../lib/business-time.ts';
import { expiresAtFor } from './expires-at.ts';

const day: [string, string][] = [['09:00', '18:00']];
const week = { mon: day, tue: day, wed: day, thu: day, fri: day };
const given = {
  workingTime: workingTime({ tz: 'Europe/Berlin', week, holidays: ['2026-03-09'] }),
  rules: { expiryDays: 1, criticalHours: 2, twoPerson: [] },
};

test.each([
  [
    'within a day: the same time on the next',
    'high',
    '2026-03-03T10:00:00Z',
    '2026-03-04T10:00:00Z',
  ],
  ['over a weekend and a holiday', 'low', '2026-03-06T15:00:00Z', '2026-03-10T15:00:00Z'],
  [
    'what is critical: two hours, also at night',
    'critical',
    '2026-03-06T22:00:00Z',
    '2026-03-07T00:00:00Z',
  ],
] as const)('a question ends %s', (...row) => {
  const [, level, from, until] = row;

  const at = expiresAtFor(level, Date.parse(from), given);

  expect(new Date(at).toISOString()).toBe(until.replace('Z', '.000Z'));
});
