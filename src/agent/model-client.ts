import { createAnthropic } from '@ai-sdk/anthropic';
import { APICallError, NoObjectGeneratedError, Output, generateText } from 'ai';
import type { LanguageModel, LanguageModelUsage } from 'ai';
import type { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import type { FailureKind } from '../domain/failure.ts';
import type { Usage } from '../domain/plan.ts';

export interface ModelClientSettings {
  readonly apiKey: string;
  readonly model: string;
  /** Ends in `/v1`. Absent: the provider's own address. */
  readonly baseUrl: string | null;
  readonly timeoutMs: number;
}

export interface Question<Schema extends z.ZodType> {
  readonly stable: string;
  readonly context: string;
  readonly schema: Schema;
  readonly signal: AbortSignal;
}

/** What came back: an answer of the right shape, or what was wrong with it. Both were paid for. */
export type ModelAnswer<T> =
  | { readonly kind: 'answer'; readonly value: T; readonly usage: TokenUsage }
  | { readonly kind: 'malformed'; readonly fault: string; readonly usage: TokenUsage }
  | { readonly kind: 'refusal'; readonly usage: TokenUsage };

export type TokenUsage = Omit<Usage, 'costUsd'>;

const MOST_OUTPUT_TOKENS = 4000;
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

function usageOf(model: string, usage: LanguageModelUsage | undefined): TokenUsage {
  const details = usage?.inputTokenDetails;
  return {
    model,
    inputTokens: details?.noCacheTokens ?? usage?.inputTokens ?? 0,
    cacheReadTokens: details?.cacheReadTokens ?? 0,
    cacheWriteTokens: details?.cacheWriteTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
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

function failureOf(error: unknown): Failure {
  if (APICallError.isInstance(error)) {
    const status = error.statusCode;
    const kind = isSpendCap(error) ? 'spend-limit' : kindOf(status);
    const wait = retryAfterMs(error.responseHeaders);
    const details = wait === undefined ? {} : { retryAfterMs: wait };
    return new Failure(kind, `the model answered ${status ?? 'nothing'}`, details);
  }
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return new Failure('timeout', 'the model did not answer in time', { cause: error });
  }
  return new Failure('bad-answer', 'the model could not be asked', { cause: error });
}

function malformed<T>(model: string, error: NoObjectGeneratedError): ModelAnswer<T> {
  const usage = usageOf(model, error.usage);
  if (error.finishReason === 'content-filter') return { kind: 'refusal', usage };
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return { kind: 'malformed', fault: cause.slice(0, LONGEST_FAULT), usage };
}

/** Asks the model once for an answer of the schema's shape. Throws a `Failure` when there is no answer at all. */
export function createModelClient(settings: ModelClientSettings) {
  const provider = createAnthropic({
    apiKey: settings.apiKey,
    ...(settings.baseUrl === null ? {} : { baseURL: settings.baseUrl }),
  });
  const model: LanguageModel = provider(settings.model);

  return async <Schema extends z.ZodType>(
    question: Question<Schema>,
  ): Promise<ModelAnswer<z.infer<Schema>>> => {
    const deadline = AbortSignal.timeout(settings.timeoutMs);
    try {
      const result = await generateText({
        model,
        instructions: {
          role: 'system',
          content: question.stable,
          providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
        },
        prompt: question.context,
        output: Output.object({ schema: question.schema }),
        maxOutputTokens: MOST_OUTPUT_TOKENS,
        maxRetries: 0,
        abortSignal: AbortSignal.any([question.signal, deadline]),
      });
      const usage = usageOf(settings.model, result.usage);
      if (result.finishReason === 'content-filter') return { kind: 'refusal', usage };
      return { kind: 'answer', value: question.schema.parse(result.output), usage };
    } catch (error) {
      if (NoObjectGeneratedError.isInstance(error)) return malformed(settings.model, error);
      throw failureOf(error);
    }
  };
}
