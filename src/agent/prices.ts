import { z } from 'zod';
import type { Usage } from '../domain/plan.ts';

const Rates = z.object({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
});
type Rates = z.infer<typeof Rates>;

/** US dollars per million tokens of one model, from `config/models.yaml`. */
export const ModelPrice = Rates.extend({
  /** What a call costs whose prompt is longer than `over` tokens, where that is more. */
  long: Rates.extend({ over: z.number().int().positive() }).optional(),
});
export type ModelPrice = z.infer<typeof ModelPrice>;

const MILLION = 1_000_000;

/** What a call cost: input x p + cache write x w + cache read x r + output x q; null when the model has no price. */
export function costOf(
  usage: Omit<Usage, 'costUsd'>,
  price: ModelPrice | undefined,
): number | null {
  if (price === undefined) return null;
  const prompt = usage.inputTokens + usage.cacheWriteTokens + usage.cacheReadTokens;
  const rates = ratesFor(price, prompt);
  const sum =
    usage.inputTokens * rates.input +
    usage.cacheWriteTokens * rates.cacheWrite +
    usage.cacheReadTokens * rates.cacheRead +
    usage.outputTokens * rates.output;
  return sum / MILLION;
}

function ratesFor(price: ModelPrice, promptTokens: number): Rates {
  const { long } = price;
  return long !== undefined && promptTokens > long.over ? long : price;
}

// What the provider itself puts around tools and schemas. Its size is nowhere promised; this is several times what is seen.
const PROVIDER_TOKENS = 4_000;

/** What a call is, as far as its cost can be told before it. */
export interface CallSize {
  /** UTF-8 bytes of all that is sent: system text, messages, tools, schema. */
  readonly promptBytes: number;
  readonly maxOutputTokens: number;
}

/**
 * The most that a call can cost; null when the model has no price. Every byte counts as a token, because a tokenizer
 * over bytes never makes more tokens than there are bytes, while rare scripts and random text come near it. The prompt
 * is taken at its dearest: nothing cached yet, all of it written to the cache, and the answer as long as it may be.
 */
export function worstCostOf(size: CallSize, price: ModelPrice | undefined): number | null {
  if (price === undefined) return null;
  const promptTokens = size.promptBytes + PROVIDER_TOKENS;
  const all = price.long === undefined ? [price] : [price, ratesFor(price, promptTokens)];
  const costs = all.map(
    (rates) =>
      promptTokens * Math.max(rates.input, rates.cacheWrite, rates.cacheRead) +
      size.maxOutputTokens * rates.output,
  );
  return Math.max(...costs) / MILLION;
}
