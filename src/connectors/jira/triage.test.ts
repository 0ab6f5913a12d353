import { expect, test } from 'vitest';
import type { ProjectEvent, Significance } from '../../domain/event.ts';
import { jiraTriage } from './triage.ts';

function event(kind: string, more: Partial<ProjectEvent> = {}): ProjectEvent {
  return {
    key: 'jira:test:1',
    kind,
    source: 'jira',
    subject: 'jira:issue:ECD-1',
    actor: null,
    at: '2026-03-02T09:00:00.000Z',
    title: '',
    text: null,
    message: null,
    changes: [],
    scope: 'ECD',
    restricted: false,
    ...more,
  };
}

function judge(given: ProjectEvent, projects: readonly string[] = ['ECD']): Significance | null {
  for (const rule of jiraTriage(projects)) {
    const significance = rule.judge(given);
    if (significance !== null) return significance;
  }
  return null;
}

const changing = (...fields: string[]): ProjectEvent =>
  event('issue.updated', { changes: fields.map((field) => ({ field, from: null, to: 'x' })) });

test('rules have names of their own', () => {
  const names = jiraTriage([]).map((rule) => rule.name);

  expect(new Set(names).size).toBe(names.length);
});

test('an event of another project starts nothing', () => {
  expect(judge(event('comment.created', { scope: 'HR' }))).toEqual({
    wakes: false,
    rule: 'project-not-watched',
    reason: 'project HR is not watched',
  });
});

test('without named projects every project is watched', () => {
  expect(judge(event('comment.created', { scope: 'HR' }), [])?.wakes).toBe(true);
});

test.each([
  ['comment.deleted', 'deleted'],
  ['issue.deleted', 'deleted'],
  ['worklog.created', 'worklog'],
  ['sprint.started', 'sprint'],
  ['link.created', 'link'],
])('%s is noted and starts nothing', (kind, rule) => {
  expect(judge(event(kind, { scope: null }))).toMatchObject({ wakes: false, rule });
});

test.each([
  ['comment.created', 'comment-created'],
  ['comment.updated', 'comment-edited'],
  ['issue.created', 'issue-created'],
])('%s starts a cycle', (kind, rule) => {
  expect(judge(event(kind))).toMatchObject({ wakes: true, rule });
});

test.each([
  'status',
  'Status',
  'assignee',
  'priority',
  'resolution',
  'Sprint',
  'Flagged',
  'Impediment',
])('a change of %s starts a cycle', (field) => {
  expect(judge(changing('summary', field))).toEqual({
    wakes: true,
    rule: 'significant-change',
    reason: `changed: ${field}`,
  });
});

test('other changes are named and start nothing', () => {
  expect(judge(changing('summary', 'QA Steps'))).toEqual({
    wakes: false,
    rule: 'insignificant-change',
    reason: 'only changed: summary, QA Steps',
  });
});

test('a change that names no field starts nothing', () => {
  expect(judge(event('issue.updated'))).toMatchObject({
    wakes: false,
    rule: 'insignificant-change',
  });
});
