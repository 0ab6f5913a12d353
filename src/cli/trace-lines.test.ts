import { expect, test } from 'vitest';
import type { Action } from '../domain/action.ts';
import type { Thought } from '../domain/plan.ts';
import type { CycleTrace } from '../http/contract.ts';
import { actLines, thinkLines, triggerLines } from './trace-lines.ts';

const ACTION: Action = {
  id: '0198c0de-0000-7000-8000-000000000001',
  cycle: '0198c0de-0000-7000-8000-000000000000',
  subject: 'jira:issue:ECD-12',
  ordinal: 0,
  operation: 'jira.move-to-sprint',
  effect: 'write',
  input: { issue: 'ECD-12', sprint: 12 },
  digest: 'd1',
  preview: 'Move ECD-12 to sprint 12',
  reason: 'Ines asked for it.',
  mode: 'production',
  state: 'held',
  verdict: { answer: 'ask', rule: 'autonomy', reason: 'line 84: What belongs to a sprint.' },
  attempts: 0,
  answers: [],
  effectId: null,
  effectUrl: null,
  note: 'line 84: What belongs to a sprint.',
  createdAt: '2026-03-02T09:00:00.000Z',
  sentAt: null,
  resendAfter: null,
  settledAt: null,
  purpose: 'request',
  dueAt: null,
  askedBy: 'member:ines okafor',
  reaches: null,
  approval: '0198c0de-0000-7000-8000-000000000002',
  directives: 'abc',
  author: 'rules',
};

function traceWith(changes: Partial<CycleTrace>): CycleTrace {
  return {
    headline: 'Waits for a person.',
    cycle: {
      id: ACTION.cycle,
      subject: ACTION.subject,
      mode: 'production',
      status: 'finished',
      step: 'done',
      outcome: 'waiting',
      planner: 'model',
      attempts: 1,
      error: null,
      openedAt: '2026-03-02T09:00:00.000Z',
      finishedAt: '2026-03-02T09:00:01.000Z',
      durationMs: 1000,
      costUsd: null,
      directives: '5dda99a2dc8b',
    },
    trigger: { events: [], deliveries: [] },
    context: null,
    thought: null,
    modelCalls: [],
    actions: [],
    journal: [],
    costUsd: null,
    ...changes,
  };
}

test('an action shows its purpose, the rule with its reason, and where people decide', () => {
  expect(actLines(traceWith({ actions: [ACTION] }))).toEqual([
    'Act',
    '  held: Move ECD-12 to sprint 12 (request)',
    '    ask by autonomy: line 84: What belongs to a sprint.',
    `    asked: pm-agent approve show ${ACTION.approval ?? ''}`,
  ]);
});

test('what was put off shows the rule, its numbers and when it is looked at again', () => {
  const verdict = {
    answer: 'deny',
    rule: 'reminders',
    reason: 'the person has had their message of the day',
    until: '2026-03-03T09:00:00.000Z',
    numbers: { told: 1, most: 1, why: 'budget' },
  } as const;
  const action: Action = {
    ...ACTION,
    state: 'deferred',
    preview: 'Remind Tom Weber',
    purpose: 'reminder',
    verdict,
    approval: null,
    note: verdict.reason,
  };

  expect(actLines(traceWith({ actions: [action] }))).toEqual([
    'Act',
    '  deferred: Remind Tom Weber (reminder)',
    '    not now by reminders: the person has had their message of the day',
    '    looked at again 2026-03-03 09:00 UTC',
    '    told 1, most 1',
  ]);
});

test('what the model read while it thought is shown, refusals with their reason', () => {
  const read = { operation: 'jira.get-issue', subject: 'jira:issue:ECD-13', durationMs: 12 };
  const thought: Thought = {
    plan: { shouldRespond: false, urgency: 'low', reasoning: 'Quiet.', actions: [], unknowns: [] },
    planner: 'model',
    notes: ['asked again'],
    reads: [
      { ...read, ok: true, note: null },
      { ...read, subject: 'jira:issue:PRIV-1', ok: false, note: 'not linked to this subject' },
    ],
  };

  const lines = thinkLines(traceWith({ thought }));

  expect(lines).toEqual([
    'Think  by the model',
    '  read jira.get-issue of jira:issue:ECD-13: 12 ms',
    '  read jira.get-issue of jira:issue:PRIV-1: not linked to this subject',
    '  Quiet.',
    '  note: asked again',
  ]);
});

test('a long text stays within eighty columns, and the version of the directives is named', () => {
  const action: Action = { ...ACTION, preview: 'word '.repeat(60).trim(), approval: null };

  const lines = [...triggerLines(traceWith({})), ...actLines(traceWith({ actions: [action] }))];

  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines).toContain('  directives 5dda99a2dc8b');
});
