import { Door } from './actions/execute.ts';
import { reserve } from './actions/reserve.ts';
import { createGatherer } from './agent/context.ts';
import { standingMail } from './agent/current-mail.ts';
import { createCycle } from './agent/cycle.ts';
import { plannerOf } from './app-planner.ts';
import type { Config } from './config.ts';
import type { Connector, Operation } from './domain/connector.ts';
import type { Observer } from './domain/observer.ts';
import type { Directory } from './inbox/directory.ts';
import type { Clock } from './lib/clock.ts';
import type { CrashPoint } from './lib/crash.ts';
import type { Store } from './store/open.ts';
import type { Judgement } from './app-judgement.ts';

const GATHER_MS = 15_000;
const CALL_MS = 20_000;

export interface CycleCore {
  readonly config: Config;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  readonly store: Store;
  readonly connectors: readonly Connector[];
  readonly operations: ReadonlyMap<string, Operation>;
  readonly accounts: ReadonlyMap<string, readonly string[]>;
  readonly byName: ReadonlyMap<string, Connector>;
  readonly directory: Directory;
  readonly judgement: Judgement;
  readonly leaseMs: number;
  readonly observer: Observer;
}

/** Wires one pass over a mailbox: context, thought, verdicts, the one door. */
export function cycleOf(core: CycleCore) {
  const { config, store, clock, judgement } = core;
  const { judging, constitution } = judgement;
  const door = new Door({
    ...core,
    modeOf: judging.modeOf,
    reserve: (db, action) => reserve(db, judging, { action, now: clock.now() }),
    patience: {
      settleAfterCrashMs: config.settleAfterCrashMs,
      settleAfterBreakMs: config.settleAfterBreakMs,
      callMs: CALL_MS,
    },
  });
  return createCycle({
    ...core,
    ...judgement,
    mode: config.mode,
    store,
    budget: () => constitution().budget,
    gather: createGatherer({
      ...judgement.telling,
      connectors: core.connectors,
      clock,
      directivesVersion: () => constitution().version,
      deadlineMs: GATHER_MS,
    }),
    planner: plannerOf({ ...core, ...judgement, model: config.model }),
    standing: standingMail((system) => core.byName.get(system)?.reread),
    // Without a way to write there is no echo of ours either.
    knowsItself: (system) => core.accounts.has(system) || !mayWrite(core, system),
    carryOut: (action, claim) => door.carryOut(action, claim),
  });
}

function mayWrite(core: CycleCore, system: string): boolean {
  return [...core.operations.values()].some(
    (operation) =>
      operation.name.startsWith(`${system}.`) &&
      operation.effect !== 'read' &&
      operation.write !== undefined,
  );
}
