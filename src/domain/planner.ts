import type { Context } from './context.ts';
import type { Thought, Usage } from './plan.ts';

/** What a planner may use and must report while it thinks. */
export interface ThinkCall {
  readonly signal: AbortSignal;
  /**
   * Called after every model call, before its answer is used, so that no cost is forgotten. `outcome` is `ok`
   * or the kind of the failure.
   */
  readonly spent: (usage: Usage, outcome: string, durationMs: number) => void;
}

/** Turns a context into a thought. Has no effect outside and always answers: a model that fails hands over to the rules. */
export interface Planner {
  readonly name: string;
  /** True when a thought costs money: what it rests on is committed first. */
  readonly paid: boolean;
  think(context: Context, call: ThinkCall): Promise<Thought>;
}
