import { describe, expect, test } from 'vitest';
import { declaredOperations } from '../../app-operations.ts';
import { reviewDirectives } from './review.ts';

const operations = await declaredOperations();

function review(text: string) {
  const answer = reviewDirectives(text, { holidays: new Map(), operations });
  if ('faults' in answer) throw new Error(JSON.stringify(answer.faults));
  return answer;
}

const problemsOf = (text: string): string[] =>
  review(text).problems.map(({ line, kind, problem }) => `${line} ${kind}: ${problem}`);

/** Directives with these clauses: level, then the rule. */
function clauses(...rows: readonly (readonly [string, string])[]): string {
  const lists = Map.groupBy(rows, ([level]) => level);
  const written = [...lists].map(
    ([level, list]) =>
      `${level}:\n${list.map(([, rule]) => `      - { text: a, rule: { ${rule} } }`).join('\n')}`,
  );
  return `constraints:\n  autonomy:\n    ${written.join('\n    ')}\nchannels: { standup: "#standup" }`;
}

describe('reviewDirectives', () => {
  test('says of every sentence which rule enforces it, or that it is advice', () => {
    const { lines } = review(
      [
        'objectives:',
        '  primary:',
        '    - Be kind.',
        '    - { text: Review soon., rule: { review_within_business_hours: 8 } }',
        'constraints:',
        '  autonomy:',
        '    never_do:',
        '      - { text: Delete., rule: { operations: ["jira.delete-*"], hops: 2 } }',
        '      - { text: Close., rule: { operations: [jira.close-issue] } }',
      ].join('\n'),
    );

    expect(lines.map(({ line, enforced }) => [line, enforced.map(({ by }) => by)])).toEqual([
      [3, []],
      [4, ['review-sla']],
      [8, ['never-list', 'loop-guard']],
      [9, ['autonomy']],
    ]);
    expect(lines[2]?.enforced[0]?.does).toBe('never done: jira.delete-*');
    expect(lines[1]?.enforced[0]?.does).toContain('8 business hours');
  });

  test.each([
    [
      'the same operation in two lists',
      clauses(
        ['can_do_automatically', 'operations: [jira.add-label]'],
        ['never_do', 'operations: [jira.add-label]'],
      ),
      '4 contradiction: line 6 is more careful about the same operations, so this never holds',
    ],
    [
      'a pattern inside of a more careful one',
      clauses(
        ['can_do_automatically', 'operations: ["jira.add-*"]'],
        ['needs_confirmation', 'operations: ["jira.*"]'],
      ),
      '4 contradiction: line 6 is more careful',
    ],
    [
      'a purpose that a more careful clause has among others',
      clauses(
        ['can_do_automatically', 'operations: [jira.add-label], purposes: [answer]'],
        ['never_do', 'operations: [jira.add-label], purposes: [answer, notice]'],
      ),
      '4 contradiction: line 6 is more careful',
    ],
    [
      'the same clause twice',
      clauses(
        ['never_do', 'operations: [jira.add-label]'],
        ['never_do', 'operations: [jira.add-label]'],
      ),
      '5 never-fires: line 4 says the same',
    ],
    [
      'leave for what is never done',
      clauses(['can_do_automatically', 'operations: [jira.delete-issue]']),
      '4 never-fires: jira.delete-issue is never done (*.delete-*)',
    ],
    [
      'leave without asking for what a person always decides',
      clauses(['can_do_automatically', 'operations: [sentry.resolve-issue]']),
      '4 never-fires: sentry.resolve-issue is decided by a person in every mode',
    ],
    [
      'an operation that nobody declares',
      clauses(['needs_confirmation', 'operations: [jira.add-comments]']),
      '4 unknown-operation: no connector can do jira.add-comments',
    ],
    [
      'a slip in the name of what is never done',
      clauses(['never_do', 'operations: [jira.close-isue]']),
      '4 unknown-operation: no connector can do jira.close-isue',
    ],
    [
      'a channel whose purpose is not named',
      clauses(['never_do', 'operations: [slack.post-message], channels: [standups]']),
      '4 unknown-channel: no channel serves for standups',
    ],
    [
      'a channel where none is reached',
      clauses(['never_do', 'operations: [jira.add-label], channels: [standup]']),
      '4 never-fires: none of these operations reaches a channel',
    ],
    [
      'a status where none is set',
      clauses(['never_do', 'operations: [jira.add-label], to: [Done]']),
      '4 never-fires: none of these operations moves to a status',
    ],
    [
      'a role that nobody has',
      `${clauses(['never_do', 'operations: [jira.add-label], asked_by: [vendor]'])}
team: { members: [{ name: Mia, role: tech-lead, approves: true }, { name: Ola, role: leadership }] }`,
      '4 never-fires: no member is vendor',
    ],
    [
      'a ladder whose first step is never taken',
      'objectives: { primary: [{ text: a, rule: { reminders_per_person_and_day: 0 } }] }',
      '1 never-fires: nobody is ever reminded, so no step of the ladder can follow',
    ],
    [
      'a sentence about hours that are switched off',
      'constraints: { communication: [Only in working hours.] }\nlimits: { working_hours: false }',
      '1 contradiction: it speaks of working hours, and `working_hours` is off',
    ],
    [
      'levels in the wrong order',
      'urgency: { levels: { critical: 60, high: 30 } }',
      '0 contradiction: critical is looked at every 60 minutes, high every 30',
    ],
    [
      'thresholds of high inside of those of critical',
      'urgency: { thresholds: { high: { days_left: 1, completion: 0.3 } } }',
      '0 never-fires: the days and share of high are always within those of critical',
    ],
    [
      'more money for a cycle than for a day',
      'budget: { per_cycle_usd: 5, per_day_usd: 1 }',
      '0 never-fires: per_cycle_usd of 5 is above per_day_usd of 1',
    ],
    [
      'nobody who may answer',
      'team: { members: [{ name: Mia, role: tech-lead }, { name: Ola, role: leadership }] }',
      '0 unknown-person: no member may answer approvals',
    ],
    [
      'a team without a tech lead',
      'team: { members: [{ name: Ola, role: leadership, approves: true }] }',
      '0 never-fires: step 3 tells the tech lead',
    ],
    [
      'a second person for what nobody can do',
      'approvals: { two_person: [jira.close-isue] }',
      '0 unknown-operation: no connector can do jira.close-isue',
    ],
  ])('finds %s', (_what, text, begin) => {
    expect(problemsOf(text).map((one) => one.slice(0, begin.length))).toEqual([begin]);
  });

  test.each([
    [
      'an exception by a condition',
      clauses(
        ['needs_confirmation', 'operations: [jira.close-issue], asked_by: [team]'],
        ['never_do', 'operations: [jira.close-issue]'],
      ),
    ],
    [
      'an exception by a name',
      clauses(
        ['can_do_automatically', 'operations: [jira.add-label]'],
        ['never_do', 'operations: ["jira.*"]'],
      ),
    ],
    ['a guard before what does not exist', clauses(['never_do', 'operations: ["*.deploy-*"]'])],
    ['nothing but a role', 'agent: { role: Project manager }'],
  ])('lets %s be', (_what, text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});
