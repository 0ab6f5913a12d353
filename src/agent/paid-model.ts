import type { z } from 'zod';
import type { Failure } from '../domain/failure.ts';
import type { Reservation, SpendLimit, ThinkCall } from '../domain/planner.ts';
import type { Clock } from '../lib/clock.ts';
import { createModelClient } from './model-client.ts';
import type { AskModel, ModelAnswer, ModelQuestion } from './model-client.ts';
import type { ModelChoice } from './model-provider.ts';
import { costOf, worstCostOf } from './prices.ts';

/** A call that was not made, since it may not be paid; `note` says why, for people. */
interface Unaffordable {
  readonly kind: 'unaffordable';
  readonly note: string;
}

export type Reply<T> = ModelAnswer<T> | Unaffordable;

/** What is asked besides the signal, which comes with the call; `bytes` is the size of tools and schema. */
type PaidQuestion<Schema extends z.ZodType> = Omit<ModelQuestion<Schema>, 'signal'> & {
  readonly shapeBytes: number;
};

/** A model whose every call is paid from the purse of the cycle. */
export interface PaidModel {
  readonly name: string;
  /** Sets money aside, asks, settles, and tries again what may work a moment later. Throws only when the store does, or the signal has ended. */
  readonly ask: <Schema extends z.ZodType>(
    question: PaidQuestion<Schema>,
    call: ThinkCall,
  ) => Promise<Reply<z.infer<Schema>>>;
}

export interface PaidModelParts {
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long one call may take. */
  readonly timeoutMs: number;
}

const MOST_TRIES = 3;
const FIRST_BACKOFF_MS = 500;
// A longer wait is not worth it: another model or the rules answer at once and say so.
const LONGEST_WAIT_MS = 10_000;

const RETRIED: ReadonlySet<Failure['kind']> = new Set([
  'rate-limited',
  'unavailable',
  'broken-line',
  'conflict',
]);

/** The model of a choice, paid call by call. */
export function paidModel(choice: ModelChoice, parts: PaidModelParts): PaidModel {
  const asking: Asking = {
    choice,
    clock: parts.clock,
    ask: createModelClient(choice, parts.timeoutMs),
  };
  return {
    name: choice.name,
    ask: async (question, call) => {
      for (let tries = 1; ; tries += 1) {
        const reply = await askOnce(asking, question, call);
        const wait = reply.kind === 'failed' ? waitBefore(reply.failure, tries) : null;
        if (wait === null || call.signal.aborted) return reply;
        await parts.sleep(wait, call.signal);
      }
    },
  };
}

interface Asking {
  readonly choice: ModelChoice;
  readonly clock: Clock;
  readonly ask: AskModel;
}

async function askOnce<Schema extends z.ZodType>(
  { choice, clock, ask }: Asking,
  question: PaidQuestion<Schema>,
  call: ThinkCall,
): Promise<Reply<z.infer<Schema>>> {
  call.signal.throwIfAborted();
  const { name, price } = choice;
  const most = worstCostOf(sizeOf(question), price);
  const reserved = await call.purse.reserve({ model: name, usd: most });
  if (reserved.kind !== 'reserved')
    return { kind: 'unaffordable', note: whyNot(reserved, name, most) };
  const startedAt = clock.now();
  const answer = await ask({ ...question, signal: call.signal });
  const cost = costOfAnswer(answer, choice);
  if (reserved.id !== null) await call.purse.settle(reserved.id, cost);
  const usage = ('usage' in answer ? answer.usage : null) ?? nothingUsed(name);
  const shown = cost ?? most;
  call.spent({ ...usage, costUsd: shown }, outcomeOf(answer), clock.now() - startedAt);
  return answer;
}

function sizeOf(question: PaidQuestion<z.ZodType>) {
  const said = Buffer.byteLength(JSON.stringify(question.messages));
  return {
    promptBytes: Buffer.byteLength(question.stable) + said + question.shapeBytes,
    maxOutputTokens: question.maxOutputTokens,
  };
}

/** US dollars; null when nobody can tell. */
function costOfAnswer(answer: ModelAnswer<unknown>, { price }: ModelChoice): number | null {
  if (answer.kind === 'failed') return answer.paid === 'nothing' ? 0 : null;
  return answer.usage === null ? null : costOf(answer.usage, price);
}

function outcomeOf(answer: ModelAnswer<unknown>): string {
  if (answer.kind === 'failed') return answer.failure.kind;
  return answer.kind === 'answer' ? 'ok' : answer.kind;
}

function nothingUsed(model: string) {
  return { model, inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };
}

function waitBefore(failure: Failure, tries: number): number | null {
  if (!RETRIED.has(failure.kind) || tries >= MOST_TRIES) return null;
  const wait = failure.retryAfterMs ?? FIRST_BACKOFF_MS * 2 ** (tries - 1);
  return wait > LONGEST_WAIT_MS ? null : wait;
}

const WHOSE: Readonly<Record<SpendLimit, string>> = {
  cycle: 'the budget of this cycle',
  person: "the day's budget of the person who asked",
  day: 'the budget of the day',
  month: 'the budget of the month',
};

const dollars = (usd: number) => `$${usd.toFixed(2)}`;

function whyNot(
  reserved: Exclude<Reservation, { kind: 'reserved' }>,
  model: string,
  most: number | null,
): string {
  if (reserved.kind === 'unpriced') {
    return `the model ${model} has no price in the price table, and there is a budget to keep`;
  }
  const { limit, limitUsd, spentUsd } = reserved;
  const next = most === null ? '' : `; the next call may cost up to ${dollars(most)}`;
  return `${WHOSE[limit]} is used up (${dollars(spentUsd)} of ${dollars(limitUsd)}${next})`;
}
