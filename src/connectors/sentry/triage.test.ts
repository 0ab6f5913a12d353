import { expect, test } from 'vitest';
import type { ProjectEvent } from '../../domain/event.ts';
import { triage } from '../../inbox/triage.ts';
import { sentryTriage } from './triage.ts';

function event(kind: string, scope: string | null = 'payments'): ProjectEvent {
  return {
    key: 'sentry:x',
    kind,
    source: 'sentry',
    subject: 'sentry:issue:7',
    actor: null,
    at: '2026-11-20T09:00:00.000Z',
    title: 't',
    text: null,
    message: null,
    changes: [],
    scope,
    restricted: false,
  };
}

test.each([
  ['error.created', true, 'error-created'],
  ['error.unresolved', true, 'error-unresolved'],
  ['error.resolved', false, 'error'],
  ['error.assigned', false, 'error'],
  ['error.archived', false, 'error'],
  ['alert.triggered', true, 'alert-triggered'],
  ['metric-alert.critical', true, 'metric-alert-critical'],
  ['metric-alert.warning', false, 'metric-alert'],
  ['metric-alert.resolved', false, 'metric-alert'],
  ['comment.created', true, 'comment-created'],
  ['comment.updated', true, 'comment-edited'],
  ['comment.deleted', false, 'deleted'],
])('%s wakes: %s, by the rule %s', (kind, wakes, rule) => {
  expect(triage(event(kind), sentryTriage(['payments']))).toMatchObject({ wakes, rule });
});

test('another project starts nothing, and an unknown one is not lost', () => {
  const rules = sentryTriage(['payments']);

  expect(triage(event('error.created', 'web'), rules)).toMatchObject({
    wakes: false,
    rule: 'project-not-watched',
  });
  expect(triage(event('error.created', null), rules).wakes).toBe(true);
  expect(triage(event('error.created', 'web'), sentryTriage([])).wakes).toBe(true);
});
