import { describe, expect, test } from 'vitest';
import { sprintReferences } from './sprint-reference.ts';

const number = (value: number) => ({ kind: 'number', number: value });

describe('phrases that name a sprint', () => {
  test.each([
    ['how is sprint 24 going?', [number(24)]],
    ['Sprint #24 looks bad', [number(24)]],
    ['Sprint-24 and sprint25', [number(24), number(25)]],
    ['will the current sprint make it', [{ kind: 'current' }]],
    ['in this sprint we ship', [{ kind: 'current' }]],
    ['move it to the next sprint, please', [{ kind: 'next' }]],
    ['last sprint we had 3 bugs', [{ kind: 'last' }]],
    ['carry over from sprint 23 into the upcoming sprint', [number(23), { kind: 'next' }]],
    ['sprint 24, sprint 24 and again sprint 24', [number(24)]],
  ])('%s', (text, references) => {
    expect(sprintReferences(text)).toEqual(references);
  });
});

describe('a word that is no sprint', () => {
  test.each([
    'we sprint 3 times a week',
    "let's sprint 24",
    'I want to sprint 5 km',
    'a sprint 30 minutes long',
    'sprint backlog 24 items',
    'sprinter 24',
    'blueprint 24',
    'sprints 3',
    'the sprint. 24 people came',
    'sprint: 24',
    'the sprint is over',
    'version 24 of the sprint',
    'next sprinter',
    'he had one last sprint to the finish',
    'sprint 123456',
    '',
  ])('%s', (text) => {
    expect(sprintReferences(text)).toEqual([]);
  });
});

test('a megabyte of the word is read', () => {
  expect(sprintReferences('sprint '.repeat(150_000))).toEqual([]);
});
