import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROLES } from '../../domain/constitution.ts';
import type { Clause } from '../../domain/constitution.ts';
import { Purpose } from '../../domain/purpose.ts';
import { autonomyOf } from './autonomy-of.ts';
import type { AutonomyAsk } from './autonomy-of.ts';
import { coversPattern, matchesOperation } from './operation-pattern.ts';

const clause = (
  level: Clause['level'],
  operations: readonly string[],
  when: Clause['when'] = {},
): Clause => ({ level, operations, when, line: 1, text: level });

const comment: AutonomyAsk = {
  operation: 'jira.add-comment',
  purpose: 'answer',
  channelPurpose: null,
  askedByRole: null,
  to: null,
};

const levelOf = (clauses: readonly Clause[], asked: Partial<AutonomyAsk> = {}) =>
  autonomyOf({ clauses }, { ...comment, ...asked }).level;

describe('autonomyOf', () => {
  test('what no clause names is asked, and no clause is told', () => {
    expect(autonomyOf({ clauses: [] }, comment)).toEqual({ level: 'confirm', clause: null });
    expect(levelOf([clause('automatic', ['slack.*'])])).toBe('confirm');
  });

  test('a clause with more conditions wins, even over a name without a star', () => {
    const clauses = [
      clause('never', ['jira.add-comment']),
      clause('automatic', ['*.add-comment'], { purposes: ['answer'] }),
    ];

    expect(levelOf(clauses)).toBe('automatic');
    expect(levelOf(clauses, { purpose: 'notice' })).toBe('never');
  });

  test('a name wins over a pattern', () => {
    const clauses = [clause('never', ['jira.*']), clause('automatic', ['jira.add-comment'])];

    expect(levelOf(clauses)).toBe('automatic');
    expect(levelOf(clauses, { operation: 'jira.add-label' })).toBe('never');
  });

  test('among equals the more careful one wins, whatever the order', () => {
    const clauses = [
      clause('automatic', ['jira.add-comment']),
      clause('never', ['jira.add-comment']),
      clause('confirm', ['jira.add-comment']),
    ];

    expect(levelOf(clauses)).toBe('never');
    expect(levelOf(clauses.toReversed())).toBe('never');
  });

  test('a condition about what is not known does not hold', () => {
    const clauses = [
      clause('automatic', ['*.*'], { channels: ['standup'] }),
      clause('automatic', ['*.*'], { askedBy: ['member'] }),
      clause('automatic', ['*.*'], { to: ['Done'] }),
    ];

    expect(levelOf(clauses)).toBe('confirm');
    expect(levelOf(clauses, { channelPurpose: 'standup' })).toBe('automatic');
    expect(levelOf(clauses, { askedByRole: 'member' })).toBe('automatic');
    expect(levelOf(clauses, { to: ' done' })).toBe('automatic');
    expect(levelOf(clauses, { askedByRole: 'guest' })).toBe('confirm');
  });

  test('adding a never without conditions never makes anything freer', () => {
    const name = fc.constantFrom('jira.add-comment', 'jira.set-priority', 'slack.post-message');
    const pattern = fc.constantFrom('*.*', 'jira.*', '*.add-*', 'jira.add-comment', 'slack.*');
    const some = <T>(values: readonly T[]) =>
      fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });
    const when = fc
      .record({
        purposes: some(Purpose.options),
        askedBy: some(ROLES),
        channels: some(['standup']),
      })
      .map((parts): Clause['when'] =>
        Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)),
      );
    const anyClause = fc
      .tuple(fc.constantFrom('automatic', 'confirm', 'never'), pattern, when)
      .map(([level, operation, given]) => clause(level, [operation], given));
    const asked = fc.record({
      operation: name,
      purpose: fc.constantFrom(...Purpose.options),
      channelPurpose: fc.constantFrom(null, 'standup'),
      askedByRole: fc.constantFrom(null, ...ROLES),
      to: fc.constant(null),
    });
    const CARE = { automatic: 0, confirm: 1, never: 2 };

    fc.assert(
      fc.property(fc.array(anyClause, { maxLength: 8 }), asked, pattern, (clauses, ask, banned) => {
        const before = autonomyOf({ clauses }, ask);
        const after = autonomyOf({ clauses: [...clauses, clause('never', [banned])] }, ask);
        // Only where no clause spoke, "asked by default" gives way to what the new clause says.
        expect(CARE[after.level]).toBeGreaterThanOrEqual(CARE[before.level]);
      }),
    );
  });
});

describe('matchesOperation', () => {
  test.each([
    ['jira.add-comment', 'jira.add-comment', true],
    ['jira.add-comment', 'jira.add-comments', false],
    ['jira.*', 'jira.delete-issue', true],
    ['*.delete-*', 'jira.delete-issue', true],
    ['*.delete-*', 'jira.undelete-issue', false],
    ['*.*-issue', 'jira.close-issue', true],
    ['*a*a*', 'aa', true],
    ['*aa*a', 'aa', false],
    ['*', 'anything.at-all', true],
    ['', 'jira.x', false],
  ])('%s names %s: %s', (pattern, operation, named) => {
    expect(matchesOperation(pattern, operation)).toBe(named);
  });

  test('agrees with the regular expression of the pattern', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 10 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });

    fc.assert(
      fc.property(patterns, letters, (pattern, operation) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(matchesOperation(pattern, operation)).toBe(
          new RegExp(`^${source}$`).test(operation),
        );
      }),
    );
  });

  test('a pattern that covers another names whatever the other names', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 5 });

    fc.assert(
      fc.property(patterns, patterns, letters, (wide, narrow, operation) => {
        fc.pre(coversPattern(wide, narrow) && matchesOperation(narrow, operation));
        expect(matchesOperation(wide, operation)).toBe(true);
      }),
    );
  });
});
