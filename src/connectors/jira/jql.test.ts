import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { boundedJql } from './jql.ts';

const bound = 'project in ("ECD", "OPS")';
const projects = ['ECD', 'OPS'];

test.each([
  ['status = Done', `${bound} AND (status = Done) ORDER BY updated DESC`],
  ['', `${bound} ORDER BY updated DESC`],
  ['ORDER BY rank asc', `${bound} ORDER BY rank asc`],
  ['a = 1 OR project = HR', `${bound} AND (a = 1 OR project = HR) ORDER BY updated DESC`],
  [
    'a = 1 order  by due, "Story Points" DESC',
    `${bound} AND (a = 1) ORDER BY due, "Story Points" DESC`,
  ],
  ['summary ~ "order by x)"', `${bound} AND (summary ~ "order by x)") ORDER BY updated DESC`],
  ['a = "\\"" AND b = 1', `${bound} AND (a = "\\"" AND b = 1) ORDER BY updated DESC`],
  ['reorder = 1', `${bound} AND (reorder = 1) ORDER BY updated DESC`],
])('%s stays inside the watched projects', (jql, expected) => {
  expect(boundedJql(jql, projects)).toBe(expected);
});

test('without named projects the query is still bounded', () => {
  expect(boundedJql('a = 1', [])).toBe('project is not EMPTY AND (a = 1) ORDER BY updated DESC');
});

test.each([
  'a = 1) OR (project = HR',
  'a = 1)',
  '(a = 1',
  'a = "1',
  "a = '1",
  'a = "1\\"',
  'a = \\" OR b = "x"',
  'a = 1 ORDER BY x) OR (project = HR',
  'a = 1 ORDER BY x, y OR z',
  'ORDER BY a,b,c,d,e,f,g,h',
  'ORDER BY "a\\"',
  'a = \u0001',
  'x'.repeat(4_001),
])('%s could break out and is refused', (jql) => {
  const attempt = (): string => boundedJql(jql, projects);

  expect(attempt).toThrow(Failure);
});

test('whatever is taken, its quotes and parentheses close inside the restriction', () => {
  const piece = fc.constantFrom('(', ')', '"', "'", '\\', ' ', 'a', '=', 'order by ', ' OR ', ',');

  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      let jql: string;
      try {
        jql = boundedJql(pieces.join(''), projects);
      } catch {
        return;
      }
      const bare = jql.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, '');
      expect(bare).not.toMatch(/["'\\]/);
      let depth = 0;
      for (let at = 0; at < bare.length; at += 1) {
        const sign = bare.charAt(at);
        depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
        expect(depth).toBeGreaterThanOrEqual(0);
        if (bare.startsWith(' OR ', at)) expect(depth).toBeGreaterThan(0);
      }
      expect(depth).toBe(0);
    }),
    { numRuns: 2_000 },
  );
});
