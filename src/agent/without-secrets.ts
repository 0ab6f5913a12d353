import { checkContent } from '../actions/content/check-content.ts';
import type { Ground } from '../actions/content/ground.ts';
import type { Action } from '../domain/action.ts';
import type { Plan, Thought } from '../domain/plan.ts';

/** A plan with its verdicts, before it is kept. */
interface Kept {
  readonly thought: Thought;
  /** What code proposed, then what the plan did, in its order. */
  readonly actions: readonly Action[];
  /** How many of the actions code proposed. */
  readonly byRules: number;
}

const BLANK = '[withheld: it holds a secret, or is too long to be looked through]';

/**
 * What is kept of a plan and shown in its trace: words that hold a secret of this process are not among it, however they
 * are disguised. Such an action is denied; its verdict and its digest stay.
 */
export function withoutSecrets(given: Kept, ground: Ground): Pick<Kept, 'thought' | 'actions'> {
  const { thought, actions, byRules } = given;
  const holds = (text: string): boolean =>
    checkContent(text, ground).some(({ check }) => check === 'secret' || check === 'length');
  const tainted = actions.map(
    ({ state, input, reason }) => state === 'denied' && holds(JSON.stringify({ input, reason })),
  );
  const shown = (text: string): string =>
    thought.planner === 'model' && holds(text) ? BLANK : text;
  const { plan } = thought;
  const kept: Plan = {
    ...plan,
    reasoning: shown(plan.reasoning),
    unknowns: plan.unknowns.map(shown),
    actions: plan.actions.map((action, at) =>
      tainted[byRules + at] === true ? { ...action, input: {}, reason: BLANK } : action,
    ),
  };
  return {
    thought: { ...thought, plan: kept },
    actions: actions.map((action, at) =>
      tainted[at] === true
        ? { ...action, input: {}, reason: BLANK, preview: `${action.operation} ${BLANK}` }
        : action,
    ),
  };
}
