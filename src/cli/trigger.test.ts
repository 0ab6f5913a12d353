import { expect, test } from 'vitest';
import { subjectWords } from './subject-words.ts';
import { subjectNamed } from './trigger.ts';

test.each([
  ['ecd-12', 'jira:issue:ECD-12'],
  ['slack:thread:C1:1.2', 'slack:thread:C1:1.2'],
  ['Tom Weber', 'pm:person:member%3Atom%20weber'],
  ['tom@acme.example', 'pm:person:member%3Atom%40acme.example'],
])('%s names the subject %s', (named, subject) => {
  expect(subjectNamed(named)).toBe(subject);
});

test.each([
  ['jira:issue:ECD-12', 'ECD-12'],
  ['github:pull-request:acme/web#7', 'github acme/web#7'],
  ['pm:person:member%3Atom%20weber', 'reminders of tom weber'],
  ['pm:person:%E0%A4%A', 'reminders of %E0%A4%A'],
  ['pm:approval:0198c0de-0000-7000-8000-000000000002', 'a question to people'],
])('%s is called %s', (subject, words) => {
  expect(subjectWords(subject)).toBe(words);
});
