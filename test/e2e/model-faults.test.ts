import { describe, expect, test } from 'vitest';
import type { ScriptedAnswer } from '../../emulators/anthropic/scripted-answer.ts';
import type { CycleTrace } from '../../src/http/contract.ts';
import { ANSWER, MIA, QUESTION, answered, planFor, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';

const failing = (status: number, type: string, headers = {}): ScriptedAnswer => ({
  status,
  type,
  headers,
});
const OVERLOADED = failing(529, 'overloaded_error');
const BROKEN = failing(500, 'api_error');
const HANG_UP: ScriptedAnswer = { hangUp: true };
const NONSENSE: ScriptedAnswer = { text: 'Certainly! Ines is on it.' };
const HALF: ScriptedAnswer = {
  text: JSON.stringify(planFor()).slice(0, 60),
  stopReason: 'max_tokens',
};
const SPENT: ScriptedAnswer = {
  ...failing(429, 'rate_limit_error'),
  details: { error_code: 'enforced_spend_limit_reached' },
};

interface Case {
  readonly name: string;
  readonly answers: readonly ScriptedAnswer[];
  /** The outcome of each call of the model. */
  readonly calls: readonly string[];
  readonly planner: 'model' | 'rules';
  /** What the one note says; null for none. */
  readonly note: RegExp | null;
}

const byRules = { planner: 'rules' } as const;
const byModel = { planner: 'model' } as const;
const REPAIRED = /first answer did not fit the schema and was asked for again/;
const NO_PLAN = /rules decided.*bad-answer.*no plan in two tries/;

const CASES: readonly Case[] = [
  {
    name: 'a wrong key (401) hands over to the rules at once',
    answers: [failing(401, 'authentication_error')],
    calls: ['unauthorized'],
    note: /rules decided.*unauthorized.*401/,
    ...byRules,
  },
  {
    name: 'an unknown model (404) hands over to the rules at once',
    answers: [failing(404, 'not_found_error')],
    calls: ['not-found'],
    note: /rules decided.*not-found.*404/,
    ...byRules,
  },
  {
    name: 'a short rate limit is waited out',
    answers: [failing(429, 'rate_limit_error', { 'retry-after': '1' })],
    calls: ['rate-limited', 'ok'],
    note: null,
    ...byModel,
  },
  {
    name: 'a long rate limit hands over to the rules at once',
    answers: [failing(429, 'rate_limit_error', { 'retry-after': '120' })],
    calls: ['rate-limited'],
    note: /rules decided.*rate-limited/,
    ...byRules,
  },
  {
    name: 'a spend cap hands over to the rules at once',
    answers: [SPENT],
    calls: ['spend-limit'],
    note: /rules decided.*spend-limit/,
    ...byRules,
  },
  {
    name: 'an overload (529) is tried again',
    answers: [OVERLOADED],
    calls: ['unavailable', 'ok'],
    note: null,
    ...byModel,
  },
  {
    name: 'an overload that stays hands over to the rules after three calls',
    answers: [OVERLOADED, OVERLOADED, OVERLOADED],
    calls: ['unavailable', 'unavailable', 'unavailable'],
    note: /rules decided.*unavailable.*529/,
    ...byRules,
  },
  {
    name: 'an error inside (500) is tried again',
    answers: [BROKEN, BROKEN],
    calls: ['unavailable', 'unavailable', 'ok'],
    note: null,
    ...byModel,
  },
  {
    name: 'an error inside that stays hands over to the rules',
    answers: [BROKEN, BROKEN, BROKEN],
    calls: ['unavailable', 'unavailable', 'unavailable'],
    note: /rules decided.*unavailable.*500/,
    ...byRules,
  },
  {
    name: 'a lost line is tried again',
    answers: [HANG_UP],
    calls: ['broken-line', 'ok'],
    note: null,
    ...byModel,
  },
  {
    name: 'a line that is lost three times hands over to the rules',
    answers: [HANG_UP, HANG_UP, HANG_UP],
    calls: ['broken-line', 'broken-line', 'broken-line'],
    note: /rules decided.*broken-line/,
    ...byRules,
  },
  {
    name: 'nonsense twice hands over to the rules',
    answers: [NONSENSE, NONSENSE],
    calls: ['malformed', 'malformed'],
    note: NO_PLAN,
    ...byRules,
  },
  {
    name: 'an answer that was cut twice hands over to the rules',
    answers: [HALF, HALF],
    calls: ['malformed', 'malformed'],
    note: NO_PLAN,
    ...byRules,
  },
  {
    name: 'an answer that was cut once is asked for again',
    answers: [HALF],
    calls: ['malformed', 'ok'],
    note: REPAIRED,
    ...byModel,
  },
  {
    name: 'a plan out of shape is asked for again',
    answers: [answered({ ...planFor(), urgency: 'whatever' })],
    calls: ['malformed', 'ok'],
    note: REPAIRED,
    ...byModel,
  },
  {
    name: 'a refusal hands over to the rules',
    answers: [{ refusal: true, explanation: 'I would rather not.' }],
    calls: ['refusal'],
    note: /rules decided.*denied.*refused/,
    ...byRules,
  },
  {
    name: 'an empty answer twice hands over to the rules',
    answers: [{ text: '' }, { text: '' }],
    calls: ['malformed', 'malformed'],
    note: NO_PLAN,
    ...byRules,
  },
  {
    name: 'bytes that are no message hand over to the rules',
    answers: [{ raw: '<!doctype html><p>We are down' }],
    calls: ['bad-answer'],
    note: /rules decided.*bad-answer/,
    ...byRules,
  },
];

async function askUnder(agent: Agent, answers: readonly ScriptedAnswer[]): Promise<CycleTrace> {
  agent.model.queue(...answers);
  agent.jira.addComment('ECD-1', MIA, QUESTION);
  await agent.untilIdle();
  expect(agent.model.queued).toBe(0);
  return await agent.onlyTrace();
}

function expectCosts(trace: CycleTrace): void {
  let sum = 0;
  for (const { outcome, usage } of trace.modelCalls) {
    const isAnswered = ['ok', 'malformed', 'refusal'].includes(outcome);
    // Sent, and nobody knows what became of it: counted at its worst price.
    const isUnknown = ['broken-line', 'timeout', 'bad-answer'].includes(outcome);
    expect(usage.outputTokens > 0, outcome).toBe(isAnswered);
    expect(usage.costUsd, outcome).not.toBeNull();
    expect(usage.costUsd! > 0, outcome).toBe(isAnswered || isUnknown);
    sum += usage.costUsd!;
  }
  expect(trace.costUsd).toBeCloseTo(sum, 10);
}

describe('a model that fails', () => {
  test.concurrent.for(CASES)('$name', async (given, { expect, onTestFinished }) => {
    const agent = await startAgent({ mode: 'production', model: true, finished: onTestFinished });

    const trace = await askUnder(agent, given.answers);

    expect(trace.cycle).toMatchObject({
      status: 'finished',
      outcome: 'answered',
      planner: given.planner,
      attempts: 0,
    });
    expect(trace.modelCalls.map(({ outcome }) => outcome)).toEqual(given.calls);
    expect(agent.model.calls).toBe(given.calls.length);
    const notes = trace.thought?.notes ?? [];
    expect(notes).toHaveLength(given.note === null ? 0 : 1);
    if (given.note !== null) expect(notes[0]).toMatch(given.note);
    expectCosts(trace);
    const written = agent.written();
    expect(written).toHaveLength(1);
    const said = JSON.stringify(written[0]!.body);
    expect(said).toContain(given.planner === 'model' ? ANSWER : 'No model was used');

    // Alive, and the model is asked again next time.
    agent.model.queue(answered(planFor('ECD-2', 'To do.')));
    agent.jira.addComment('ECD-2', MIA, QUESTION);
    await agent.untilIdle();
    expect(agent.written('ECD-2')).toHaveLength(1);
    expect((await agent.cycles())[0]).toMatchObject({ planner: 'model', outcome: 'answered' });
  });

  test('is told once what was wrong with its answer', async () => {
    const agent = await startAgent({ mode: 'simulation', model: true });

    await askUnder(agent, [NONSENSE]);

    const [first, second, ...more] = agent.model.requests.map((request) =>
      JSON.stringify(request.messages),
    );
    expect(more).toEqual([]);
    expect(first).not.toContain('did not fit');
    expect(second).toContain("Your last answer did not fit the plan's schema: ");
  });

  test.each([
    ['of another issue', planFor('ECD-2'), 'target-binding'],
    [
      'that no connector knows',
      {
        ...planFor(),
        actions: [{ operation: 'jira.paint-issue', input: { issue: 'ECD-1' }, reason: 'tidy' }],
      },
      null,
    ],
  ])('cannot make the agent do something %s', async (_name, plan, rule) => {
    const agent = await startAgent({ mode: 'production', model: true });

    const trace = await askUnder(agent, [answered(plan)]);

    expect(trace.cycle.status).toBe('finished');
    expect(agent.written('ECD-2')).toHaveLength(0);
    expect(agent.jira.state.issues.size).toBe(3);
    if (rule === null) {
      expect(trace.thought?.notes[0]).toMatch(REPAIRED);
    } else {
      expect(trace.actions).toMatchObject([{ state: 'denied', verdict: { rule } }]);
      expect(agent.jira.writes).toBe(0);
    }
  });

  test('without any address is not the end of the agent', async () => {
    const agent = await startAgent({
      mode: 'production',
      model: true,
      env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
    });

    agent.jira.addComment('ECD-1', MIA, QUESTION);
    await agent.untilIdle();

    const trace = await agent.onlyTrace();
    expect(trace.thought?.notes[0]).toMatch(/rules decided/);
    expect(agent.written()).toHaveLength(1);
  });
});
