import { expect, test } from 'vitest';
import { minutesOf } from './pause.ts';

test.each([
  ['30m', 30],
  ['2h', 120],
  ['1d', 1440],
])('%s is %d minutes', (span, minutes) => {
  expect(minutesOf(span)).toBe(minutes);
});

test.each(['', '2', 'h', '-2h', '2 h', '2w', '999999h'])('"%s" is refused with the fix', (span) => {
  expect(() => minutesOf(span)).toThrow('is no span of time');
});
