import type { Usage } from '../domain/plan.ts';
import type { Clock } from '../lib/clock.ts';
import { addModelCall } from '../store/model-calls.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';

/** Writes each model call down as it is paid, without holding the planner up. */
export function recordSpending(parts: { store: Store; clock: Clock }, claim: Claim) {
  const writes: Promise<void>[] = [];
  return {
    note: (usage: Usage, outcome: string, durationMs: number): void => {
      const at = parts.clock.now();
      const call = { cycle: claim.cycle, at, outcome, usage, durationMs };
      writes.push(parts.store.write(({ db }) => addModelCall(db, call)));
    },
    /** Resolves when every cost is in the store. Throws when one could not be written. */
    committed: async (): Promise<void> => {
      await Promise.all(writes);
    },
  };
}
