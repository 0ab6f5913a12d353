import { nextStep } from '../domain/rules/ladder.ts';
import type { LadderAnswer, LadderInput, LadderStep } from '../domain/rules/ladder.ts';
import { decideNudge } from '../domain/rules/nudge.ts';
import type { NudgeDecision } from '../domain/rules/nudge.ts';
import type { Urgency } from '../domain/plan.ts';
import type { Nudge } from '../store/nudges.ts';
import type { Problem } from '../store/problems.ts';
import { handedFrom, ownerOf } from './handed-reason.ts';
import type { ProblemDraft } from './problems-of.ts';
import { LEADERSHIP, TOP } from './record-nudges.ts';
import type { TeamView } from './team-view.ts';

/** A problem with all that its reminder depends on, read just now. Instants in epoch milliseconds. */
export interface Case {
  readonly problem: Problem;
  /** What waits as the item stands now; `null` when nothing does any more. */
  readonly draft: Pick<ProblemDraft, 'since' | 'dueAt' | 'progressAt'> | null;
  /** True when the item itself is done or gone. */
  readonly resolved: boolean;
  readonly level: Urgency;
  readonly productionP0: boolean;
  /** When the person last did something on the item. */
  readonly lastActedAt: number | null;
  /** What this person was reminded of lately. */
  readonly told: readonly Nudge[];
  /** What anybody was reminded of about this item. */
  readonly tried: readonly Nudge[];
  readonly team: TeamView;
  readonly now: number;
}

type Numbers = Readonly<Record<string, number | string>>;

/** What is to be done about a problem now. */
export type ProblemVerdict =
  | { readonly kind: 'close'; readonly reason: string }
  | {
      readonly kind: 'hold';
      readonly rule: string;
      readonly reason: string;
      /** `null`: only a change can move it. */
      readonly until: number | null;
      readonly numbers: Numbers;
    }
  | { readonly kind: 'send'; readonly step: LadderStep; readonly numbers: Numbers }
  /** Its owner was reminded in vain: the tech lead is told. */
  | { readonly kind: 'hand' }
  /** The last rung. */
  | { readonly kind: 'leadership' };

/** Decides on one problem: the rules of reminding first, then the rung of the ladder. Pure. */
export function judgeProblem(given: Case): ProblemVerdict {
  const { problem, draft, now } = given;
  const decision = decideNudge(nudgeInput(given));
  if (draft === null || decision.action === 'drop') return { kind: 'close', reason: decision.why };
  const rest = atRest(problem, draft, now);
  if (rest !== null) return rest;
  if (decision.action === 'defer') {
    const { why: reason, at: until, numbers } = decision;
    return { kind: 'hold', rule: 'reminders', reason, until, numbers };
  }
  return climb(given, decision);
}

function atRest(
  problem: Problem,
  { dueAt }: Pick<ProblemDraft, 'dueAt'>,
  now: number,
): ProblemVerdict | null {
  const hold = { kind: 'hold', rule: 'ladder', numbers: { step: problem.step } } as const;
  if (dueAt > now) return { ...hold, rule: 'reminders', reason: 'not_due', until: dueAt };
  if (problem.declinedAt !== null) return { ...hold, reason: 'declined', until: null };
  if (problem.step >= TOP) return { ...hold, reason: 'top', until: null };
  const isWithLead = !isEscalated(problem) && problem.step === TOP - 1;
  return isWithLead ? { ...hold, reason: 'with_tech_lead', until: null } : null;
}

function nudgeInput(given: Case): Parameters<typeof decideNudge>[0] {
  const { problem, draft, team, now, told } = given;
  return {
    now,
    level: given.level,
    productionP0: isEmergency(given),
    resolved: given.resolved,
    waitingOnPerson: draft !== null,
    snoozedUntil: problem.snoozedUntil,
    lastActedAt: given.lastActedAt,
    sameReason: sameReason(given),
    anyNudge: told.map(({ at }) => at),
    time: team.timeOf(problem.person),
    limits: team.constitution.limits,
  };
}

/** Only whoever is on call is called outside working hours, and only for production. */
function isEmergency({ productionP0, problem, team }: Case): boolean {
  return productionP0 && team.constitution.onCall.includes(problem.person);
}

/**
 * Reminders of this problem since it last moved. One of an earlier, closed problem of the same kind counts as long as
 * there is none: the person has heard of it lately all the same.
 */
function sameReason(given: Case): number[] {
  const { problem, told } = given;
  const same = told.filter(
    ({ item, reason }) => item === problem.item && reason === problem.reason,
  );
  const own = same.filter(({ problem: id, at }) => id === problem.id && at > progressOf(given));
  const counted = own.length > 0 ? own : same.slice(-1);
  return counted.map(({ at }) => at);
}

function progressOf({ draft, problem }: Case): number {
  return Math.max(draft?.progressAt ?? 0, problem.progressAt ?? 0);
}

function climb(given: Case, decision: NudgeDecision): ProblemVerdict {
  const { problem, team } = given;
  let answer = nextStep(ladderInput(given, deliveredOf(given)));
  if (!isEscalated(problem) && leadsTo(answer, 3)) {
    if (team.techLead === null) return held('no_tech_lead');
    if (team.techLead.id !== problem.person) return { kind: 'hand' };
    answer = nextStep(ladderInput(given, asTold(deliveredOf(given))));
  }
  if (answer.next === 'closed') return { kind: 'close', reason: answer.why };
  if (answer.next !== 'step') {
    const numbers = { step: problem.step };
    return { kind: 'hold', rule: 'ladder', reason: answer.why, until: answer.until, numbers };
  }
  if (answer.step === TOP) return { kind: 'leadership' };
  return (
    quietFirst(given, decision) ?? {
      kind: 'send',
      step: answer.step,
      numbers: { ...decision.numbers, step: answer.step },
    }
  );
}

function leadsTo(answer: LadderAnswer, step: LadderStep): boolean {
  return answer.next === 'step' && answer.step === step;
}

function held(reason: string): ProblemVerdict {
  return { kind: 'hold', rule: 'ladder', reason, until: null, numbers: {} };
}

// "Escalate" is decided before the hours are looked at; the next rung may be the same person.
function quietFirst(given: Case, { action }: NudgeDecision): ProblemVerdict | null {
  const { team, now, problem } = given;
  const time = team.timeOf(problem.person);
  if (action !== 'escalate' || isEmergency(given) || time.isWorking(now)) return null;
  if (!team.constitution.limits.quietHours) return null;
  const until = time.nextWorking(now);
  const at = Number.isFinite(until) ? until : null;
  return { kind: 'hold', rule: 'reminders', reason: 'quiet_hours', until: at, numbers: {} };
}

type Delivered = LadderInput['delivered'];

/** The steps that reached somebody, from what was sent: first and second to the owner, third to the tech lead. */
function deliveredOf(given: Case): Delivered {
  const { problem, tried } = given;
  const about = tried.filter((one) => one.problem === problem.id);
  if (!isEscalated(problem)) {
    const after = progressOf(given);
    return twoSteps(about.filter(({ at }) => at > after));
  }
  const { person: owner, reason } = ownerOf(problem);
  const before = tried.filter((one) => one.person === owner && one.reason === reason);
  const told = about.map(
    ({ person, at }) => ({ step: person === LEADERSHIP ? 4 : 3, at }) as const,
  );
  return [...twoSteps(before.filter(({ at }) => at >= problem.since)), ...told];
}

function twoSteps(nudges: readonly Nudge[]): Delivered {
  return nudges.slice(-2).map(({ at }, n) => ({ step: n === 0 ? 1 : 2, at }));
}

function isEscalated({ reason }: Problem): boolean {
  return handedFrom(reason)?.how === 'escalated';
}

/** The tech lead owns the problem: telling the tech lead has been done. */
function asTold(delivered: Delivered): Delivered {
  const last = delivered.at(-1);
  return last === undefined ? delivered : [...delivered, { step: 3, at: last.at }];
}

function ladderInput(given: Case, delivered: Delivered): LadderInput {
  const { problem, draft, team, now, level } = given;
  return {
    now,
    level,
    resolved: false,
    delivered,
    acknowledgedAt: problem.acknowledgedAt,
    progressAt: null,
    blockedSince: ownerOf(problem).reason === 'blocked' ? (draft?.since ?? null) : null,
    overloaded: false,
    time: team.timeOf(problem.person),
    limits: team.constitution.limits,
  };
}
