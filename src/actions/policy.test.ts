import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FakeTarget, commentOperation } from '../../test/helpers/connector.ts';
import type { Action } from '../domain/action.ts';
import { judge } from './policy.ts';
import type { PolicyCase } from './policy.ts';
import { propose } from './propose.ts';

const proposed = (issue = 'ECD-12', text = 'Hello') => ({
  operation: 'jira.add-comment',
  input: { issue, text },
  reason: 'asked',
});

const given = (changes: Partial<PolicyCase> = {}): PolicyCase => ({
  proposed: proposed(),
  operation: commentOperation(new FakeTarget()),
  subject: 'jira:issue:ECD-12',
  mode: 'production',
  never: [],
  answers: ['jira:comment:1'],
  history: [],
  ...changes,
});

const propose1 = (changes: Partial<Parameters<typeof propose>[0]> = {}): Action[] =>
  propose({
    cycle: 'c-1',
    subject: 'jira:issue:ECD-12',
    mode: 'production',
    actions: [proposed()],
    operations: new Map([['jira.add-comment', commentOperation(new FakeTarget())]]),
    never: [],
    answers: ['jira:comment:1'],
    history: [],
    now: 0,
    ...changes,
  });

describe('judge', () => {
  test.each<[string, Partial<PolicyCase>, string, string]>([
    ['allows what no rule objects to', {}, 'allow', 'no-objection'],
    ['denies an operation nobody declares', { operation: undefined }, 'deny', 'unknown-operation'],
    ['denies what is never done', { never: ['jira.add-comment'] }, 'deny', 'never-list'],
    ['denies input that does not fit', { proposed: proposed('ECD-12', '') }, 'deny', 'valid-input'],
    ['denies another target', { proposed: proposed('PRIV-1') }, 'deny', 'target-binding'],
    [
      'asks for what destroys',
      { operation: commentOperation(null, 'destroy') },
      'ask',
      'destroy-asks',
    ],
    ['asks for everything in mode ask', { mode: 'ask' }, 'ask', 'mode-asks'],
    ['lets deny beat ask', { mode: 'ask', proposed: proposed('PRIV-1') }, 'deny', 'target-binding'],
  ])('%s', (...row) => {
    const [, changes, answer, rule] = row;

    expect(judge(given(changes))).toMatchObject({ answer, rule });
  });

  test.each(['done', 'held', 'sending', 'unknown'] as const)(
    'denies a second answer to a message while the first is %s',
    (state) => {
      const [first] = propose1();
      const verdict = judge(given({ history: [{ ...first!, state }] }));

      expect(verdict).toMatchObject({ answer: 'deny', rule: 'one-answer-per-message' });
    },
  );

  test('never allows a target other than the subject, whatever the model writes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (issue, text) => {
        const verdict = judge(given({ proposed: proposed(issue, text) }));
        return issue === 'ECD-12' || verdict.answer === 'deny';
      }),
    );
  });
});

describe('propose', () => {
  test('every action has a verdict and the state that follows from it', () => {
    const states = (['simulation', 'ask', 'production'] as const).map(
      (mode) => propose1({ mode })[0]!.state,
    );

    expect(states).toEqual(['simulated', 'held', 'proposed']);
  });

  test('without a way to write an allowed action is written down only', () => {
    const operations = new Map([['jira.add-comment', commentOperation(null)]]);

    expect(propose1({ operations })[0]).toMatchObject({
      state: 'simulated',
      note: 'no credentials to write: not sent',
    });
  });

  test('a plan cannot answer the same message twice', () => {
    const actions = propose1({ actions: [proposed(), proposed('ECD-12', 'Again')] });

    expect(actions.map((action) => action.state)).toEqual(['proposed', 'denied']);
  });

  test('the digest is bound to the exact input', () => {
    const [one] = propose1();
    const [same] = propose1({ actions: [{ ...proposed(), reason: 'other' }] });
    const [other] = propose1({ actions: [proposed('ECD-12', 'Hello!')] });

    expect(same!.digest).toBe(one!.digest);
    expect(other!.digest).not.toBe(one!.digest);
  });
});
