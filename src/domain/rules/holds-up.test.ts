import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { issue } from '../../../test/helpers/situations.ts';
import { holdsUp, linksOf } from './holds-up.ts';

const Vectors = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      blocks: z.array(z.tuple([z.string(), z.string()])),
      done: z.array(z.string()),
      root: z.string(),
      expect: z.record(z.string(), z.number()),
    }),
  ),
});
const file = new URL('../../../test/fixtures/domain/rules/blocked-closure.json', import.meta.url);
const vectors = Vectors.parse(JSON.parse(readFileSync(file, 'utf8')));

test('all named cases are there', () => {
  expect(vectors.cases).toHaveLength(5);
});

test.each(vectors.cases)('$name', ({ root, blocks, done, expect: expected }) => {
  const rows = blocks.map(([blocker, blocked]) => ({ blocker, blocked }));

  expect(Object.fromEntries(holdsUp({ root, blocks: rows, done: new Set(done) }))).toEqual(
    expected,
  );
});

test('of two ways the shorter one counts, and a circle beside the root ends', () => {
  const rows = ['AB', 'BC', 'CD', 'AD', 'DC', 'CB'].map(([blocker = '', blocked = '']) => ({
    blocker,
    blocked,
  }));

  expect(Object.fromEntries(holdsUp({ root: 'A', blocks: rows, done: new Set() }))).toEqual({
    B: 1,
    C: 2,
    D: 1,
  });
});

test('a chain of ten thousand is walked to its end', () => {
  const blocks = Array.from({ length: 10_000 }, (_, n) => ({
    blocker: String(n),
    blocked: String(n + 1),
  }));

  expect(holdsUp({ root: '0', blocks, done: new Set() }).get('10000')).toBe(10_000);
});

test('links are read from both of their ends, and the finished are known from either', () => {
  const [a, b, c] = ['jira:issue:ECD-1', 'jira:issue:ECD-2', 'jira:issue:ECD-3'] as const;
  const links = linksOf([
    issue({ subject: a, blocks: [{ subject: b, done: false }] }),
    issue({
      subject: c,
      blockedBy: [
        { subject: b, done: false, since: null },
        { subject: 'jira:issue:ECD-9', done: true, since: null },
      ],
    }),
    issue({ subject: 'jira:issue:ECD-4', category: 'done' }),
  ]);

  expect(Object.fromEntries(holdsUp({ root: a, ...links }))).toEqual({ [b]: 1, [c]: 2 });
  expect(links.done).toEqual(new Set(['jira:issue:ECD-4', 'jira:issue:ECD-9']));
});
