import { expect, test } from 'vitest';
import { mayWriteTo, modesOf } from './mode-of.ts';

const particular = [
  { operations: 'jira.*', mode: 'ask' },
  { operations: 'jira.add-comment', mode: 'production' },
] as const;

test('an operation’s own name beats a pattern, a pattern beats the mode of the program', () => {
  const modeOf = modesOf('simulation', particular);

  expect(['jira.add-comment', 'jira.assign-issue', 'slack.post-message'].map(modeOf)).toEqual([
    'production',
    'ask',
    'simulation',
  ]);
});

test('only a system in which something may leave gets its credentials to write', () => {
  expect(['jira', 'slack'].map((system) => mayWriteTo(system, 'simulation', particular))).toEqual([
    true,
    false,
  ]);
  expect(mayWriteTo('slack', 'production', [])).toBe(true);
  expect(mayWriteTo('slack', 'simulation', [{ operations: '*.add-comment', mode: 'ask' }])).toBe(
    true,
  );
});
