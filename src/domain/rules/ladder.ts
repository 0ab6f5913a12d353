import type { Limits } from '../constitution.ts';
import type { Urgency } from '../plan.ts';
import type { WorkingTime } from '../working-time.ts';
import { orNever } from './instants.ts';

const MS_PER_MINUTE = 60_000;
const TOP = 4;

/** Owner, owner with a way out, tech lead, leadership. */
export type LadderStep = 1 | 2 | 3 | 4;
type LadderKind = 'remind' | 'remind-with-way-out' | 'tell-tech-lead' | 'tell-leadership';

const KINDS: Readonly<Record<LadderStep, LadderKind>> = {
  1: 'remind',
  2: 'remind-with-way-out',
  3: 'tell-tech-lead',
  4: 'tell-leadership',
};

/** One problem and what was tried about it. Instants are epoch milliseconds. */
export interface LadderInput {
  readonly now: number;
  readonly level: Urgency;
  readonly resolved: boolean;
  /** Steps that reached their reader, each with its instant; what was only planned is not among them. */
  readonly delivered: readonly { readonly step: LadderStep; readonly at: number }[];
  readonly acknowledgedAt: number | null;
  readonly progressAt: number | null;
  /** Since when the item is blocked; `null` when it is not, or when that is not known. */
  readonly blockedSince: number | null;
  /** More reviews wait for this person than one can do: see `isOverloaded`. */
  readonly overloaded: boolean;
  /** The calendar on which the waits run. */
  readonly time: WorkingTime;
  readonly limits: Pick<Limits, 'ladderWaitDays' | 'ladderCriticalMinutes' | 'leadershipAfterDays'>;
}

/** What the ladder says now. `until` is when to ask it again; `null`: only a change can move it. */
export type LadderAnswer =
  | {
      readonly next: 'step';
      readonly step: LadderStep;
      readonly kind: LadderKind;
      readonly why: 'first' | 'no_answer' | 'overload';
    }
  | {
      readonly next: 'wait';
      readonly until: number | null;
      readonly why: 'last_step' | 'blocker_too_young';
    }
  | {
      readonly next: 'held';
      readonly until: number | null;
      readonly why: 'acknowledged' | 'not_blocked' | 'not_tried' | 'top';
    }
  | { readonly next: 'closed'; readonly why: 'resolved' };

/**
 * The next step about a problem: owner, owner with a way out, tech lead, leadership. Step 4 still needs a person's
 * word: the caller asks for it. Never names a step whose one before was not delivered, except for overload.
 */
export function nextStep(input: LadderInput): LadderAnswer {
  if (input.resolved) return { next: 'closed', why: 'resolved' };
  const tried = triedSinceProgress(input);
  return acknowledged(input) ?? overload(input, tried) ?? climb(input, tried);
}

/** True when more reviews wait for one person than the directives find bearable. */
export function isOverloaded(waiting: number, limits: Pick<Limits, 'reviewerOverload'>): boolean {
  return waiting > limits.reviewerOverload;
}

type Tried = LadderInput['delivered'];

function triedSinceProgress({ delivered, progressAt }: LadderInput): Tried {
  return progressAt === null ? delivered : delivered.filter(({ at }) => at > progressAt);
}

function acknowledged({ now, acknowledgedAt, time, limits }: LadderInput): LadderAnswer | null {
  if (acknowledgedAt === null) return null;
  const until = time.addDays(Math.min(acknowledgedAt, now), limits.ladderWaitDays);
  return now < until ? { next: 'held', until: orNever(until), why: 'acknowledged' } : null;
}

function overload({ overloaded }: LadderInput, tried: Tried): LadderAnswer | null {
  if (!overloaded || tried.some(({ step }) => step >= 3)) return null;
  return { next: 'step', step: 3, kind: KINDS[3], why: 'overload' };
}

function climb(input: LadderInput, tried: Tried): LadderAnswer {
  const [last] = tried.toSorted((a, b) => b.step - a.step || b.at - a.at);
  if (last === undefined) return { next: 'step', step: 1, kind: KINDS[1], why: 'first' };
  if (last.step === TOP) return { next: 'held', until: null, why: 'top' };
  const until = waitAfter(input, last.at);
  if (input.now < until) return { next: 'wait', until: orNever(until), why: 'last_step' };
  const step = stepAfter(last.step);
  return (
    (step === TOP ? heldBeforeLeadership(input, tried) : null) ?? {
      next: 'step',
      step,
      kind: KINDS[step],
      why: 'no_answer',
    }
  );
}

function stepAfter(step: 1 | 2 | 3): LadderStep {
  if (step === 1) return 2;
  return step === 2 ? 3 : 4;
}

function waitAfter({ level, time, limits }: LadderInput, last: number): number {
  if (level === 'critical') return last + limits.ladderCriticalMinutes * MS_PER_MINUTE;
  return time.addDays(last, limits.ladderWaitDays);
}

function heldBeforeLeadership(input: LadderInput, tried: Tried): LadderAnswer | null {
  const { now, blockedSince, time, limits } = input;
  const steps = new Set(tried.map(({ step }) => step));
  if (!steps.has(1) || !steps.has(2)) return { next: 'held', until: null, why: 'not_tried' };
  if (blockedSince === null) return { next: 'held', until: null, why: 'not_blocked' };
  const until = time.addDays(blockedSince, limits.leadershipAfterDays);
  return now < until ? { next: 'wait', until: orNever(until), why: 'blocker_too_young' } : null;
}
