import { describe, expect, test } from 'vitest';
import { Journal } from '../../src/http/contract.ts';
import type { ActionState } from '../../src/domain/action.ts';
import { MIA, QUESTION, planFor, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { commentBody, deliver } from '../helpers/deliver.ts';

const POST = { method: 'POST', path: /\/issue\/ECD-1\/comment$/ };

const sends = (agent: Agent) =>
  agent.jira.requests.filter(({ method, path }) => method === 'POST' && POST.path.test(path))
    .length;

/** Asks, and waits until the comment's first send has failed and its cycle is put down. */
async function askAndPark(agent: Agent): Promise<void> {
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.until('the action waits for its second try', async () => {
    const [action] = await agent.actions();
    return action?.state === 'sending' && action.note !== null;
  });
}

describe('a stop while an action is open', () => {
  test.each([
    ['that never arrived: it is sent by the next run', { kind: 'hang-up-before' }, 2],
    ['that arrived late: it is found by the next run', { kind: 'apply-late', ms: 100 }, 1],
  ] as const)('%s', async (_name, fault, expectedSends) => {
    const agent = await startAgent({ mode: 'production', model: true });
    agent.jira.faults.push({ ...fault, match: POST });
    await askAndPark(agent);

    await agent.restart();
    const [open] = await agent.cycles();
    expect(open).toMatchObject({ status: 'open', step: 'act' });
    await agent.untilIdle();

    expect(agent.written()).toHaveLength(1);
    expect(sends(agent)).toBe(expectedSends);
    const trace = await agent.onlyTrace();
    expect(trace.cycle).toMatchObject({ id: open!.id, status: 'finished', outcome: 'answered' });
    expect(trace.actions).toMatchObject([{ state: 'done', attempts: expectedSends }]);
    expect(trace.modelCalls).toHaveLength(1);
    expect(agent.model.calls).toBe(1);
    await agent.journalHolds();
  });

  test('before a start in simulation leaves it to a person and sends nothing', async () => {
    const agent = await startAgent({ mode: 'production', model: true });
    agent.jira.faults.push({ kind: 'hang-up-before', match: POST });
    await askAndPark(agent);

    await agent.restart({ PM_AGENT_MODE: 'simulation' });
    await agent.untilIdle();

    const trace = await agent.onlyTrace();
    const state: ActionState = 'unknown';
    expect(trace.actions).toMatchObject([{ state, attempts: 1 }]);
    expect(trace.cycle).toMatchObject({ status: 'finished', outcome: 'unknown' });
    expect(sends(agent)).toBe(1);
    expect(agent.jira.writes).toBe(0);
    const journal = await agent.api('/api/journal?limit=200', Journal);
    expect(journal.items.find(({ kind }) => kind === 'mode.changed')).toMatchObject({
      data: { before: 'production', mode: 'simulation' },
    });
    await agent.journalHolds();
  });
});

test('a stop while the model thinks lets the cycle end, and the next run does not ask again', async () => {
  const agent = await startAgent({ mode: 'production', model: true });
  agent.model.queue({ json: planFor(), delayMs: 400 });
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.until('the model is asked', () => Promise.resolve(agent.model.calls === 1));

  await agent.stop();
  expect(agent.written()).toHaveLength(1);
  await agent.restart();
  await agent.untilIdle();

  expect(agent.written()).toHaveLength(1);
  expect(agent.model.calls).toBe(1);
  expect((await agent.onlyTrace()).cycle).toMatchObject({ outcome: 'answered' });
  await agent.journalHolds();
});

test('a stop while events are gathered leaves them to the next run', async () => {
  const agent = await startAgent({
    mode: 'production',
    model: true,
    env: { PM_AGENT_WINDOW_MS: '1500' },
  });
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.until('the event waits', async () => (await agent.status()).events.waiting === 1);

  await agent.stop();
  expect(agent.model.calls).toBe(0);
  await agent.restart();
  await agent.untilIdle();

  expect(agent.written()).toHaveLength(1);
  expect(agent.model.calls).toBe(1);
  expect(await agent.cycles()).toHaveLength(1);
});

test('a stop in a burst loses nothing that was taken', async () => {
  const agent = await startAgent({ mode: 'simulation' });
  const bodies = Array.from({ length: 120 }, (_, index) =>
    commentBody({ id: String(30_000 + index), issue: `ECD-${1 + (index % 3)}`, text: QUESTION }),
  );
  const answers = bodies.map((body, index) => deliver(agent, body, { id: `burst-${index}` }));

  const taken = (await Promise.all(answers)).filter(({ status }) => status === 200).length;
  await agent.restart();
  const startedAt = performance.now();
  await agent.untilIdle();
  // Well below the lease: the stop has left no mailbox claimed.
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(agent.logs()).not.toContain('"level":50');
  const status = await agent.status();
  expect(taken).toBe(120);
  expect(status.deliveries).toEqual({ kept: 120, waiting: 0, quarantined: 0 });
  expect(status.events).toEqual({ kept: 120, waiting: 0, ignored: 0, dead: 0 });
  expect(status.cycles).toMatchObject({ open: 0, failed: 0 });
  await agent.journalHolds();
});

test('a stop in the middle of a burst leaves what was not taken to be sent again', async () => {
  const agent = await startAgent({ mode: 'simulation' });
  const bodies = Array.from({ length: 60 }, (_, index) =>
    commentBody({ id: String(40_000 + index), text: QUESTION }),
  );
  const send = async (body: Buffer, index: number): Promise<number> => {
    const answer = await deliver(agent, body, { id: `cut-${index}` }).catch(() => null);
    return answer?.status ?? 0;
  };
  const first = bodies.map(send);
  await Promise.race(first);
  await agent.stop();
  const before = await Promise.all(first);

  await agent.restart();
  const kept = (await agent.status()).deliveries.kept;
  expect(kept).toBeGreaterThanOrEqual(before.filter((status) => status === 200).length);
  await Promise.all(bodies.map(send));
  await agent.untilIdle();

  const status = await agent.status();
  expect(status.deliveries).toMatchObject({ kept: 60, waiting: 0 });
  expect(status.events).toMatchObject({ kept: 60, waiting: 0, dead: 0 });
});

test('a start with nothing open does nothing', async () => {
  const agent = await startAgent({ mode: 'production', model: true });
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.untilIdle();
  const writes = agent.jira.writes;

  await agent.restart();
  await agent.restart();
  await agent.untilIdle();

  expect(agent.jira.writes).toBe(writes);
  expect(agent.model.calls).toBe(1);
  expect(await agent.cycles()).toHaveLength(1);
  const journal = await agent.api('/api/journal?limit=200', Journal);
  expect(journal.items.filter(({ kind }) => kind === 'program.started')).toHaveLength(2);
  await agent.journalHolds();
});
