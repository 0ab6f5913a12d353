import { describe, expect, test } from 'vitest';
import { sendRecorded } from '../../emulators/jira/send-recorded.ts';
import type { Mode } from '../../src/domain/mode.ts';
import { ANSWER, MIA, QUESTION, SECRET, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { recorded } from '../helpers/deliver.ts';

const RECORDED = 'mm--webhook-cloud-comment-created.json';

/** Requests that could change something; Jira takes some reads as POST. */
const changing = ({ jira }: Agent) =>
  jira.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/search/jql'));

describe('a question on an issue', () => {
  test.each<[Mode, string, string, string]>([
    ['simulation', 'simulated', 'simulated', 'mode is simulation: written down, not sent'],
    ['ask', 'held', 'waiting', 'in mode ask a person decides every change'],
  ])('in mode %s is answered on paper only', async (mode, state, outcome, note) => {
    const agent = await startAgent({ mode, model: true });

    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    const trace = await agent.onlyTrace();
    expect(trace.cycle).toMatchObject({ status: 'finished', outcome, planner: 'model', mode });
    expect(trace.actions).toMatchObject([{ state, attempts: 0, input: { text: ANSWER }, note }]);
    expect(agent.jira.writes).toBe(0);
    expect(agent.written()).toHaveLength(0);
    expect(changing(agent)).toEqual([]);
    await agent.journalHolds();
  });

  test('in production is answered by exactly one comment that carries its action', async () => {
    const agent = await startAgent({ mode: 'production', model: true });

    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    const [action] = (await agent.onlyTrace()).actions;
    expect(action).toMatchObject({ state: 'done', attempts: 1, operation: 'jira.add-comment' });
    const written = agent.written();
    expect(written).toHaveLength(1);
    expect(written[0]!.id).toBe(action!.effectId);
    expect(written[0]!.properties.get('pm-agent.action')).toMatchObject({ id: action!.id });
    expect(JSON.stringify(written[0]!.body)).toContain(ANSWER);
    expect(agent.jira.writes).toBe(1);
  });

  test('leaves a trace from its trigger to its cost', async () => {
    const agent = await startAgent({ mode: 'production', model: true });

    const comment = agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    const trace = await agent.onlyTrace();
    const [delivery] = (await agent.deliveries()).filter(({ events }) => events > 0).slice(-1);
    expect(trace.headline).toContain('Answered on jira:issue:ECD-1');
    expect(trace.trigger.events).toMatchObject([
      { key: `jira:comment:${comment.id}:created`, rule: 'comment-created', actor: 'Mia Sander' },
    ]);
    expect(trace.trigger.deliveries).toEqual([delivery!.id]);
    expect(trace.context?.sources).toMatchObject([{ source: 'jira', ok: true, note: null }]);
    expect(trace.context?.facts.map(({ text }) => text)).toContain(
      'Guest checkout loses the basket',
    );
    expect(trace.thought).toMatchObject({
      planner: 'model',
      notes: [],
      plan: { reasoning: 'Mia asked how it stands.' },
    });
    expect(trace.actions[0]?.verdict).toMatchObject({ answer: 'allow', rule: 'no-objection' });
    expect(trace.modelCalls).toMatchObject([{ model: 'claude-sonnet-5-5', outcome: 'ok' }]);
    const { usage } = trace.modelCalls[0]!;
    const inputs = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    expect(inputs).toBeGreaterThan(100);
    expect(usage.outputTokens).toBeGreaterThan(0);
    expect(trace.costUsd).toBeGreaterThan(0);
    expect(usage.costUsd).toBe(trace.costUsd);
    const steps = trace.journal.map(({ kind }) => kind);
    expect(steps).toEqual(['action.judged', 'action.sending', 'action.settled', 'cycle.finished']);
    await agent.journalHolds();
  });

  test('is not answered again when the own comment comes back', async () => {
    const agent = await startAgent({ mode: 'production', model: true });

    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    const [own] = agent.written();
    const echo = (await agent.events()).find(
      ({ key }) => key === `jira:comment:${own!.id}:created`,
    );
    expect(echo).toMatchObject({ status: 'ignored', rule: 'own-echo', cycle: null });
    expect(await agent.cycles()).toHaveLength(1);
    expect(agent.model.calls).toBe(1);
  });
});

describe('without a model', () => {
  test('the rules answer a direct question and say that no model was used', async () => {
    const agent = await startAgent({ mode: 'production' });

    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    const trace = await agent.onlyTrace();
    expect(trace.cycle).toMatchObject({ planner: 'rules', outcome: 'answered', costUsd: null });
    const text = JSON.stringify(agent.written()[0]!.body);
    expect(text).toContain('No model was used');
    expect(text).toContain('In Progress');
    expect(agent.written()).toHaveLength(1);
    expect(agent.model.calls).toBe(0);
  });

  test('the rules stay silent when nobody asked', async () => {
    const agent = await startAgent({ mode: 'production' });

    agent.jira.addComment('ECD-1', MIA, 'Added a comment');
    await agent.untilIdle();

    const trace = await agent.onlyTrace();
    expect(trace.cycle).toMatchObject({ status: 'finished', outcome: 'nothing needed' });
    expect(trace.thought?.plan.shouldRespond).toBe(false);
    expect(trace.actions).toEqual([]);
    expect(agent.jira.writes).toBe(0);
  });
});

test('a recorded delivery is kept and becomes one event and one finished cycle', async () => {
  const agent = await startAgent({ mode: 'production' });
  const target = { url: `${agent.url}/webhooks/jira`, secret: SECRET };

  const answer = await sendRecorded(target, recorded(RECORDED), {
    'x-atlassian-webhook-identifier': 'recorded-1',
  });
  await agent.untilIdle();

  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ status: 'kept' });
  expect(await agent.deliveries()).toMatchObject([
    { status: 'read', events: 1, bytes: recorded(RECORDED).length },
  ]);
  expect(await agent.events()).toMatchObject([
    { key: 'jira:comment:10019:created', subject: 'jira:issue:TES-41', status: 'settled' },
  ]);
  expect(await agent.cycles()).toMatchObject([
    { status: 'finished', outcome: 'nothing needed', subject: 'jira:issue:TES-41' },
  ]);
});

describe('with less than all settings', () => {
  test('without credentials it receives and judges, and only simulates, in production too', async () => {
    const agent = await startAgent({
      mode: 'production',
      env: { ATLASSIAN_EMAIL: '', ATLASSIAN_API_TOKEN: '', JIRA_BASE_URL: '' },
    });

    agent.jira.addComment('ECD-1', MIA, '@pm-agent how does it stand?');
    await agent.untilIdle();

    const trace = await agent.onlyTrace();
    expect(trace.cycle).toMatchObject({ status: 'finished', outcome: 'simulated' });
    expect(trace.actions).toMatchObject([
      { state: 'simulated', note: 'no credentials to write: not sent' },
    ]);
    expect(trace.context?.sources).toMatchObject([
      { ok: false, note: expect.stringContaining('not-configured') as string },
    ]);
    expect(agent.jira.requests).toEqual([]);
    const [connector] = (await agent.status()).connectors;
    expect(connector?.abilities).toMatchObject([
      { name: 'webhook', on: true },
      { name: 'poll', on: false, note: expect.stringContaining('no credentials') as string },
      { name: 'read', on: false, note: expect.stringContaining('no credentials') as string },
      { name: 'write', on: false, note: expect.stringContaining('no credentials') as string },
    ]);
  });

  test('without a secret there is no webhook', async () => {
    const agent = await startAgent({ mode: 'production', env: { JIRA_WEBHOOK_SECRET: '' } });
    const target = { url: `${agent.url}/webhooks/jira`, secret: SECRET };

    const answer = await sendRecorded(target, recorded(RECORDED));

    expect(answer.status).toBe(404);
    expect((await agent.status()).deliveries.kept).toBe(0);
  });
});
