import { describe, expect, test } from 'vitest';
import { ANSWER, MIA, QUESTION, planFor, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { commentBody, deliver, standing } from '../helpers/deliver.ts';

const start = (): Promise<Agent> => startAgent({ mode: 'production', model: true });

async function answerOnce(agent: Agent): Promise<void> {
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.untilIdle();
  expect(agent.written()).toHaveLength(1);
}

describe('the same message again', () => {
  test('under the same id is known, and changes nothing', async () => {
    const agent = await start();
    await answerOnce(agent);
    const [first] = agent.jira.deliveries;

    const again = await deliver(agent, first!.body, { id: first!.id });
    await agent.untilIdle();

    expect(again).toMatchObject({ status: 200, body: '{"status":"known"}' });
    const kept = (await agent.deliveries()).filter(({ deliveryId }) =>
      deliveryId.startsWith(first!.id),
    );
    expect(kept).toMatchObject([{ redelivered: 1 }]);
    expect(agent.written()).toHaveLength(1);
    expect(await agent.cycles()).toHaveLength(1);
    expect(agent.model.calls).toBe(1);
  });

  test('under a new id is kept and gives no second event', async () => {
    const agent = await start();
    agent.jira.pushWebhookFault({ kind: 'duplicate-new-id', event: 'comment_created' });

    await answerOnce(agent);

    const [first, second] = agent.jira.deliveries;
    expect(second!.id).not.toBe(first!.id);
    expect(second!.body.equals(first!.body)).toBe(true);
    const events = (await agent.events()).filter(({ rule }) => rule === 'comment-created');
    expect(events).toHaveLength(1);
    expect(await agent.cycles()).toHaveLength(1);
    expect(agent.model.calls).toBe(1);
  });

  test('ten times at once, under one id and under ten, is answered once', async () => {
    const agent = await start();
    standing(agent, '20001');
    const body = commentBody({ id: '20001', text: QUESTION });
    const ids = Array.from({ length: 10 }, (_, index) => `burst-${index}`);

    const same = await Promise.all(ids.map(() => deliver(agent, body, { id: 'burst' })));
    const other = await Promise.all(ids.map((id) => deliver(agent, body, { id })));
    await agent.untilIdle();

    expect([...same, ...other].map(({ status }) => status)).toEqual(Array(20).fill(200));
    const named = (await agent.deliveries()).filter(({ deliveryId }) =>
      deliveryId.startsWith('burst'),
    );
    expect(named).toHaveLength(11);
    const events = (await agent.events()).filter(({ rule }) => rule === 'comment-created');
    expect(events).toHaveLength(1);
    expect(agent.written()).toHaveLength(1);
    expect(agent.model.calls).toBe(1);
  });

  test('edited gets no second answer', async () => {
    const agent = await start();
    const comment = agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    agent.jira.editComment(comment.id, MIA, `${QUESTION} Today, please.`);
    await agent.untilIdle();

    expect(agent.written()).toHaveLength(1);
    const [newest] = await agent.cycles();
    const trace = await agent.trace(newest!.id);
    expect(trace.trigger.events).toMatchObject([{ rule: 'comment-edited' }]);
    expect(trace.actions).toMatchObject([
      { state: 'denied', verdict: { rule: 'one-answer-per-message' } },
    ]);
    expect(trace.cycle.outcome).toBe('denied');
  });

  test('with the edit before the message is answered once', async () => {
    const agent = await start();
    agent.jira.pushWebhookFault({ kind: 'reorder', event: 'comment_created' });

    const comment = agent.jira.addComment('ECD-1', MIA, QUESTION);
    agent.jira.editComment(comment.id, MIA, `${QUESTION} Today, please.`);
    await agent.untilIdle();

    const created = agent.jira.deliveries.map(({ event }) => event);
    expect(created.slice(0, 2)).toEqual(['comment_created', 'comment_updated']);
    const kept = (await agent.events()).toReversed().map(({ kind }) => kind);
    expect(kept.slice(0, 2)).toEqual(['comment.updated', 'comment.created']);
    expect(agent.written()).toHaveLength(1);
  });
});

test('two messages get two answers', async () => {
  const agent = await start();
  await answerOnce(agent);

  agent.model.queue({ json: planFor('ECD-1', 'Still in progress.') });
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.untilIdle();

  expect(agent.written()).toHaveLength(2);
  expect(JSON.stringify(agent.written()[1]!.body)).toContain('Still in progress.');
});

test('two bodies under one delivery id are both kept and both answered', async () => {
  const agent = await start();
  standing(agent, '20001', '20002');
  const bodies = ['20001', '20002'].map((id) => commentBody({ id, text: QUESTION }));

  for (const body of bodies) {
    const answer = await deliver(agent, body, { id: 'one-name' });
    expect(answer.body).toBe('{"status":"kept"}');
    await agent.untilIdle();
  }

  const kept = (await agent.deliveries()).filter(({ deliveryId }) =>
    deliveryId.startsWith('one-name/'),
  );
  expect(kept).toMatchObject([
    { events: 1, redelivered: 0 },
    { events: 1, redelivered: 0 },
  ]);
  expect(agent.written()).toHaveLength(2);
});

test('a replay of an answered delivery runs a cycle and writes nothing', async () => {
  const agent = await start();
  await answerOnce(agent);
  const delivery = (await agent.deliveries()).at(-1);

  const answer = await agent.ask('/api/replay', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ delivery: delivery!.id }),
  });
  await agent.untilIdle();

  expect(answer.status).toBe(202);
  const cycles = await agent.cycles();
  expect(cycles.map(({ outcome }) => outcome)).toEqual(['denied', 'answered']);
  expect(agent.written()).toHaveLength(1);
  expect(JSON.stringify(agent.written()[0]!.body)).toContain(ANSWER);
  expect(agent.jira.writes).toBe(1);
  await agent.journalHolds();
});
