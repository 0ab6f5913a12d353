import type { UrgencyThresholds } from '../constitution.ts';
import type { Urgency } from '../plan.ts';
import { LEVELS, RANK } from './levels.ts';
import { RULE_VERSION } from './rule-version.ts';

/** What is known of a subject or a sprint. `null` means that it cannot be known: no rule that needs it fires. */
export interface UrgencyInput {
  /** An open P0 affects production. */
  readonly p0: boolean | null;
  /** Share of the sprint that is done, 0 to 1. */
  readonly completion: number | null;
  /** Working days to the end of the sprint. */
  readonly daysLeft: number | null;
  /** Probability that all remaining work is done by the end, 0 to 1. */
  readonly finish: number | null;
  readonly blockers: readonly { readonly holdsUp: number; readonly idleDays: number }[] | null;
  readonly reviews:
    | readonly {
        readonly critical: boolean;
        readonly elapsedHours: number;
        readonly businessHours: number;
      }[]
    | null;
  /** How many items stand still. */
  readonly stale: number | null;
  /** What came into the sprint after its start, and what it began with. */
  readonly scope: { readonly added: number; readonly committed: number } | null;
}

/** Nothing known: the start for callers that know only a part. */
export const NOTHING_KNOWN: UrgencyInput = {
  p0: null,
  completion: null,
  daysLeft: null,
  finish: null,
  blockers: null,
  reviews: null,
  stale: null,
  scope: null,
};

type Numbers = Readonly<Record<string, number>>;

/** How urgent it is, and by what. */
export interface UrgencyAnswer {
  readonly ruleVersion: number;
  readonly level: Urgency;
  /** All rules that fired, the most urgent first. */
  readonly rules: readonly string[];
  /** The figures of each rule that fired, by its name. */
  readonly numbers: Readonly<Record<string, Numbers>>;
}

interface UrgencyRule {
  readonly name: string;
  readonly level: Urgency;
  /** The figures that make it fire, else `null`. */
  readonly fires: (input: UrgencyInput, thresholds: UrgencyThresholds) => Numbers | null;
}

const RULES: readonly UrgencyRule[] = [
  { name: 'C1', level: 'critical', fires: ({ p0 }) => (p0 === true ? { p0: 1 } : null) },
  { name: 'C2', level: 'critical', fires: (input, { critical }) => isBehind(input, critical) },
  {
    name: 'C3',
    level: 'critical',
    fires: ({ blockers }, { critical }) => worstBlocker(blockers, (b) => isWorst(b, critical)),
  },
  { name: 'H1', level: 'high', fires: (input, { high }) => isBehind(input, high) },
  {
    name: 'H2',
    level: 'high',
    // A blocker is listed under its highest rule.
    fires: ({ blockers }, { critical, high }) =>
      worstBlocker(blockers, (b) => b.idleDays >= high.idleDays && !isWorst(b, critical)),
  },
  {
    name: 'H3',
    level: 'high',
    fires: ({ reviews }, { high }) =>
      longestReview(
        reviews,
        (r) =>
          (r.critical && r.elapsedHours >= high.criticalReviewHours) ||
          r.businessHours >= high.reviewHours,
      ),
  },
  {
    name: 'H4',
    level: 'high',
    fires: ({ daysLeft, finish }, { high }) =>
      daysLeft !== null &&
      finish !== null &&
      daysLeft <= high.forecastDaysLeft &&
      finish < high.forecast
        ? { daysLeft, finish }
        : null,
  },
  { name: 'M1', level: 'medium', fires: (input, { medium }) => isBehind(input, medium) },
  {
    name: 'M2',
    level: 'medium',
    fires: ({ finish }, { medium }) =>
      finish !== null && finish < medium.forecast ? { finish } : null,
  },
  {
    name: 'M3',
    level: 'medium',
    fires: ({ reviews }, { medium }) =>
      longestReview(reviews, (r) => r.businessHours >= medium.reviewHours),
  },
  {
    name: 'M4',
    level: 'medium',
    fires: ({ stale }) => (stale !== null && stale > 0 ? { stale } : null),
  },
  {
    name: 'M5',
    level: 'medium',
    fires: ({ scope }, { medium }) =>
      scope !== null && scope.added > medium.scopeGrowth * scope.committed ? { ...scope } : null,
  },
];

/** How urgent it is, by all the rules that fire; the highest decides. */
export function urgencyOf(input: UrgencyInput, thresholds: UrgencyThresholds): UrgencyAnswer {
  const fired = RULES.flatMap(({ name, level, fires }) => {
    const numbers = fires(input, thresholds);
    return numbers === null ? [] : [{ name, level, numbers }];
  });
  return {
    ruleVersion: RULE_VERSION,
    // The table stands in the order of the levels.
    level: fired[0]?.level ?? 'low',
    rules: fired.map(({ name }) => name),
    numbers: Object.fromEntries(fired.map(({ name, numbers }) => [name, numbers])),
  };
}

function isBehind(
  { daysLeft, completion }: UrgencyInput,
  most: { readonly daysLeft: number; readonly completion: number },
): Numbers | null {
  if (daysLeft === null || completion === null) return null;
  const fires = daysLeft <= most.daysLeft && completion < most.completion;
  return fires ? { daysLeft, completion } : null;
}

type Blocker = NonNullable<UrgencyInput['blockers']>[number];
type Review = NonNullable<UrgencyInput['reviews']>[number];

function isWorst(blocker: Blocker, most: UrgencyThresholds['critical']): boolean {
  return blocker.holdsUp >= most.holdsUp && blocker.idleDays >= most.idleDays;
}

function worstBlocker(
  blockers: UrgencyInput['blockers'],
  counts: (blocker: Blocker) => boolean,
): Numbers | null {
  const [worst] = (blockers ?? []).filter(counts).toSorted((a, b) => b.idleDays - a.idleDays);
  return worst === undefined ? null : { holdsUp: worst.holdsUp, idleDays: worst.idleDays };
}

function longestReview(
  reviews: UrgencyInput['reviews'],
  counts: (review: Review) => boolean,
): Numbers | null {
  const [longest] = (reviews ?? [])
    .filter(counts)
    .toSorted((a, b) => b.businessHours - a.businessHours);
  if (longest === undefined) return null;
  return { elapsedHours: longest.elapsedHours, businessHours: longest.businessHours };
}

/** The level that holds between checks. */
export interface SettledLevel {
  readonly level: Urgency;
  /** 0, or, after one calmer check, one more than the rank of what it found. To be kept as it is. */
  readonly calm: number;
}

/** Rises at once; falls with the second calmer check in a row, and only as far as both of them agree. */
export function settledLevel(previous: SettledLevel | null, found: Urgency): SettledLevel {
  if (previous === null || RANK[found] >= RANK[previous.level]) return { level: found, calm: 0 };
  const calm = RANK[found] + 1;
  if (previous.calm === 0) return { level: previous.level, calm };
  // A rule that fired at one of the two checks has been away only once.
  const level = LEVELS[Math.max(RANK[found], previous.calm - 1)] ?? found;
  return { level, calm: level === found ? 0 : calm };
}
