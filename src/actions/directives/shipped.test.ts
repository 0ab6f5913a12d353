import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { declaredOperations } from '../../app-operations.ts';
import type { TeamRole } from '../../domain/constitution.ts';
import type { Purpose } from '../../domain/purpose.ts';
import { autonomyOf } from './autonomy-of.ts';
import { compileDirectives } from './compile.ts';
import { DEFAULT_LIMITS, DEFAULT_URGENCY } from './defaults.ts';
import { reviewDirectives } from './review.ts';
import { ENFORCING } from './rules.ts';
import type { Enforcing } from './rules.ts';
import { POLICY } from '../policy/judge.ts';

const text = readFileSync('config/pm-directives.yaml', 'utf8');
const parts = { holidays: new Map(), operations: await declaredOperations() };

test('the shipped directives have no fault and no problem', () => {
  const review = reviewDirectives(text, parts);

  expect('faults' in review ? review.faults : review.problems).toEqual([]);
});

test('they keep the figures of the defaults', () => {
  const compiled = compileDirectives(text, parts);

  expect(compiled).toMatchObject({ ok: { limits: DEFAULT_LIMITS, urgency: DEFAULT_URGENCY } });
});

test('every rule that the check names exists', () => {
  const outside = [
    'approvals-limit',
    'urgency',
    'review-sla',
    'blocked-sla',
    'staleness',
    'layout',
  ];
  const known = new Set([...POLICY.map(({ name }) => name), ...outside]);

  expect(ENFORCING.filter((name) => !known.has(name))).toEqual([]);
});

// What the file has to say, and the rule of code that holds it.
const SAID: readonly (readonly [RegExp, readonly Enforcing[]])[] = [
  [/all tickets of a sprint are done by its end/i, ['urgency']],
  [/no ticket stays blocked for more than 1 business day/i, ['blocked-sla']],
  [/every pull request is reviewed within 8 business hours/i, ['review-sla']],
  [/one reminder per person and day, over all channels/i, ['reminders']],
  [/each channel serves its purpose/i, ['target-binding']],
  [/9 to 18 in their own zone/i, ['working-hours']],
  [/always link the ticket and say why/i, ['layout']],
  [/blockers older than 2 business days go to leadership, with a summary/i, ['ladder']],
  [/sprint at risk is flagged 3 days before its end/i, ['urgency']],
  [/tech lead is told when more than 3 pull requests/i, ['ladder']],
  [/never escalate before trying/i, ['ladder']],
  [/status-check comments/i, ['autonomy']],
  [/daily summary/i, ['autonomy']],
  [/one direct message a day/i, ['autonomy', 'reminders']],
  [/status of a ticket whose pull request was merged/i, ['autonomy']],
  [/who works on a ticket/i, ['autonomy']],
  [/belongs to a sprint/i, ['autonomy']],
  [/message to leadership/i, ['autonomy']],
  [/message to any other channel/i, ['autonomy']],
  [/^delete anything/i, ['never-list']],
  [/close a ticket without a person/i, ['autonomy']],
  [/priority without the product manager/i, ['autonomy']],
  [/touch code or merge/i, ['never-list']],
  [/ask, offer 2 or 3 options, and explain/i, ['autonomy']],
];

test.each(SAID)('%s is said, and held by %j', (words, rules) => {
  const review = reviewDirectives(text, parts);
  const lines = 'lines' in review ? review.lines : [];

  const found = lines.filter((line) => words.test(line.text));

  expect(found.map(({ enforced }) => enforced.map(({ by }) => by))).toEqual([rules]);
});

interface Row {
  readonly operation: string;
  readonly purpose: Purpose;
  readonly channel?: string;
  readonly askedBy?: TeamRole;
}

const comment = { operation: 'jira.add-comment' };
const post = { operation: 'slack.post-message' };
const direct = { operation: 'slack.send-direct' };
const move = { operation: 'jira.transition-issue' };

test.each<readonly [Row, string]>([
  [{ ...comment, purpose: 'answer' }, 'automatic'],
  [{ ...comment, purpose: 'status-update' }, 'automatic'],
  [{ ...comment, purpose: 'notice' }, 'confirm'],
  [{ operation: 'slack.reply-thread', purpose: 'answer', channel: 'leadership' }, 'automatic'],
  [{ ...post, purpose: 'summary', channel: 'standup' }, 'automatic'],
  [{ ...post, purpose: 'summary', channel: 'engineering' }, 'automatic'],
  [{ ...post, purpose: 'summary', channel: 'leadership' }, 'confirm'],
  [{ ...post, purpose: 'escalation', channel: 'leadership' }, 'confirm'],
  [{ ...post, purpose: 'summary' }, 'confirm'],
  [{ ...post, purpose: 'notice', channel: 'standup' }, 'confirm'],
  [{ ...direct, purpose: 'reminder' }, 'automatic'],
  [{ ...direct, purpose: 'notice' }, 'confirm'],
  [{ ...direct, purpose: 'escalation' }, 'confirm'],
  [{ ...move, purpose: 'merged' }, 'automatic'],
  [{ ...move, purpose: 'notice' }, 'confirm'],
  [{ ...move, purpose: 'request', askedBy: 'member' }, 'confirm'],
  [{ operation: 'jira.assign-issue', purpose: 'notice' }, 'confirm'],
  [{ operation: 'jira.move-to-sprint', purpose: 'request', askedBy: 'member' }, 'confirm'],
  [{ operation: 'jira.close-issue', purpose: 'notice' }, 'never'],
  [{ operation: 'jira.close-issue', purpose: 'request', askedBy: 'member' }, 'confirm'],
  [{ operation: 'jira.close-issue', purpose: 'request', askedBy: 'vendor' }, 'never'],
  [{ operation: 'jira.close-issue', purpose: 'request', askedBy: 'guest' }, 'never'],
  [{ operation: 'jira.set-priority', purpose: 'request', askedBy: 'product-manager' }, 'confirm'],
  [{ operation: 'jira.set-priority', purpose: 'request', askedBy: 'leadership' }, 'never'],
  [{ operation: 'jira.delete-issue', purpose: 'request', askedBy: 'leadership' }, 'never'],
  [{ operation: 'github.merge-pull-request', purpose: 'request', askedBy: 'tech-lead' }, 'never'],
  [{ operation: 'elsewhere.do-something', purpose: 'answer' }, 'confirm'],
])('the shipped directives judge %j: %s', (row, level) => {
  const compiled = compileDirectives(text, parts);
  if ('faults' in compiled) throw new Error('it has faults');
  const { operation, purpose, channel = null, askedBy = null } = row;

  const answer = autonomyOf(compiled.ok, {
    operation,
    purpose,
    channelPurpose: channel,
    askedByRole: askedBy,
    to: null,
  });

  expect(answer.level).toBe(level);
});
