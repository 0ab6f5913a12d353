import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesBetween } from './changes.ts';
import { compileDirectives } from './compile.ts';
import { lineDiff, shortDiff } from './line-diff.ts';

function changes(before: string, after: string): string[] {
  const [from, to] = [before, after].map((text) =>
    compileDirectives(text, { holidays: new Map() }),
  );
  if (from === undefined || to === undefined || 'faults' in from || 'faults' in to) {
    throw new Error('it has faults');
  }
  return changesBetween(from.ok, to.ok);
}

describe('changesBetween', () => {
  test.each([
    [
      'agent: {}',
      'limits: { reminders_per_person_and_day: 2 }',
      ['reminders per person and day: 1 -> 2'],
    ],
    ['agent: {}', 'limits: { working_hours: false }', ['working hours kept: on -> off']],
    ['agent: {}', 'budget: { per_day_usd: 5 }', ['budget per day usd: none -> 5']],
    ['channels: { standup: "#a" }', 'agent: {}', ['channel standup: #a -> none']],
    ['agent: {}', 'team: { members: [{ name: Mia Berg }] }', ['Mia Berg joins the team']],
    [
      'team: { members: [{ name: Mia, role: member }] }',
      'team: { members: [{ name: Mia, role: tech-lead, approves: true }] }',
      ['Mia, role: member -> tech-lead', 'Mia, answers approvals: off -> on'],
    ],
    [
      'objectives: { primary: [One.] }',
      'objectives: { primary: [Two.] }',
      ['only what the model reads has changed, no rule of code'],
    ],
    ['agent: {}', 'agent: {} # a remark', []],
  ])('%s becomes %s', (before, after, told) => {
    expect(changes(before, after)).toEqual(told);
  });

  test('tells clauses that came and went', () => {
    const list = (level: string) =>
      `constraints: { autonomy: { ${level}: [{ text: a, rule: { operations: [jira.add-label] } }] } }`;

    expect(changes(list('needs_confirmation'), list('can_do_automatically'))).toEqual([
      'now done without asking: jira.add-label',
      'no longer done with a word of a person: jira.add-label',
    ]);
  });
});

describe('lineDiff', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });

  test('gives both texts back, whatever they are', () => {
    fc.assert(
      fc.property(lines, lines, (from, to) => {
        const diff = lineDiff(from.join('\n'), to.join('\n'));
        const without = (sign: string) =>
          diff
            .filter((line) => line.sign !== sign)
            .map((line) => line.text)
            .join('\n');
        expect(without('+')).toBe(from.join('\n'));
        expect(without('-')).toBe(to.join('\n'));
      }),
    );
  });

  test('shows the changed lines with two around them', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8'].join('\n');

    expect(shortDiff(lineDiff(before, before.replace('5', 'five')))).toEqual([
      '  3',
      '  4',
      '- 5',
      '+ five',
      '  6',
      '  7',
      '...',
    ]);
    expect(shortDiff(lineDiff(before, before))).toEqual([]);
  });
});
