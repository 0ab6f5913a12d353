import { setTimeout as delay } from 'node:timers/promises';
import { matchesOperation } from './actions/directives/operation-pattern.ts';
import { NEVER } from './actions/never-list.ts';
import { isAddressed } from './agent/addressed.ts';
import type { Addressing } from './agent/addressed.ts';
import { rulesPlanner } from './agent/planner-rules.ts';
import { LONGEST_CALL_MS } from './agent/spending.ts';
import type { ModelConfig } from './config-models.ts';
import type { Operation } from './domain/connector.ts';
import type { Constitution } from './domain/constitution.ts';
import type { Planner } from './domain/planner.ts';
import type { Directory } from './inbox/directory.ts';
import type { Clock } from './lib/clock.ts';

export interface PlannerCore {
  readonly model: ModelConfig | null;
  readonly clock: Clock;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly directory: Directory;
  readonly addressing: Addressing;
  readonly constitution: () => Constitution;
}

/** Who thinks: the model of the settings with the rules behind it, or the rules alone. */
export function plannerOf(core: PlannerCore): Planner {
  const rules = rulesPlanner({
    ...core.addressing,
    nameOf: (system, account) => core.directory.nameOf(system, account),
  });
  return core.model === null ? rules : lazyModelPlanner(core, { model: core.model, rules });
}

/** What a model may propose or read: what is never done, or made for code alone, is not offered either. */
function offered(operations: ReadonlyMap<string, Operation>): Operation[] {
  return [...operations.values()].filter((operation) => {
    const isInternal = operation.effect !== 'read' && operation.internal === true;
    return !isInternal && !NEVER.some((pattern) => matchesOperation(pattern, operation.name));
  });
}

/** The model's client costs memory and start-up time, so it is loaded with the first thought. */
function lazyModelPlanner(
  core: PlannerCore,
  given: { readonly model: ModelConfig; readonly rules: Planner },
): Planner {
  const load = async (): Promise<Planner> => {
    const { modelPlanner } = await import('./agent/planner-model.ts');
    const { models, triage } = given.model;
    return modelPlanner({
      models,
      triage:
        triage === null
          ? null
          : { model: triage, addressed: (event) => isAddressed(event, core.addressing) },
      timeoutMs: LONGEST_CALL_MS,
      directives: () => core.constitution().prose,
      read: (operation, input, signal) => operation.run(input, { signal }),
      operations: offered(core.operations),
      clock: core.clock,
      fallback: given.rules,
      sleep: (ms, signal) => delay(ms, undefined, { signal }),
    });
  };
  let loaded: Promise<Planner> | null = null;
  return {
    name: `model ${given.model.model}`,
    paid: true,
    think: async (context, call) => {
      loaded ??= load();
      return await (await loaded).think(context, call);
    },
  };
}
