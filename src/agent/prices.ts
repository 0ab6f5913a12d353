import { z } from 'zod';
import type { Usage } from '../domain/plan.ts';

/** US dollars per million tokens of one model, from `config/models.yaml`. */
export const ModelPrice = z.object({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
});
export type ModelPrice = z.infer<typeof ModelPrice>;

const MILLION = 1_000_000;

/** What a call cost: input x p + cache write x w + cache read x r + output x q; null when the model has no price. */
export function costOf(
  usage: Omit<Usage, 'costUsd'>,
  price: ModelPrice | undefined,
): number | null {
  if (price === undefined) return null;
  const sum =
    usage.inputTokens * price.input +
    usage.cacheWriteTokens * price.cacheWrite +
    usage.cacheReadTokens * price.cacheRead +
    usage.outputTokens * price.output;
  return sum / MILLION;
}
