import type { Context } from './context.ts';
import type { Thought, Usage } from './plan.ts';

/** What one call of a model may cost at the most. `usd` is `null` when the price table does not name the model. */
interface Price {
  readonly model: string;
  readonly usd: number | null;
}

/** Which limit a call would break. */
export type SpendLimit = 'cycle' | 'person' | 'day' | 'month';

/** Money set aside for a call, or why there is none. US dollars. */
export type Reservation =
  /** `id` is `null` where nothing is counted: no price and no limit. */
  | { readonly kind: 'reserved'; readonly id: number | null }
  | {
      readonly kind: 'refused';
      readonly limit: SpendLimit;
      readonly limitUsd: number;
      /** What is spent or set aside already. */
      readonly spentUsd: number;
    }
  /** There is a limit, and nobody can tell what the model costs: not asked. */
  | { readonly kind: 'unpriced' };

/** The money of one cycle. Nothing may be asked of a model before its worst case is set aside here. */
export interface Purse {
  /** Sets aside and checks all limits in one step. */
  readonly reserve: (price: Price) => Promise<Reservation>;
  /**
   * What the call cost; `null` when nobody can tell (no answer after it was sent): then all that was set aside counts
   * as spent.
   */
  readonly settle: (id: number, usd: number | null) => Promise<void>;
}

/** What a planner may use and must report while it thinks. */
export interface ThinkCall {
  readonly signal: AbortSignal;
  /**
   * Called after every model call, before its answer is used, so that no cost is forgotten. `outcome` is `ok`
   * or the kind of the failure.
   */
  readonly spent: (usage: Usage, outcome: string, durationMs: number) => void;
  readonly purse: Purse;
}

/** Turns a context into a thought. Has no effect outside and always answers: a model that fails hands over to the rules. */
export interface Planner {
  readonly name: string;
  /** True when a thought costs money: what it rests on is committed first. */
  readonly paid: boolean;
  think(context: Context, call: ThinkCall): Promise<Thought>;
}
