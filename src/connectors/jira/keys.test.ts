import { expect, test } from 'vitest';
import { commentKeys } from './keys.ts';
import { normaliseJira } from './normalise.ts';

const created = Date.parse('2026-03-02T09:00:00.000Z');
const updated = Date.parse('2026-03-02T09:05:00.250Z');

test('a comment that was never edited stands for one key', () => {
  expect(commentKeys({ id: '7', created, updated: created })).toEqual(['jira:comment:7:created']);
});

test('an edited comment read over REST has the keys of both webhooks', () => {
  const keys = commentKeys({ id: '7', created, updated });

  const pushed = ['comment_created', 'comment_updated'].flatMap((webhookEvent) => {
    const comment = {
      id: '7',
      created: '2026-03-02T10:00:00.000+0100',
      updated: '2026-03-02T10:05:00.250+0100',
    };
    return normaliseJira({ webhookEvent, comment, issue: { id: '1', key: 'ECD-1' } }).events;
  });

  expect(pushed.map((event) => event.key)).toEqual(keys);
});
