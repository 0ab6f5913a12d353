import type { Verdict } from './action.ts';
import type { FailureKind } from './failure.ts';
import type { Subject } from './subject.ts';

/** One pass over a mailbox, as far as it has to be known again elsewhere: by another process, or after a restart. */
export interface PassId {
  readonly cycle: string;
  readonly subject: Subject;
  /** Tells the passes of one cycle apart. */
  readonly fence: number;
  /** Deliveries that its mail came with, oldest first; what was polled or is our own mail has none. */
  readonly deliveries: readonly string[];
}

/** From when to when, epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** A step on the way from a delivery to its effect, told when it is over. It holds ids and kinds, never words. */
export type Step = Span &
  (
    | {
        readonly name: 'receive' | 'read';
        readonly delivery: string;
        readonly source: string;
        readonly way: string;
      }
    | {
        readonly name: 'wait' | 'context' | 'think' | 'judge' | 'cycle';
        readonly pass: PassId;
        /** Why it did not come to its end. */
        readonly failure?: FailureKind;
      }
    | {
        readonly name: 'action';
        readonly pass: PassId;
        readonly action: string;
        readonly operation: string;
        /** Which send this was; 0 when nothing was sent. */
        readonly attempt: number;
        /** How it stands now. */
        readonly state: string;
      }
  );

/** Ways between two stages of which the time is told. */
export const STAGES = ['delivery-read', 'event-claim', 'claim-plan', 'plan-effect'] as const;
export type Stage = (typeof STAGES)[number];

/** What is tried again after a failure. */
type Retried = 'cycle' | 'action' | 'poll';

/** One use of an operation's system. */
interface OperationCall {
  readonly operation: string;
  /** What served it, e.g. `api`: the system's own. */
  readonly way: string;
  /** `ok`, or the kind of the failure. */
  readonly outcome: string;
}

/** Whoever watches the program at work. Nothing it does may fail, wait or change what it watches. */
export interface Observer {
  readonly step: (step: Step) => void;
  /** How long something was between two stages, in milliseconds. */
  readonly lag: (stage: Stage, ms: number) => void;
  readonly verdict: (verdict: Pick<Verdict, 'answer' | 'rule'>) => void;
  readonly retry: (what: Retried, kind: string) => void;
  readonly call: (call: OperationCall) => void;
}

/** An observer that sends what it sees elsewhere. */
export interface SendingObserver {
  readonly observer: Observer;
  /** Sends what is left, for a short while. Never rejects. */
  readonly stop: () => Promise<void>;
}

/** Nobody watches. */
export const unobserved: Observer = {
  step: () => undefined,
  lag: () => undefined,
  verdict: () => undefined,
  retry: () => undefined,
  call: () => undefined,
};

/** Tells all of them. */
export function observers(all: readonly Observer[]): Observer {
  return {
    step: (step) => all.forEach((one) => one.step(step)),
    lag: (stage, ms) => all.forEach((one) => one.lag(stage, ms)),
    verdict: (verdict) => all.forEach((one) => one.verdict(verdict)),
    retry: (what, kind) => all.forEach((one) => one.retry(what, kind)),
    call: (call) => all.forEach((one) => one.call(call)),
  };
}
