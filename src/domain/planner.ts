import type { Context } from './context.ts';
import type { Thought, Usage } from './plan.ts';

/** How a planner reports each call of a model, paid or failed, as it happens. */
export interface ThinkCall {
  readonly signal: AbortSignal;
  /** Called after every model call, before its answer is used, so that no cost is forgotten. */
  readonly spent: (usage: Usage) => void;
}

/** Turns a context into a thought. Has no effect outside and always answers: a model that fails hands over to the rules. */
export interface Planner {
  readonly name: string;
  think(context: Context, call: ThinkCall): Promise<Thought>;
}
