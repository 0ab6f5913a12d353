import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf, worstCostOf } from './prices.ts';

const SONNET = { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 };
const HAIKU = {
  input: 0.1,
  output: 0.5,
  cacheRead: 0.01,
  cacheWrite: 0.125,
  long: { over: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
};

const usage = (inputTokens: number, outputTokens: number) => ({
  model: 'm',
  inputTokens,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens,
});

test('a call costs what its tokens cost, dearer once the prompt is long', () => {
  expect(costOf(usage(1000, 100), SONNET)).toBeCloseTo(0.003, 12);
  expect(costOf(usage(100_000, 1000), HAIKU)).toBeCloseTo(0.0105, 12);
  expect(costOf(usage(100_001, 1000), HAIKU)).toBeCloseTo(0.0525005, 12);
  expect(costOf(usage(1000, 100), undefined)).toBeNull();
  expect(worstCostOf({ promptBytes: 1, maxOutputTokens: 1 }, undefined)).toBeNull();
});

test('no call costs more than its worst price, however its bytes become tokens', () => {
  const Call = fc
    .record({
      promptBytes: fc.nat(400_000),
      shares: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)),
      maxOutputTokens: fc.nat(10_000),
      used: fc.double({ min: 0, max: 1, noNaN: true }),
      tokens: fc.double({ min: 0, max: 1, noNaN: true }),
      price: fc.constantFrom(SONNET, HAIKU),
    })
    .filter(({ shares }) => shares.some((share) => share > 0));
  fc.assert(
    fc.property(Call, ({ promptBytes, shares, maxOutputTokens, used, tokens, price }) => {
      const all = shares.reduce((sum, share) => sum + share, 0);
      // A byte is at most one token; how they are cached is anybody's guess.
      const part = (share: number) => Math.floor((promptBytes * tokens * share) / all);
      const cost = costOf(
        {
          model: 'm',
          inputTokens: part(shares[0]),
          cacheReadTokens: part(shares[1]),
          cacheWriteTokens: part(shares[2]),
          outputTokens: Math.floor(maxOutputTokens * used),
        },
        price,
      );
      expect(cost).toBeLessThanOrEqual(worstCostOf({ promptBytes, maxOutputTokens }, price) ?? -1);
    }),
    { numRuns: 2000 },
  );
});
