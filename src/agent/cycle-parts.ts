import type { Attempt } from '../actions/attempt.ts';
import type { Circumstances, JudgingParts } from '../actions/judging.ts';
import type { Asker } from '../actions/policy/policy-case.ts';
import type { Action } from '../domain/action.ts';
import type { Budget } from '../domain/constitution.ts';
import type { Context } from '../domain/context.ts';
import type { ProjectEvent } from '../domain/event.ts';
import type { Mode } from '../domain/mode.ts';
import type { Observer } from '../domain/observer.ts';
import type { ProposedAction, Urgency } from '../domain/plan.ts';
import type { Planner } from '../domain/planner.ts';
import type { Situation } from '../domain/situation.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from '../lib/crash.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';
import type { Work } from '../store/writer.ts';
import type { GatherContext } from './context.ts';
import type { Steward } from './steward.ts';
import type { Survey } from './survey.ts';

/** What the team and the directives say about the people and words of a cycle. */
export interface Surroundings {
  /** The person behind the newest message; `null` when no person is. */
  readonly askerOf: (events: readonly ProjectEvent[]) => Asker | null;
  /** What may be said of this context, and where. */
  readonly groundOf: (context: Context) => Circumstances['ground'];
  /** Who may not answer for this action: whoever asked for it, and whom it is about. As person ids. */
  readonly excludedFrom: (action: Action) => readonly string[];
  /** When an unanswered question ends. */
  readonly expiresAt: (level: Urgency, now: number) => number;
  /** How many people have to agree to an operation. */
  readonly neededFor: (operation: string) => number;
}

/** What code proposes by itself when something happened, whoever plans. */
export type EventRules = (given: {
  readonly events: readonly ProjectEvent[];
  readonly situation: Situation | null;
  readonly context: Context;
  readonly signal: AbortSignal;
}) => Promise<EventRulesAnswer>;

export interface EventRulesAnswer {
  readonly proposals: readonly ProposedAction[];
  /** Items that these proposals may touch besides the subject, as systems told it. */
  readonly related: readonly string[];
  /** Keys of events that are dealt with: no planner is asked about them. */
  readonly handled: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** What a cycle is made of. */
export interface CycleParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  /** The mode of the whole program, for the record; each operation has its own. */
  readonly mode: Mode;
  readonly leaseMs: number;
  readonly judging: JudgingParts;
  readonly surroundings: Surroundings;
  readonly gather: GatherContext;
  readonly survey: Survey;
  readonly steward: Steward;
  readonly eventRules: EventRules;
  readonly planner: Planner;
  /** The budget of the directives in force now. */
  readonly budget: () => Budget;
  /** Who works our own mailboxes (`pm:<kind>:…`), by kind. */
  readonly ownPlanners: ReadonlyMap<string, Planner>;
  /** Whether our account in a system is known: then triage has recognised our own echoes already. */
  readonly knowsItself: (system: string) => boolean;
  /** The same events, without the words of those that do not stand any more. */
  readonly standing: (
    events: readonly ProjectEvent[],
    signal: AbortSignal,
  ) => Promise<readonly ProjectEvent[]>;
  /** What follows from actions that are done, in the transaction that ends the cycle. */
  readonly settled: (work: Work, actions: readonly Action[]) => Promise<void>;
  /** The one door; handed in so that only `actions/` decides how a change is made. */
  readonly carryOut: (action: Action, claim: Claim) => Promise<Attempt>;
  readonly observer?: Observer;
}
