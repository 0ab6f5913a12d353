import { expect, test } from 'vitest';
import type { MessagesRequest } from '../../emulators/anthropic/messages-request.ts';
import type { ScriptedAnswer } from '../../emulators/anthropic/scripted-answer.ts';
import { SMALL_TEAM } from '../../emulators/jira/jira-seed.ts';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { AGENT, answered, MIA, planFor, startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { record, scaled, SEED } from './figures.ts';
import { STORES, storeSettings } from './stores.ts';
import type { StoreKind } from './stores.ts';

const OTHERS = scaled(12, 60);
const READING = scaled(3, 8);
/** A call that is not answered is given up after two minutes; unit tests show that with shorter ones. */
const SILENT = scaled(0, 8);
const MOST_CALLS = 12;

const keysFrom = (first: number, many: number) =>
  Array.from({ length: many }, (_, n) => `ECD-${first + n}`);
const others = keysFrom(100, OTHERS);
const reading = keysFrom(1000, READING);
const silent = keysFrom(2000, SILENT);

const SUBJECT = /Subject of this cycle: jira:issue:(?<issue>[A-Z]+-\d+)/;
const issueIn = ({ messages }: MessagesRequest): string =>
  SUBJECT.exec(JSON.stringify(messages))?.groups?.['issue'] ?? 'none';

/** A model that never comes to its end on some issues: it reads for ever there, or says nothing. */
function endless(request: MessagesRequest): ScriptedAnswer {
  const issue = issueIn(request);
  if (silent.includes(issue)) return { neverAnswer: true };
  const mayRead = request.tool_choice?.type !== 'none' && (request.tools ?? []).length > 0;
  if (reading.includes(issue) && mayRead) {
    return { toolUse: { name: 'jira_get-issue', input: { issue } } };
  }
  if (reading.includes(issue)) return { text: 'I have to read a little more.' };
  return answered(planFor(issue, 'It is in progress.'));
}

async function setUp(store: StoreKind): Promise<Agent> {
  const issues = [...others, ...reading, ...silent].map((key) => {
    return { key, summary: `Work on ${key}`, assignee: MIA };
  });
  const account = { email: 'agent@example.com', token: 'the-api-token-of-the-tests' };
  const jira = await startJiraEmulator({ ...account, seed: { ...SMALL_TEAM, issues } });
  const env = await storeSettings(store);
  return await startAgent({ mode: 'production', model: endless, jira, env });
}

const answersOn = (agent: Agent, keys: readonly string[]): number[] =>
  keys.map((key) => agent.written(key).length);

test.each(STORES)(
  'R17: a model that never comes to its end on some subjects keeps no other waiting, and ends there too (%s)',
  { timeout: 300_000 },
  async (deployment) => {
    const agent = await setUp(deployment);
    for (const key of [...silent, ...reading, ...others]) {
      agent.jira.addComment(key, MIA, `[~accountid:${AGENT}] how does it stand?`);
    }

    // While the silent ones still wait for their answer.
    await agent.until('the others are answered', () =>
      Promise.resolve(answersOn(agent, others).every((many) => many > 0)),
    );
    const stillOpen = (await agent.cycles()).filter(({ status }) => status === 'open').length;
    await patiently(agent);

    const stuck = [...reading, ...silent];
    const calls = stuck.map(
      (key) => agent.model.requests.filter((one) => issueIn(one) === key).length,
    );
    const planned = await plannersOf(agent, stuck);
    const doubled = answersOn(agent, [...others, ...stuck]).filter((many) => many > 1).length;
    const byRules = planned.filter((planner) => planner === 'rules').length;
    record({
      promise: 'R17 endless model',
      deployment,
      run: `on ${READING} subjects the model wants to read for ever, on ${SILENT} it never answers; ${OTHERS} others`,
      counted: `others answered while ${stillOpen} still waited: ${OTHERS}; calls on a stuck subject at most ${Math.max(...calls)}; decided by rules ${byRules} of ${stuck.length}, doubled ${doubled}`,
      holds: stillOpen >= SILENT && byRules === stuck.length && doubled === 0,
      seed: SEED,
    });
    expect(stillOpen).toBeGreaterThanOrEqual(SILENT);
    expect(Math.max(...calls)).toBeLessThanOrEqual(MOST_CALLS);
    expect(planned).toEqual(stuck.map(() => 'rules'));
    expect(doubled).toBe(0);
  },
);

/** `untilIdle` for one that may take minutes. */
async function patiently(agent: Agent): Promise<void> {
  await expect.poll(async () => (await agent.status()).cycles.open, { timeout: 280_000 }).toBe(0);
  await agent.untilIdle();
}

/** What decided on each issue. */
async function plannersOf(agent: Agent, keys: readonly string[]): Promise<readonly string[]> {
  const cycles = await agent.cycles();
  const traces = keys.map(async (key) => {
    const cycle = cycles.find(({ subject }) => subject === `jira:issue:${key}`);
    return cycle === undefined ? 'no cycle' : (await agent.trace(cycle.id)).thought?.planner;
  });
  return (await Promise.all(traces)).map((planner) => planner ?? 'no thought');
}
