import { expect, test } from 'vitest';
import type { ProjectEvent } from './event.ts';
import { approvalOf, approvalSubject, ownSubject } from './own-subjects.ts';

const ID = '0198c0de-0000-7000-8000-00000000abcd';

function pressed(field: string, to: string | null, kind = 'button.pressed'): ProjectEvent {
  return {
    key: 'slack:action:C1:1.1:U1:2.2:x',
    kind,
    source: 'slack',
    subject: 'slack:thread:C1:1.1',
    actor: { id: 'U1', name: 'Mia', kind: 'person' },
    at: '2026-03-02T09:00:00.000Z',
    title: 'pressed',
    text: to,
    message: null,
    changes: [
      { field, from: null, to },
      { field: 'trigger', from: null, to: '1.1.a' },
    ],
    scope: 'C1',
    restricted: false,
  };
}

function sent(callback: string, meta: string): ProjectEvent {
  const changes = [
    { field: 'callback', from: null, to: callback },
    { field: 'meta', from: null, to: meta },
    { field: 'reason', from: null, to: 'no' },
  ];
  return { ...pressed('x', 'y', 'view.submitted'), changes };
}

test.each([
  ['a button of a card', pressed('pm.approval.accept', ID), `pm:approval:${ID}`],
  ['a card button with a value of another kind', pressed('pm.approval.accept', 'ECD-12'), null],
  ['a card button with more than an id', pressed('pm.approval.accept', `${ID} x`), null],
  ['a card button without a value', pressed('pm.approval.accept', null), null],
  ['a button of somebody else', pressed('lunch.yes', ID), null],
  [
    'a button of a reminder',
    pressed('pm.reminder.onit', 'member:mia@acme.example|p1,p2'),
    'pm:person:member%3Amia%40acme.example',
  ],
  ['a reminder button without a person', pressed('pm.reminder.onit', '|p1'), null],
  ['a reminder button with an endless person', pressed('pm.reminder.onit', 'x'.repeat(300)), null],
  ['a form about an approval', sent('pm.approval', `${ID}|decline|C1`), `pm:approval:${ID}`],
  ['a form of somebody else', sent('lunch', `${ID}|decline|C1`), null],
  ['a form without an approval', sent('pm.approval', 'x|decline'), null],
  ['a message', pressed('pm.approval.accept', ID, 'message.posted'), null],
])('%s is routed by what we put into it', (...row) => {
  const [, event, subject] = row;

  expect(ownSubject(event)).toBe(subject);
});

test('the mailbox of an approval names it, and nothing else does', () => {
  expect(approvalOf(approvalSubject(ID))).toBe(ID);
  expect(approvalOf('pm:person:x')).toBeNull();
  expect(approvalOf(`jira:approval:${ID}`)).toBeNull();
});
