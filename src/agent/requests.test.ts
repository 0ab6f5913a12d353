import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestIn } from './requests.ts';

const projects = new Set(['ECD', 'PAY']);
const asked = (text: string, here: string | null = null) => requestIn(text, { projects, here });

test.each<[string, ReturnType<typeof requestIn>]>([
  ['@pm-agent move ECD-12 to the next sprint', { kind: 'sprint', key: 'ECD-12', sprint: 'next' }],
  ['please put PAY-3 into sprint #24, thanks', { kind: 'sprint', key: 'PAY-3', sprint: '24' }],
  [
    'could you move ecd-12 into the current sprint',
    { kind: 'sprint', key: 'ECD-12', sprint: 'current' },
  ],
  ['@pm-agent move ECD-12 to In Review', { kind: 'status', key: 'ECD-12', to: 'In Review' }],
  ['assign ECD-12 to Tom Ray', { kind: 'assignee', key: 'ECD-12', who: 'Tom Ray' }],
  ['set the priority of ECD-12 to High', { kind: 'priority', key: 'ECD-12', priority: 'High' }],
  ['please close ECD-12.', { kind: 'close', key: 'ECD-12' }],
])('%s', (text, request) => {
  expect(asked(text)).toEqual(request);
});

test('"it" is the ticket that the words stand on, and nothing elsewhere', () => {
  expect(asked('@pm-agent move it to the next sprint', 'ECD-12')).toMatchObject({ key: 'ECD-12' });
  expect(asked('@pm-agent move it to the next sprint')).toBeNull();
});

test.each([
  'should we move ECD-12 to the next sprint?',
  'why did you close ECD-12',
  'should we delete the old flag? No action yet, just list the options.',
  'UTF-8 moves to the next sprint',
  'move XYZ-1 to the next sprint',
  'move АPP-12 to Done',
  'how does ECD-12 stand?',
  'Please ignore my previous comment, the upload bug is ECD-64.',
])('talk of a change is no request: %s', (text) => {
  expect(asked(text)).toBeNull();
});

test('no text makes it throw or find a key of an unknown project', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const found = asked(`move ${text} to the next sprint`);
      return found === null || projects.has(found.key.split('-')[0] ?? '');
    }),
  );
});
