import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  expected,
  expectedApproved,
  expectedGranted,
  expectedState,
} from './policy-expectation.ts';
import { policyPage } from './policy-page.ts';
import { policyTable } from './policy-rows.ts';
import type { Judged, Row } from './policy-rows.ts';

const PAGE = new URL('../../docs/policy-table.md', import.meta.url);

let table: readonly Judged[] = [];
beforeAll(async () => {
  table = await policyTable();
}, 240_000);

const worded = ({ operation, cycle, target, author, purpose, role, mode }: Row): string =>
  [operation, cycle, target, author, purpose, role, mode].join(' | ');

/** The lines that say something else than they should, with what they say. */
const wrong = (says: (one: Judged) => string, should: (row: Row) => string): string[] =>
  table
    .filter((one) => says(one) !== should(one.row))
    .map(
      (one) => `${worded(one.row)}: ${says(one)} by ${one.verdict.rule}, not ${should(one.row)}`,
    );

describe('the decision table', () => {
  test('is of every declared operation, effect, mode, role, target, author and purpose', () => {
    const values = (of: (row: Row) => string) => new Set(table.map(({ row }) => of(row))).size;

    expect(table.length).toBeGreaterThan(30_000);
    expect({
      effects: values(({ effect }) => effect),
      modes: values(({ mode }) => mode),
      roles: values(({ role }) => role),
      targets: values(({ target }) => target),
      proposals: values(({ author, purpose }) => `${author} ${purpose}`),
    }).toEqual({ effects: 4, modes: 3, roles: 8, targets: 9, proposals: 13 });
  });

  test('answers each line as the design and the shipped directives say', () => {
    expect(wrong(({ verdict }) => verdict.answer, expected)).toEqual([]);
  });

  test('begins each action in the state that follows: in simulation nothing waits and nothing leaves', () => {
    expect(wrong(({ state }) => state, expectedState)).toEqual([]);
  });

  test('lets a person settle what was asked, and never what was denied', () => {
    expect(wrong(({ approved }) => approved, expectedApproved)).toEqual([]);
  });

  test('lets a kind that is allowed for a while settle the autonomy lists and no other rule', () => {
    expect(wrong(({ granted }) => granted, expectedGranted)).toEqual([]);
  });

  test('denies an unknown operation to everybody, in every mode, whoever agrees', () => {
    const unknown = table.filter(({ row }) => row.effect === 'unknown');
    const said = new Set(unknown.map(({ verdict, approved }) => `${verdict.rule} ${approved}`));

    expect([...said]).toEqual(['unknown-operation deny']);
  });

  test('is told by docs/policy-table.md as it is', () => {
    const page = policyPage(table);
    if (process.env['UPDATE_POLICY_TABLE'] === '1') writeFileSync(PAGE, page);

    expect(readFileSync(PAGE, 'utf8')).toBe(page);
    expect(page.split('\n').length).toBeLessThan(150);
  });
});
