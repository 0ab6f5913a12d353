import { expect, test } from 'vitest';
import { officeHours } from '../../test/helpers/situations.ts';
import { workingTime } from '../lib/business-time.ts';
import { BUTTONS, isTaken, pressed, saidInReply } from './reminder-answer.ts';

const TIME = workingTime(officeHours('Europe/Berlin'));
// A Tuesday at noon.
const AT = Date.parse('2025-06-10T10:00:00Z');

const opening = (date: string) => Date.parse(`${date}T07:00:00Z`);

test.each([
  ['on it', { kind: 'on-it' }],
  ["I'm on it!", { kind: 'on-it' }],
  ['I’m on it', { kind: 'on-it' }],
  ['  Will   do. ', { kind: 'on-it' }],
  ['not for me', { kind: 'not-for-me' }],
  ["That's not mine", { kind: 'not-for-me' }],
  ['snooze', { kind: 'snooze', until: opening('2025-06-11') }],
  ['Snooze until tomorrow', { kind: 'snooze', until: opening('2025-06-11') }],
  ['snooze until Friday', { kind: 'snooze', until: opening('2025-06-13') }],
  ['snooze it to thu', { kind: 'snooze', until: opening('2025-06-12') }],
  // Today's own name is a week away, and who names a free day means the next working one.
  ['snooze until tuesday', { kind: 'snooze', until: opening('2025-06-17') }],
  ['snooze until saturday', { kind: 'snooze', until: opening('2025-06-16') }],
  ['snooze until 2025-06-20', { kind: 'snooze', until: opening('2025-06-20') }],
])('%s is understood', (text, answer) => {
  expect(saidInReply(text, AT, TIME)).toEqual(answer);
});

test.each([
  '',
  'Who is on it?',
  'I am not on it',
  'on it, but move ECD-12 to the next sprint',
  'snooze until the cows come home',
  'snooze until 2025-06-01',
  'snooze until 2031-01-01',
  'on it '.repeat(100),
])('%s is a message like any other', (text) => {
  expect(saidInReply(text, AT, TIME)).toBeNull();
});

test('the buttons say the same, and other buttons say nothing', () => {
  expect(pressed(BUTTONS.onIt, AT, TIME)).toEqual({ kind: 'on-it' });
  expect(pressed(BUTTONS.notForMe, AT, TIME)).toEqual({ kind: 'not-for-me' });
  expect(pressed(BUTTONS.snooze, AT, TIME)).toEqual({
    kind: 'snooze',
    until: opening('2025-06-11'),
  });
  expect(pressed('pm.approval.accept', AT, TIME)).toBeNull();
});

test('a calendar without any working day leaves no day to snooze to', () => {
  const never = workingTime({ tz: 'UTC', week: {} });

  expect(saidInReply('snooze until friday', AT, never)).toBeNull();
});

test('only reactions that promise something count', () => {
  expect(['eyes', '+1::skin-tone-2', 'white_check_mark'].every(isTaken)).toBe(true);
  expect(['joy', '-1', 'x', ''].some(isTaken)).toBe(false);
});
