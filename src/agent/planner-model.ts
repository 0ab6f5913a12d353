import type { Context } from '../domain/context.ts';
import type { Operation } from '../domain/connector.ts';
import { Failure, asFailure } from '../domain/failure.ts';
import { Plan } from '../domain/plan.ts';
import type { Thought } from '../domain/plan.ts';
import type { Planner, ThinkCall } from '../domain/planner.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Clock } from '../lib/clock.ts';
import { createModelClient } from './model-client.ts';
import type { ModelAnswer, ModelClientSettings, TokenUsage } from './model-client.ts';
import { modelPlanSchema } from './model-schema.ts';
import { costOf } from './prices.ts';
import type { ModelPrice } from './prices.ts';
import { contextPrompt, stablePrompt } from './prompt.ts';

export interface ModelPlannerSettings extends ModelClientSettings {
  readonly price: ModelPrice | undefined;
  readonly directives: string;
  readonly operations: readonly Operation[];
  readonly clock: Clock;
  /** Who thinks when the model cannot. */
  readonly fallback: Planner;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const MOST_TRIES = 3;
const FIRST_BACKOFF_MS = 500;
// A longer wait is not worth it: the rules answer at once and say so.
const LONGEST_WAIT_MS = 10_000;

const RETRIED: ReadonlySet<Failure['kind']> = new Set([
  'rate-limited',
  'unavailable',
  'broken-line',
  'conflict',
]);

type Answer = ModelAnswer<Plan>;

/** Asks the model for a plan; one bad answer is sent back with its fault named, then the rules think. */
export function modelPlanner(settings: ModelPlannerSettings): Planner {
  const ask = createModelClient(settings);
  const faceOf = faces(settings);

  const askOnce = async (question: Question, call: ThinkCall): Promise<Answer> => {
    const startedAt = settings.clock.now();
    const report = (usage: TokenUsage, outcome: string): void => {
      const cost = costOf(usage, settings.price);
      call.spent({ ...usage, costUsd: cost }, outcome, settings.clock.now() - startedAt);
    };
    try {
      const { stable, schema } = faceOf(question.system);
      const answer = await ask({ stable, context: question.prompt, schema, signal: call.signal });
      report(answer.usage, answer.kind === 'answer' ? 'ok' : answer.kind);
      return checked(answer);
    } catch (error) {
      const failure = asFailure(error);
      report(nothingUsed(settings.model), failure.kind);
      throw failure;
    }
  };

  const askPatiently = async (question: Question, call: ThinkCall, tries = 1): Promise<Answer> => {
    try {
      return await askOnce(question, call);
    } catch (error) {
      const wait = waitBefore(asFailure(error), tries);
      if (wait === null) throw error;
      await settings.sleep(wait, call.signal);
      return await askPatiently(question, call, tries + 1);
    }
  };

  return {
    name: `model ${settings.model}`,
    paid: true,
    think: async (context, call) => {
      try {
        return await thinkWith(askPatiently, context, call);
      } catch (error) {
        if (call.signal.aborted) throw error;
        return await withRules(settings.fallback, { context, call, failure: asFailure(error) });
      }
    },
  };
}

interface Question {
  readonly prompt: string;
  /** The system of the subject. */
  readonly system: string;
}

type Ask = (question: Question, call: ThinkCall) => Promise<Answer>;

interface Face {
  readonly stable: string;
  readonly schema: ReturnType<typeof modelPlanSchema>;
}

/**
 * What the model is offered for a subject of a system: its own operations, since no other could touch the subject. The
 * provider takes few optional properties in one schema, and the prompt stays short; each system's part is cached.
 */
function faces(settings: ModelPlannerSettings): (system: string) => Face {
  const known = new Map<string, Face>();
  return (system) => {
    const before = known.get(system);
    if (before !== undefined) return before;
    const own = settings.operations.filter(({ name }) => name.startsWith(`${system}.`));
    const face = {
      stable: stablePrompt(settings.directives, own),
      schema: modelPlanSchema(own),
    };
    known.set(system, face);
    return face;
  };
}

async function thinkWith(ask: Ask, context: Context, call: ThinkCall): Promise<Thought> {
  const prompt = contextPrompt(context);
  const { system } = subjectParts(context.subject);
  const first = await ask({ prompt, system }, call);
  if (first.kind === 'answer') return { plan: first.value, planner: 'model', notes: [] };
  if (first.kind === 'refusal') throw new Failure('denied', 'the model refused to answer');
  const again = `${prompt}\n\nYour last answer did not fit the plan's schema: ${first.fault}\nAnswer again, complete and in shape.`;
  const second = await ask({ prompt: again, system }, call);
  if (second.kind !== 'answer') {
    throw new Failure('bad-answer', 'the model gave no plan in two tries');
  }
  const notes = ['the first answer did not fit the schema and was asked for again'];
  return { plan: second.value, planner: 'model', notes };
}

/** The provider's schema is looser than ours (lengths, counts): what does not fit ours is malformed too. */
function checked(answer: ModelAnswer<unknown>): Answer {
  if (answer.kind !== 'answer') return answer;
  const plan = Plan.safeParse(answer.value);
  if (plan.success) return { ...answer, value: plan.data };
  const [issue] = plan.error.issues;
  const fault = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not fit'}`;
  return { kind: 'malformed', fault, usage: answer.usage };
}

function waitBefore(failure: Failure, tries: number): number | null {
  if (!RETRIED.has(failure.kind) || tries >= MOST_TRIES) return null;
  const wait = failure.retryAfterMs ?? FIRST_BACKOFF_MS * 2 ** (tries - 1);
  return wait > LONGEST_WAIT_MS ? null : wait;
}

function nothingUsed(model: string): TokenUsage {
  return { model, inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };
}

interface Fallen {
  readonly context: Context;
  readonly call: ThinkCall;
  readonly failure: Failure;
}

async function withRules(rules: Planner, fallen: Fallen): Promise<Thought> {
  const thought = await rules.think(fallen.context, fallen.call);
  const note = `the rules decided, because the model could not: ${fallen.failure.kind} (${fallen.failure.message})`;
  return { ...thought, notes: [note, ...thought.notes] };
}
