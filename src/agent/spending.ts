import type { Budget } from '../domain/constitution.ts';
import type { Usage } from '../domain/plan.ts';
import type { Purse } from '../domain/planner.ts';
import type { Clock } from '../lib/clock.ts';
import { addModelCall } from '../store/model-calls.ts';
import type { Store } from '../store/open.ts';
import { reserveSpending, settleAbandoned, settleSpending } from '../store/spendings.ts';

export interface PurseParts {
  readonly store: Store;
  readonly clock: Clock;
  /** The budget of the directives in force now. */
  readonly budget: () => Budget;
}

interface Whose {
  readonly cycle: string;
  /** Who asked, where somebody did. */
  readonly person: string | null;
}

/** The money of a cycle, against the limits as they stand at each call. */
function cyclePurse(parts: PurseParts, { cycle, person }: Whose): Purse {
  const { store, clock } = parts;
  return {
    reserve: async ({ model, usd }) => {
      const budget = parts.budget();
      if (usd === null) {
        const isLimited = Object.values(budget).some((limit) => limit !== null);
        return isLimited ? { kind: 'unpriced' } : { kind: 'reserved', id: null };
      }
      const request = { cycle, person, model, usd, now: clock.now(), budget };
      return await store.write(({ db }) => reserveSpending(db, request));
    },
    settle: async (id, usd) => {
      await store.write(({ db }) => settleSpending(db, id, usd));
    },
  };
}

/** The account of one cycle: its purse, and each model call written down as it is paid, without holding the planner up. */
export function recordSpending(parts: PurseParts, whose: Whose) {
  const writes: Promise<void>[] = [];
  return {
    purse: cyclePurse(parts, whose),
    note: (usage: Usage, outcome: string, durationMs: number): void => {
      const at = parts.clock.now();
      const call = { cycle: whose.cycle, at, outcome, usage, durationMs };
      writes.push(parts.store.write(({ db }) => addModelCall(db, call)));
    },
    /** Resolves when every cost is in the store. Throws when one could not be written. */
    committed: async (): Promise<void> => {
      await Promise.all(writes);
    },
  };
}

/** A call of a model is given up after so many milliseconds. */
export const LONGEST_CALL_MS = 120_000;

// By the clock of the store, far beyond the longest call: what is still open belongs to a process that is gone.
const ABANDONED_MS = LONGEST_CALL_MS + 13 * 60_000;

/**
 * Closes what dead processes left set aside, as spent in full. To be run at the start and from time to time: a call that
 * another process has under way is too young for it.
 */
export async function sweepSpendings(parts: { store: Store; clock: Clock }): Promise<number> {
  const olderThan = parts.clock.now() - ABANDONED_MS;
  return await parts.store.write(({ db }) => settleAbandoned(db, olderThan));
}
