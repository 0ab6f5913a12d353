import type { Limits } from '../constitution.ts';
import type { Urgency } from '../plan.ts';
import type { WorkingTime } from '../working-time.ts';
import { orNever } from './instants.ts';
import { RANK } from './levels.ts';

const SECONDS_PER_HOUR = 3600;
const MS_PER_MINUTE = 60_000;
// An act dated later than this is a wrong date, which must not silence us until it comes.
const MOST_SKEW_MS = 3_600_000;

/** One problem that a person might be reminded of, as it stands now. Instants are epoch milliseconds. */
export interface NudgeInput {
  readonly now: number;
  readonly level: Urgency;
  /** Production is affected by a P0: with the critical level it breaks quiet hours. */
  readonly productionP0: boolean;
  readonly resolved: boolean;
  /** Whether this person has the ball. */
  readonly waitingOnPerson: boolean;
  readonly snoozedUntil: number | null;
  /** When the person last did something on the item. */
  readonly lastActedAt: number | null;
  /** When this person was reminded of this item for this reason, since the problem arose or last progressed. */
  readonly sameReason: readonly number[];
  /** When this person was reminded of anything, over all channels; those of `sameReason` among them. */
  readonly anyNudge: readonly number[];
  /** The person's own calendar. */
  readonly time: WorkingTime;
  readonly limits: Pick<
    Limits,
    | 'remindersPerPersonAndDay'
    | 'sameReasonDays'
    | 'sameReasonTimes'
    | 'recentActivityHours'
    | 'quietHours'
    | 'ladderCriticalMinutes'
  >;
}

/** `resolved` and `not_waiting_on_person` drop, `ladder` escalates, `ok` sends, all others defer. */
type NudgeWhy =
  | 'resolved'
  | 'not_waiting_on_person'
  | 'snoozed'
  | 'recent_activity'
  | 'duplicate'
  | 'ladder'
  | 'budget'
  | 'quiet_hours'
  | 'ok';

/** What to do about one problem now, and by which rule. */
export interface NudgeDecision {
  readonly action: 'send' | 'defer' | 'drop' | 'escalate';
  readonly why: NudgeWhy;
  /** When to decide again, always later than now; `null` unless deferred, or when the person has no working time at all. */
  readonly at: number | null;
  /** The figures that decided. */
  readonly numbers: Readonly<Record<string, number>>;
}

type NudgeRule = (input: NudgeInput) => NudgeDecision | null;

// The order is part of the rule (domain.md section 11): the first that answers decides.
const RULES: readonly NudgeRule[] = [
  isResolved,
  isNotTheirs,
  isSnoozed,
  hasActedJustNow,
  wasToldOfThis,
  wasToldOften,
  wasToldToday,
  isOutsideHours,
];

/**
 * Whether a person is reminded of a problem now. `escalate` means that asking this person again helps no more: the
 * ladder says who is next. A deferral is decided anew at its time, from the situation of that time.
 */
export function decideNudge(input: NudgeInput): NudgeDecision {
  for (const rule of RULES) {
    const decision = rule(input);
    if (decision !== null) return decision;
  }
  return { action: 'send', why: 'ok', at: null, numbers: {} };
}

function isResolved({ resolved }: NudgeInput): NudgeDecision | null {
  return resolved ? { action: 'drop', why: 'resolved', at: null, numbers: {} } : null;
}

function isNotTheirs({ waitingOnPerson }: NudgeInput): NudgeDecision | null {
  if (waitingOnPerson) return null;
  return { action: 'drop', why: 'not_waiting_on_person', at: null, numbers: {} };
}

function isSnoozed({ now, level, snoozedUntil }: NudgeInput): NudgeDecision | null {
  if (level === 'critical' || snoozedUntil === null || snoozedUntil <= now) return null;
  return deferred('snoozed', snoozedUntil, {});
}

function hasActedJustNow({ now, lastActedAt, time, limits }: NudgeInput): NudgeDecision | null {
  if (lastActedAt === null || lastActedAt > now + MOST_SKEW_MS) return null;
  // Clocks differ: what seems to come from the near future happened just now.
  const acted = Math.min(lastActedAt, now);
  const until = time.add(acted, limits.recentActivityHours * SECONDS_PER_HOUR);
  if (until <= now) return null;
  return deferred('recent_activity', until, { recentActivityHours: limits.recentActivityHours });
}

function wasToldOfThis(input: NudgeInput): NudgeDecision | null {
  if (input.sameReason.length === 0) return null;
  const until = repeatFrom(input, Math.max(...input.sameReason));
  if (until <= input.now) return null;
  return deferred('duplicate', until, { times: input.sameReason.length });
}

function repeatFrom({ level, time, limits }: NudgeInput, last: number): number {
  if (level === 'critical') return last + limits.ladderCriticalMinutes * MS_PER_MINUTE;
  return time.addDays(last, limits.sameReasonDays);
}

function wasToldOften({ level, sameReason, limits }: NudgeInput): NudgeDecision | null {
  const times = sameReason.length;
  const most = level === 'critical' ? 1 : limits.sameReasonTimes;
  if (times === 0 || times < most) return null;
  return { action: 'escalate', why: 'ladder', at: null, numbers: { times, most } };
}

function wasToldToday(input: NudgeInput): NudgeDecision | null {
  const { now, level, time, limits } = input;
  if (level === 'critical') return null;
  const today = time.localDate(now);
  const count = (sent: readonly number[]) =>
    sent.filter((at) => time.localDate(at) === today).length;
  const told = Math.max(count(input.anyNudge), count(input.sameReason));
  if (told < limits.remindersPerPersonAndDay) return null;
  return deferred('budget', time.nextDayOpening(now), {
    told,
    most: limits.remindersPerPersonAndDay,
  });
}

function isOutsideHours(input: NudgeInput): NudgeDecision | null {
  const { now, level, productionP0, time, limits } = input;
  const isEmergency = level === 'critical' && productionP0;
  if (!limits.quietHours || isEmergency || time.isWorking(now)) return null;
  return deferred('quiet_hours', time.nextWorking(now), {});
}

function deferred(why: NudgeWhy, at: number, numbers: NudgeDecision['numbers']): NudgeDecision {
  return { action: 'defer', why, at: orNever(at), numbers };
}

/** What may become one line of a reminder. */
export interface BundleItem {
  readonly level: Urgency;
  /** Since when the problem stands, epoch milliseconds. */
  readonly since: number;
}

/** What one reminder holds. */
export interface Bundle<Item extends BundleItem> {
  readonly items: readonly Item[];
  /** How many are left over: "and n more". */
  readonly more: number;
}

/** The most urgent problems, the oldest first among equals. */
export function pickBundle<Item extends BundleItem>(
  items: readonly Item[],
  most: number,
): Bundle<Item> {
  const ordered = items.toSorted((a, b) => RANK[b.level] - RANK[a.level] || a.since - b.since);
  return { items: ordered.slice(0, most), more: Math.max(0, ordered.length - most) };
}
