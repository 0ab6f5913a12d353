import { expect, test } from 'vitest';
import { nextCursor } from './link-header.ts';

const link = (results: string): string =>
  `<https://sentry.io/api/0/x/?cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", ` +
  `<https://sentry.io/api/0/x/?cursor=0:100:0>; rel="next"; results="${results}"; cursor="0:100:0"`;

test.each([
  [link('true'), '0:100:0'],
  // The next page is always named: only `results` says whether it holds anything.
  [link('false'), null],
  [null, null],
  ['<x>; rel="next"; results="true"; cursor="../"', null],
])('%s', (header, cursor) => {
  expect(nextCursor(header)).toBe(cursor);
});

test('a long header is read in linear time', () => {
  expect(nextCursor('rel="next"; results="true"; cursor="'.repeat(30_000))).toBeNull();
});
