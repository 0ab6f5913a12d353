import { expect, test } from 'vitest';
import { circumstances, groundOf, judgingParts } from '../../test/helpers/judging.ts';
import { commentOperation } from '../../test/helpers/connector.ts';
import { temporaryStore } from '../../test/helpers/store.ts';
import { propose } from '../actions/propose.ts';
import type { Thought } from '../domain/plan.ts';
import { withoutSecrets } from './without-secrets.ts';

const SECRET = 'q7w3e9r1t5y2u8i4';
const GROUND = groundOf({ secrets: [SECRET] });

/** What is kept of a model's plan with these comments, after code proposed one of its own. */
async function kept(texts: readonly string[], reasoning = 'Asked for it.') {
  const store = await temporaryStore();
  const comment = (text: string) => ({
    operation: 'jira.add-comment',
    input: { issue: 'ECD-12', text },
    reason: 'asked',
  });
  const thought: Thought = {
    plan: {
      shouldRespond: true,
      urgency: 'low',
      reasoning,
      actions: texts.map(comment),
      unknowns: [`whether ${SECRET} still holds`],
    },
    planner: 'model',
    notes: [],
  };
  const actions = await propose(store.db, judgingParts([commentOperation(null)]), {
    proposals: [
      { action: comment('ECD-12 is blocked.'), author: 'rules' },
      ...thought.plan.actions.map((action) => ({ action, author: 'model' }) as const),
    ],
    about: circumstances({ ground: GROUND }),
  });
  return { before: actions, ...withoutSecrets({ thought, actions, byRules: 1 }, GROUND) };
}

test.each([
  ['as it is', SECRET],
  ['reversed', '4i8u2y5t1r9e3w7q'],
  ['in base64', Buffer.from(SECRET).toString('base64')],
])('a secret that a plan spells out %s is not kept', async (_how, shape) => {
  const { before, thought, actions } = await kept([`Here: ${shape}`]);

  expect(before[1]?.state).toBe('denied');
  expect(JSON.stringify({ thought, actions })).not.toContain(shape);
  expect(actions[1]).toMatchObject({ verdict: before[1]?.verdict, digest: before[1]?.digest });
});

test('thoughts that name a secret are not kept either', async () => {
  const { thought } = await kept(['ECD-12 is blocked.'], `They want ${SECRET}.`);

  expect(JSON.stringify(thought)).not.toContain(SECRET);
});

test('everything else is kept as it was said', async () => {
  const { before, thought, actions } = await kept(['ECD-12 is blocked.', `Here: ${SECRET}`]);

  expect(actions.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(thought.plan.reasoning).toBe('Asked for it.');
  expect(thought.plan.actions[0]?.input).toEqual({ issue: 'ECD-12', text: 'ECD-12 is blocked.' });
});
