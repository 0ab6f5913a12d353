import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import type { AnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import type { ModelChoice } from '../../src/agent/model-provider.ts';
import { modelPlanner } from '../../src/agent/planner-model.ts';
import type { ModelPlannerSettings } from '../../src/agent/planner-model.ts';
import { rulesPlanner } from '../../src/agent/planner-rules.ts';
import { defineRead } from '../../src/domain/connector.ts';
import type { Operation } from '../../src/domain/connector.ts';
import type { Context } from '../../src/domain/context.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Planner } from '../../src/domain/planner.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { FakeTarget, commentOperation } from './connector.ts';
import { commentEvent } from './events.ts';

const KEY = 'the-model-key-of-the-tests';
export const SONNET = 'claude-sonnet-5-5';
export const HAIKU = 'claude-haiku-5-5';
export const OPUS = 'claude-opus-5-5';

export const SONNET_PRICE = { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 };

/** A plan that does nothing. */
export const QUIET: Plan = {
  shouldRespond: false,
  urgency: 'low',
  reasoning: 'quiet',
  actions: [],
  unknowns: [],
};

/** What a planner is given for a ticket on which somebody asked something. */
export function contextOf(issue = 'ECD-12', changes: Partial<Context> = {}): Context {
  return {
    subject: `jira:issue:${issue}`,
    events: [commentEvent('1', { subject: `jira:issue:${issue}` })],
    facts: [],
    sources: [],
    history: [],
    answered: [],
    directivesVersion: 'v',
    ...changes,
  };
}

/** `jira.get-issue` as a read that says what it is about; what it gives is the test's own. */
export const getIssue: Operation = defineRead({
  name: 'jira.get-issue',
  summary: 'Read an issue.',
  effect: 'read',
  input: z.object({ issue: z.string().max(20), comments: z.int().min(0).max(10).default(3) }),
  output: z.unknown(),
  about: ({ issue }) => `jira:issue:${issue}`,
  preview: ({ issue }) => `Read ${issue}`,
  run: ({ issue }) => Promise.resolve({ issue, text: 'as it stands' }),
});

/** A read of many things, which is not for the model. */
export const searchIssues: Operation = defineRead({
  name: 'jira.search-issues',
  summary: 'Search.',
  effect: 'read',
  input: z.object({ text: z.string() }),
  output: z.unknown(),
  preview: ({ text }) => `Search ${text}`,
  run: () => Promise.resolve([]),
});

export interface Thinker {
  readonly model: AnthropicEmulator;
  readonly planner: Planner;
}

export type ThinkerOptions = Partial<Omit<ModelPlannerSettings, 'models' | 'triage'>> & {
  readonly names?: readonly string[];
  readonly triage?: Pick<NonNullable<ModelPlannerSettings['triage']>, 'addressed'>;
  readonly price?: ModelChoice['price'];
};

/** The model planner over the emulated API; the emulator ends with the test. */
export async function startThinker(options: ThinkerOptions = {}): Promise<Thinker> {
  const model = await startAnthropicEmulator({ apiKey: KEY, cacheMinimum: 10 });
  onTestFinished(() => model.close());
  const { names = [SONNET], triage, price = SONNET_PRICE, ...rest } = options;
  const choiceOf = (name: string): ModelChoice => ({
    name,
    provider: 'anthropic',
    model: name,
    apiKey: KEY,
    baseUrl: `${model.url}/v1`,
    price: 'price' in options ? options.price : price,
  });
  const planner = modelPlanner({
    models: names.map(choiceOf),
    triage: triage === undefined ? null : { ...triage, model: choiceOf(HAIKU) },
    timeoutMs: 10_000,
    directives: () => 'Say little.',
    operations: [commentOperation(new FakeTarget()), getIssue, searchIssues],
    read: null,
    clock: systemClock,
    fallback: rulesPlanner({
      names: () => [],
      ours: () => [],
      nameOf: () => null,
      talk: () => undefined,
    }),
    // Waits are as good as over, but a turn of the event loop passes.
    sleep: (_ms, signal) => delay(0, undefined, { signal }),
    ...rest,
  });
  return { model, planner };
}
