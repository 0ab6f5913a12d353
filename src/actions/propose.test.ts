import { expect, test } from 'vitest';
import { z } from 'zod';
import { circumstances, constitutionOf, judgingParts } from '../../test/helpers/judging.ts';
import { handClock, temporaryStore } from '../../test/helpers/store.ts';
import { defineWrite } from '../domain/connector.ts';
import { propose, rejudge } from './propose.ts';

const post = defineWrite({
  name: 'slack.post-message',
  summary: 'Post in a channel.',
  effect: 'write',
  input: z.object({ channel: z.string(), text: z.string() }),
  preview: ({ channel }) => `Post in ${channel}`,
  target: ({ channel }) => `slack:channel:${channel}`,
  reaches: ({ channel }) => ({ audience: 'channel', system: 'slack', id: channel }),
  write: { run: () => Promise.reject(new Error('not sent here')) },
});

const directives = (channels: string) =>
  constitutionOf(`
channels: { ${channels} }
constraints:
  autonomy:
    can_do_automatically:
      - { text: Summaries, rule: { operations: [slack.post-message] } }
`);

test('a channel that the directives name no more is not written to, although the action waited for its time', async () => {
  const store = await temporaryStore(handClock());
  const about = circumstances({ answers: [], asker: null });
  const input = { channel: 'C0TEAM', text: 'All is well.' };
  const summary = { operation: 'slack.post-message', input, reason: 'daily' };
  const named = judgingParts([post], { constitution: directives('engineering: C0TEAM') });
  const [action] = await propose(store.db, named, {
    proposals: [{ action: { ...summary, purpose: 'summary' }, author: 'rules' }],
    about,
  });
  if (action === undefined) throw new Error('nothing was proposed');

  const before = await rejudge(store.db, named, { action, about, approved: false });
  const dropped = judgingParts([post], { constitution: directives('engineering: C0OTHER') });
  const after = await rejudge(store.db, dropped, { action, about, approved: false });

  expect(before.verdict.answer).toBe('allow');
  expect(after).toMatchObject({ verdict: { rule: 'target-binding' }, start: { state: 'denied' } });
});
