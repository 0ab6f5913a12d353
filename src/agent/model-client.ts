import {
  APICallError,
  NoObjectGeneratedError,
  Output,
  ToolChoiceViolationError,
  generateText,
} from 'ai';
import type { LanguageModel, LanguageModelUsage, ModelMessage, ToolSet } from 'ai';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import type { FailureKind } from '../domain/failure.ts';
import type { Usage } from '../domain/plan.ts';
import { loadModel } from './model-provider.ts';
import type { ModelChoice } from './model-provider.ts';

/** One call of a model: what is sent, and the shape that is wanted back. */
export interface ModelQuestion<Schema extends z.ZodType> {
  readonly stable: string;
  readonly messages: readonly ModelMessage[];
  readonly schema: Schema;
  /** What it may read with; declared in every step of a talk, so that the cached part stays the same. */
  readonly tools: ToolSet;
  /** False: the tools are declared and may not be used any more. */
  readonly mayRead: boolean;
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
}

/** A read that the model asks for. `input` is as it wrote it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

type TokenUsage = Omit<Usage, 'costUsd'>;

/** Something came back and was paid for. `usage` is `null` when the provider did not say what it used. */
type PaidAnswer<T> = { readonly usage: TokenUsage | null } & (
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'malformed'; readonly fault: string }
  | { readonly kind: 'refusal' }
  /** It wants to read first; `said` has to be sent back together with what was read. */
  | {
      readonly kind: 'calls';
      readonly calls: readonly ToolCall[];
      readonly said: readonly ModelMessage[];
    }
);

/** What became of one call of a model. */
export type ModelAnswer<T> =
  | PaidAnswer<T>
  /** Nothing came back. `paid` says what is known of the cost: `unknown` once it was sent and not answered. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly paid: 'nothing' | 'unknown' };

const LONGEST_FAULT = 500;

// contracts/anthropic.md section 2.
const KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'refused',
  401: 'unauthorized',
  402: 'spend-limit',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  413: 'too-large',
  429: 'rate-limited',
  529: 'unavailable',
};

function usageOf(model: string, usage: LanguageModelUsage | undefined): TokenUsage | null {
  if (usage?.inputTokens === undefined || usage.outputTokens === undefined) return null;
  const details = usage.inputTokenDetails;
  const cached = (details.cacheReadTokens ?? 0) + (details.cacheWriteTokens ?? 0);
  return {
    model,
    inputTokens: details.noCacheTokens ?? Math.max(0, usage.inputTokens - cached),
    cacheReadTokens: details.cacheReadTokens ?? 0,
    cacheWriteTokens: details.cacheWriteTokens ?? 0,
    outputTokens: usage.outputTokens,
  };
}

function retryAfterMs(headers: Record<string, string> | undefined): number | undefined {
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** A spend cap is a 429 without `retry-after`: waiting would be for ever. */
function isSpendCap(error: APICallError): boolean {
  return error.statusCode === 429 && /spend_limit|ramp_limit/.test(error.responseBody ?? '');
}

function kindOf(status: number | undefined): FailureKind {
  if (status === undefined) return 'broken-line';
  // Success with a body that cannot be read.
  if (status < 400) return 'bad-answer';
  return KINDS[status] ?? (status >= 500 ? 'unavailable' : 'refused');
}

// The line never stood, so nothing was sent.
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function wasSent(cause: unknown): boolean {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return true;
  return !NEVER_SENT.has(cause.code);
}

/** An answer that says "error" costs nothing; a time-out on their side, or no answer at all, may have. */
function paidOf(error: APICallError): 'nothing' | 'unknown' {
  const { statusCode: status, cause } = error;
  if (status === undefined) return wasSent(cause) ? 'unknown' : 'nothing';
  return status < 400 || status === 408 || status === 504 ? 'unknown' : 'nothing';
}

function failed<T>(error: unknown): ModelAnswer<T> {
  if (error instanceof Failure) return { kind: 'failed', failure: error, paid: 'nothing' };
  if (APICallError.isInstance(error)) {
    const status = error.statusCode;
    const kind = isSpendCap(error) ? 'spend-limit' : kindOf(status);
    const wait = retryAfterMs(error.responseHeaders);
    const details = wait === undefined ? {} : { retryAfterMs: wait };
    const failure = new Failure(kind, `the model answered ${status ?? 'nothing'}`, details);
    return { kind: 'failed', failure, paid: paidOf(error) };
  }
  const isLate =
    error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  const failure = isLate
    ? new Failure('timeout', 'the model did not answer in time', { cause: error })
    : new Failure('bad-answer', 'the model could not be asked', { cause: error });
  return { kind: 'failed', failure, paid: 'unknown' };
}

function malformed<T>(name: string, error: NoObjectGeneratedError): PaidAnswer<T> {
  const usage = usageOf(name, error.usage);
  if (error.finishReason === 'content-filter') return { kind: 'refusal', usage };
  return { kind: 'malformed', fault: faultOf(error.cause), usage };
}

/**
 * What is wrong with an answer, without a word of it: it goes into the next prompt outside of any fence, and the answer
 * may repeat what somebody outside wrote.
 */
function faultOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    const faults = error.issues.map(({ path, code }) => `${placeOf(path)}: ${code}`);
    return faults.join('; ').slice(0, LONGEST_FAULT);
  }
  return error instanceof Error && error.cause !== undefined
    ? faultOf(error.cause)
    : 'it is no JSON of the wanted shape';
}

/** Keys of an input are the model's own words; those of the plan are short and plain. */
function placeOf(path: readonly PropertyKey[]): string {
  const plain = path.filter(
    (one) => typeof one === 'number' || /^[a-zA-Z]{1,20}$/.test(String(one)),
  );
  return plain.map(String).join('.');
}

// Nobody says what this answer used.
const READ_AGAIN = {
  kind: 'malformed',
  fault: 'nothing more may be read: answer with the plan',
  usage: null,
} as const;

interface Answerer {
  readonly name: string;
  readonly model: LanguageModel;
  readonly timeoutMs: number;
}

async function answerOf<Schema extends z.ZodType>(
  { name, model, timeoutMs }: Answerer,
  question: ModelQuestion<Schema>,
): Promise<PaidAnswer<z.infer<Schema>>> {
  const hasTools = Object.keys(question.tools).length > 0;
  const result = await generateText({
    model,
    instructions: {
      role: 'system',
      content: question.stable,
      providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
    },
    messages: [...question.messages],
    ...(hasTools ? { tools: question.tools, toolChoice: question.mayRead ? 'auto' : 'none' } : {}),
    output: Output.object({ schema: question.schema }),
    maxOutputTokens: question.maxOutputTokens,
    maxRetries: 0,
    abortSignal: AbortSignal.any([question.signal, AbortSignal.timeout(timeoutMs)]),
  });
  const usage = usageOf(name, result.usage);
  if (result.finishReason === 'content-filter') return { kind: 'refusal', usage };
  if (result.toolCalls.length > 0) {
    const calls = result.toolCalls.map(({ toolCallId, toolName, ...call }): ToolCall => {
      const input: unknown = call.input;
      return { id: toolCallId, name: toolName, input };
    });
    // What the SDK itself answers to calls it does not understand is left out: each call gets our own answer.
    const said = result.finalStep.response.messages.filter(({ role }) => role === 'assistant');
    return { kind: 'calls', calls, said, usage };
  }
  if (result.text === '') return { kind: 'malformed', fault: 'the answer was empty', usage };
  const parsed = question.schema.safeParse(result.output);
  if (parsed.success) return { kind: 'answer', value: parsed.data, usage };
  return { kind: 'malformed', fault: faultOf(parsed.error), usage };
}

export type AskModel = <Schema extends z.ZodType>(
  question: ModelQuestion<Schema>,
) => Promise<ModelAnswer<z.infer<Schema>>>;

/** Asks one model once. Never throws: whatever happens is one of the answers. */
export function createModelClient(choice: ModelChoice, timeoutMs: number): AskModel {
  const { name } = choice;
  let loaded: Promise<LanguageModel> | null = null;
  return async (question) => {
    try {
      loaded ??= loadModel(choice);
      const model = await loaded;
      return await answerOf({ name, model, timeoutMs }, question);
    } catch (error) {
      if (NoObjectGeneratedError.isInstance(error)) return malformed(name, error);
      if (ToolChoiceViolationError.isInstance(error)) return READ_AGAIN;
      return failed(error);
    }
  };
}
