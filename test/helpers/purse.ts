import type { Purse, ThinkCall } from '../../src/domain/planner.ts';

/** A purse without a bottom, for tests that are not about money. */
export const bottomlessPurse: Purse = {
  reserve: () => Promise.resolve({ kind: 'reserved', id: null }),
  settle: () => Promise.resolve(),
};

/** A call of a planner that nobody counts. */
export function thinkCall(changes: Partial<ThinkCall> = {}): ThinkCall {
  return {
    signal: new AbortController().signal,
    spent: () => undefined,
    purse: bottomlessPurse,
    ...changes,
  };
}
