import type { CycleParts } from '../../src/agent/cycle-parts.ts';
import { createGatherer } from '../../src/agent/context.ts';
import type { Planner } from '../../src/domain/planner.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { neverCrash } from '../../src/lib/crash.ts';
import type { Store } from '../../src/store/open.ts';
import { groundOf, judgingParts } from './judging.ts';

/** A cycle in which nothing is known and nothing leaves, to be filled with what a test is about. */
export function cycleParts(
  given: {
    readonly store: Store;
    readonly clock: Clock;
    readonly planner: Planner;
  } & Partial<CycleParts>,
): CycleParts {
  const { clock } = given;
  return {
    crash: neverCrash,
    mode: 'simulation',
    leaseMs: 1000,
    judging: judgingParts([], { mode: 'simulation' }),
    surroundings: {
      askerOf: () => null,
      groundOf: () => groundOf(),
      excludedFrom: () => [],
      expiresAt: (_level, now) => now,
      neededFor: () => 1,
    },
    gather: createGatherer({
      connectors: [],
      clock,
      directivesVersion: () => 'v',
      deadlineMs: 1000,
      mayTell: () => false,
      declined: () => Promise.resolve([]),
    }),
    survey: () => Promise.resolve({ kind: 'none' }),
    steward: {
      look: () =>
        Promise.resolve({
          level: 'low',
          rules: [],
          numbers: {},
          productionP0: false,
          proposals: [],
          related: [],
          handled: new Set<string>(),
          notes: [],
          commit: () => Promise.resolve(),
        }),
    },
    eventRules: () =>
      Promise.resolve({ proposals: [], related: [], handled: new Set<string>(), notes: [] }),
    ownPlanners: new Map(),
    budget: () => ({
      perCycleUsd: null,
      perDayUsd: null,
      perMonthUsd: null,
      perPersonAndDayUsd: null,
    }),
    knowsItself: () => true,
    standing: (events) => Promise.resolve(events),
    settled: () => Promise.resolve(),
    carryOut: () => Promise.reject(new Error('nothing is sent here')),
    ...given,
  };
}
