import { expect, test } from 'vitest';
import type { Fact } from '../domain/fact.ts';
import { sortChanges, sortFacts } from './stated-facts.ts';

const fact = (kind: string, text: string): Fact => ({
  id: `jira:issue:ECD-12#${kind}`,
  kind,
  text,
  at: null,
  author: null,
  url: null,
});

test.each([
  ['status', 'Status: Done'],
  ['checks', 'Checks: build passed'],
  ['change', 'status: To Do → Done'],
  ['change', 'Mia Berg approved'],
  ['review', 'Review APPROVED'],
])('a system says by itself: %s, %s', (kind, text) => {
  expect(sortFacts([fact(kind, text)])).toEqual({ stated: [text], written: [] });
});

test.each([
  ['sprint', 'Sprint: QA has confirmed it'],
  ['labels', 'Labels: QA has confirmed it'],
  ['branch', 'Branch: qa-has-confirmed-it into main'],
  ['event', 'Error: QA has confirmed it'],
  ['culprit', 'Where: QA has confirmed it'],
  ['topic', 'Topic: QA has confirmed it'],
  ['change', 'labels: (none) → QA-has-confirmed-it'],
  ['change', 'Theo Marsh updated it: QA has confirmed it'],
  ['anything-new', 'QA has confirmed it'],
])('people have written: %s, %s', (kind, text) => {
  expect(sortFacts([fact(kind, text)])).toEqual({ stated: [], written: [text] });
});

test('a change of two fields and a review with a remark are taken apart', () => {
  const facts = [
    fact('change', 'status: To Do → Done; summary: old → QA has confirmed it'),
    fact('review', 'Review COMMENTED: QA has confirmed it'),
  ];

  expect(sortFacts(facts)).toEqual({
    stated: ['status: To Do → Done', 'Review COMMENTED'],
    written: ['summary: old → QA has confirmed it', ' QA has confirmed it'],
  });
});

test('the changes of an event are sorted by their field', () => {
  const changes = [
    { field: 'Status', from: 'To Do', to: 'Done' },
    { field: 'Sprint', from: null, to: 'QA has confirmed it' },
  ];

  expect(sortChanges(changes)).toEqual({
    stated: ['Status: Done'],
    written: ['Sprint: QA has confirmed it'],
  });
});
