import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FakeTarget, commentOperation } from '../../../test/helpers/connector.ts';
import { constitutionOf, policyCase, reaches } from '../../../test/helpers/judging.ts';
import { defineRead, defineWrite } from '../../domain/connector.ts';
import type { Action } from '../../domain/action.ts';
import { POLICY, judge } from './judge.ts';
import type { PolicyCase } from './policy-case.ts';

const Direct = z.object({ user: z.string(), text: z.string() });
const sendDirect = defineWrite({
  name: 'slack.send-direct',
  summary: 'Write to a person.',
  effect: 'write',
  input: Direct,
  preview: ({ user }) => `Write to ${user}`,
  target: ({ user }) => `slack:user:${user}`,
  reaches: ({ user }) => ({ audience: 'person', system: 'slack', id: user }),
  words: ({ text }) => text,
});

const Post = z.object({ channel: z.string(), text: z.string() });
const post = defineWrite({
  name: 'slack.post-message',
  summary: 'Post in a channel.',
  effect: 'write',
  input: Post,
  preview: ({ channel }) => `Post in ${channel}`,
  target: ({ channel }) => `slack:channel:${channel}`,
  reaches: ({ channel }) => ({ audience: 'channel', system: 'slack', id: channel }),
  words: ({ text }) => text,
});

const move = defineWrite({
  name: 'jira.transition-issue',
  summary: 'Move an issue.',
  effect: 'write',
  input: z.object({ issue: z.string(), to: z.string() }),
  preview: ({ issue, to }) => `Move ${issue} to ${to}`,
  target: ({ issue }) => `jira:issue:${issue}`,
});

const input = (text: string, issue = 'ECD-12') => ({
  operation: 'jira.add-comment',
  input: { issue, text },
  reason: 'asked',
});

const DM = {
  operation: 'slack.send-direct',
  input: { user: 'U0TOM', text: 'ECD-12 waits.' },
  reason: 'due',
};

/** A reminder that code proposes in the mailbox of a person. */
const reminder = (changes: Parameters<typeof policyCase>[0] = {}): PolicyCase =>
  policyCase({
    proposed: DM,
    operation: sendDirect,
    author: 'rules',
    purpose: 'reminder',
    subject: 'pm:person:member%3Atom%20ray',
    answers: [],
    recipient: reaches('Tom Ray'),
    ...changes,
  });

const toChannel = (channel: string, changes: Parameters<typeof policyCase>[0] = {}): PolicyCase =>
  policyCase({
    proposed: {
      operation: 'slack.post-message',
      input: { channel, text: 'ECD-12 waits.' },
      reason: 'due',
    },
    operation: post,
    author: 'rules',
    purpose: 'summary',
    answers: [],
    recipient: {
      reach: { audience: 'channel', system: 'slack', id: channel },
      people: [],
      channelPurpose: { C0ENG: 'engineering', C0LEAD: 'leadership' }[channel] ?? null,
    },
    ...changes,
  });

const NIGHT = Date.parse('2026-03-02T22:00:00Z');
const MOVED = {
  operation: 'jira.transition-issue',
  input: { issue: 'ECD-12', to: 'In Review' },
  reason: 'merged',
};

describe('each rule of policy', () => {
  test.each<[string, PolicyCase, string, string]>([
    ['allows what no rule objects to', policyCase(), 'allow', 'no-objection'],
    [
      'denies what nobody declares',
      policyCase({ operation: undefined }),
      'deny',
      'unknown-operation',
    ],
    [
      'denies what is never done, also when somebody agreed',
      policyCase({ proposed: { ...input('x'), operation: 'jira.delete-comment' }, approved: true }),
      'deny',
      'never-list',
    ],
    ['denies input that does not fit', policyCase({ proposed: input('') }), 'deny', 'valid-input'],
    [
      'denies another target',
      policyCase({ proposed: input('Hello', 'PRIV-1') }),
      'deny',
      'target-binding',
    ],
    [
      'asks when a model wants to write to a linked item',
      policyCase({ proposed: input('Hello', 'ECD-13'), related: ['jira:issue:ECD-13'] }),
      'ask',
      'target-binding',
    ],
    [
      'asks when a model wants to write to a person of the team',
      policyCase({ proposed: DM, operation: sendDirect, recipient: reaches('Tom Ray') }),
      'ask',
      'target-binding',
    ],
    [
      'denies a model what is for code alone',
      policyCase({ operation: { ...commentOperation(new FakeTarget()), internal: true } as never }),
      'deny',
      'internal-operation',
    ],
    [
      'keeps what was said in private where it was said',
      policyCase({
        confined: true,
        proposed: input('Hi', 'ECD-13'),
        related: ['jira:issue:ECD-13'],
      }),
      'deny',
      'need-to-know',
    ],
    [
      'asks for what destroys',
      policyCase({ operation: commentOperation(null, 'destroy') }),
      'ask',
      'destroy-asks',
    ],
    [
      'asks for what no directive names',
      policyCase({ proposed: MOVED, operation: move }),
      'ask',
      'autonomy',
    ],
    [
      'lets a ticket follow its merged pull request',
      policyCase({
        proposed: MOVED,
        operation: move,
        author: 'rules',
        purpose: 'merged',
        answers: [],
      }),
      'allow',
      'no-objection',
    ],
    [
      'asks when that would close the ticket',
      policyCase({
        proposed: { ...MOVED, input: { issue: 'ECD-12', to: 'Done' } },
        operation: move,
        author: 'rules',
        purpose: 'merged',
        answers: [],
      }),
      'ask',
      'always-asks',
    ],
    ['asks for everything in mode ask', policyCase({ mode: 'ask' }), 'ask', 'mode-asks'],
    ['sends a reminder in working hours', reminder(), 'allow', 'no-objection'],
    [
      'puts a reminder off while the agent is paused',
      reminder({ pausedUntil: NIGHT }),
      'deny',
      'paused',
    ],
    [
      'puts a second message of the day off',
      reminder({ counts: { remindersToday: 1 } }),
      'deny',
      'reminders',
    ],
    ['waits for the morning', reminder({ now: NIGHT }), 'deny', 'working-hours'],
    [
      'asks before it writes to whom the directives do not name',
      reminder({ recipient: reaches('Nobody') }),
      'ask',
      'known-person',
    ],
    [
      'posts a summary to the team',
      toChannel('C0ENG', { constitution: constitutionOf(SUMMARIES) }),
      'allow',
      'no-objection',
    ],
    ['asks before it posts elsewhere', toChannel('C0ELSE'), 'deny', 'target-binding'],
    [
      'asks before leadership is told',
      toChannel('C0LEAD', { purpose: 'escalation' }),
      'ask',
      'autonomy',
    ],
    [
      'never lets a planner tell leadership',
      toChannel('C0LEAD', { purpose: 'notice' }),
      'deny',
      'ladder',
    ],
    [
      'keeps a channel from being flooded',
      toChannel('C0ENG', { counts: { channelLastHour: 10 } }),
      'ask',
      'autonomy',
    ],
    [
      'denies a secret',
      policyCase({ proposed: input('the-very-secret-token-1234') }),
      'deny',
      'content',
    ],
    [
      'holds a number that no fact shows',
      policyCase({ proposed: input('4711 users see it.') }),
      'ask',
      'content',
    ],
    [
      'stops after three of ours in a row',
      policyCase({ counts: { ownInARow: 3 } }),
      'deny',
      'loop-guard',
    ],
    [
      'stops status comments after enough in an hour',
      policyCase({
        author: 'rules',
        purpose: 'status-update',
        answers: [],
        counts: { subjectLastHour: 6 },
      }),
      'deny',
      'loop-guard',
    ],
    [
      'goes on answering people then',
      policyCase({ counts: { subjectLastHour: 6 } }),
      'allow',
      'no-objection',
    ],
    [
      'stops answers as well at five times as many',
      policyCase({ counts: { subjectLastHour: 30 } }),
      'deny',
      'loop-guard',
    ],
    ['stops a chain of own effects', policyCase({ hops: 4 }), 'deny', 'loop-guard'],
    [
      'waits when a system is full',
      policyCase({ counts: { systemLastMinute: 120 } }),
      'deny',
      'rate',
    ],
    [
      'asks no sixth question of a day',
      policyCase({ mode: 'ask', counts: { approvalsToday: 5 } }),
      'deny',
      'approvals-limit',
    ],
  ])('%s', (...row) => {
    const [, given, answer, rule] = row;

    expect(judge(given)).toMatchObject({ answer, rule });
  });

  test('denies a read that is proposed as a change', () => {
    const operation = defineRead({
      name: 'jira.get-issue',
      summary: 'Read.',
      effect: 'read',
      input: z.object({}),
      output: z.unknown(),
      preview: () => 'Read',
      run: () => Promise.resolve(null),
    });

    expect(judge(policyCase({ operation })).rule).toBe('reads-are-not-actions');
  });

  test.each(['done', 'held', 'deferred', 'sending', 'unknown'] as const)(
    'denies a second answer to a message while the first is %s',
    (state) => {
      const earlier = {
        id: 'a-1',
        state,
        operation: 'jira.add-comment',
        answers: ['jira:comment:1'],
      };
      const verdict = judge(policyCase({ history: [earlier as unknown as Action] }));

      expect(verdict).toMatchObject({ answer: 'deny', rule: 'one-answer-per-message' });
    },
  );
});

const SUMMARIES = `
team: { zone: Europe/Berlin }
channels: { engineering: C0ENG }
constraints:
  autonomy:
    can_do_automatically:
      - { text: Summaries, rule: { operations: [slack.post-message], channels: [engineering] } }
`;

describe('what is put off', () => {
  test('a reminder of the night is judged again at the opening of the next working day', () => {
    expect(judge(reminder({ now: NIGHT })).until).toBe('2026-03-03T08:00:00.000Z');
  });

  test('the hours are those of the person, not of the team', () => {
    const proposed = { ...DM, input: { user: 'U0INES', text: 'ECD-12 waits.' } };
    const verdict = judge(reminder({ proposed, recipient: reaches('Ines Roth') }));

    expect(verdict).toMatchObject({ rule: 'working-hours', until: '2026-03-02T14:00:00.000Z' });
  });

  test('critical words ignore the limit of the day but keep the hours', () => {
    const level = 'critical' as const;

    expect(judge(reminder({ level, counts: { remindersToday: 3 } })).answer).toBe('allow');
    expect(judge(reminder({ level, now: NIGHT })).rule).toBe('working-hours');
  });

  test('production trouble reaches whoever is on call at night, and nobody else', () => {
    const onCall = constitutionOf(
      'team: { members: [{ name: Tom Ray, role: tech-lead, zone: Europe/Berlin, accounts: { slack: U0TOM } }] }\non_call: [Tom Ray]',
    );
    const burning = { now: NIGHT, level: 'critical', productionP0: true } as const;

    const called = reminder({
      ...burning,
      constitution: onCall,
      recipient: reaches('Tom Ray', onCall),
    });
    expect(judge(called).answer).toBe('allow');
    expect(judge(reminder(burning)).rule).toBe('working-hours');
  });
});

describe('a person’s word', () => {
  test('settles what was asked, and nothing that is denied or not now', () => {
    expect(judge(policyCase({ mode: 'ask', approved: true }))).toMatchObject({
      answer: 'allow',
      rule: 'approved',
    });
    expect(judge(policyCase({ approved: true, proposed: input('Hello', 'PRIV-1') })).answer).toBe(
      'deny',
    );
    expect(judge(reminder({ approved: true, now: NIGHT })).until).toBeDefined();
  });

  test('for a kind and a while settles autonomy alone', () => {
    expect(judge(policyCase({ proposed: MOVED, operation: move, granted: true })).answer).toBe(
      'allow',
    );
    const held = policyCase({ proposed: input('4711 users see it.'), granted: true });
    expect(judge(held)).toMatchObject({ answer: 'ask', rule: 'content' });
  });
});

describe('properties', () => {
  test('no text and no target makes a model write anywhere but on its subject', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (issue, text) => {
        const verdict = judge(policyCase({ proposed: input(text, issue) }));
        return issue === 'ECD-12' || verdict.answer === 'deny';
      }),
    );
  });

  test('the order of the rules never makes a verdict milder', () => {
    const cases = [
      policyCase(),
      reminder({ now: NIGHT }),
      policyCase({ mode: 'ask', proposed: input('a', 'X-1') }),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...cases),
        fc.shuffledSubarray([...POLICY], { minLength: POLICY.length }),
        (given, rules) => {
          const [usual, shuffled] = [judge(given), judge(given, rules)];
          return (
            usual.answer === shuffled.answer &&
            (usual.until === undefined) === (shuffled.until === undefined)
          );
        },
      ),
    );
  });
});
