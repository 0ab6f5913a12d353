import { expect, test } from 'vitest';
import { waitOf } from './rate-limit.ts';

const NOW = Date.parse('2026-11-20T09:00:00.000Z');
const reset = String(NOW / 1000 + 30);

const RESET = 'x-sentry-rate-limit-reset';

interface Case {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly wait: number | null;
}

test.each<[string, Case]>([
  ['until the reset', { status: 429, headers: { [RESET]: reset }, wait: 30_000 }],
  [
    'by the clock of Sentry where it tells it',
    {
      status: 429,
      headers: { [RESET]: reset, date: 'Fri, 20 Nov 2026 09:00:20 GMT' },
      wait: 10_000,
    },
  ],
  [
    'no time for a reset that is over',
    { status: 429, headers: { [RESET]: '1700000000' }, wait: 0 },
  ],
  ['as the client likes without a reset', { status: 429, headers: {}, wait: null }],
  ['as the client likes with nonsense', { status: 429, headers: { [RESET]: 'soon' }, wait: null }],
  ['nothing for another answer', { status: 503, headers: { [RESET]: reset }, wait: null }],
])('it waits %s', (_, { status, headers, wait }) => {
  expect(waitOf(status, new Headers(headers), NOW)).toBe(wait);
});
