import type { Budget, Constitution, UrgencyThresholds } from '../../domain/constitution.ts';
import { deepFreeze } from '../../lib/deep-freeze.ts';
import { sha256 } from '../../lib/digest.ts';
import { clausesOf } from './clauses.ts';
import { DEFAULT_APPROVALS, DEFAULT_BUDGET, DEFAULT_NAMES, DEFAULT_URGENCY } from './defaults.ts';
import { entriesOf } from './entries.ts';
import type { DirectiveEntry } from './entries.ts';
import { fieldOf } from './fault.ts';
import type { Complain, DirectiveFault } from './fault.ts';
import { complainOfContradictions, figuresOf, limitsOf } from './figures.ts';
import { proseOf } from './prose.ts';
import { readDirectives } from './read-file.ts';
import type { DirectivesFile, UrgencySection } from './schema.ts';
import { complainOfTwins, idsOf, membersOf, teamCalendar } from './team.ts';
import type { Holidays } from './team.ts';

/** What the directives need beside their own text. */
export interface CompileParts {
  readonly holidays: Holidays;
}

/** What code enforces from now on, or everything that is wrong with the text. */
export type Compiled =
  { readonly ok: Constitution } | { readonly faults: readonly DirectiveFault[] };

/** The constitution with the sentences it was made of. */
export type Understood =
  | {
      readonly constitution: Constitution;
      readonly entries: readonly DirectiveEntry[];
      readonly file: DirectivesFile;
    }
  | { readonly faults: readonly DirectiveFault[] };

/** First 12 hex digits of the SHA-256 of a text: the name under which it is kept. */
export function versionOf(text: string): string {
  return sha256(text).slice(0, 12);
}

/** Makes the constitution out of the text of the directives. Never throws; a text with any fault gives none. */
export function compileDirectives(text: string, parts: CompileParts): Compiled {
  const understood = understandDirectives(text, parts);
  return 'faults' in understood ? understood : { ok: understood.constitution };
}

/** The same, with the sentences beside it, for whoever explains them. */
export function understandDirectives(text: string, parts: CompileParts): Understood {
  const read = readDirectives(text);
  if ('faults' in read) return read;
  const { file, placeOf } = read;
  const faults: DirectiveFault[] = [];
  const complain: Complain = (path, told) => {
    faults.push({ ...placeOf(path), field: fieldOf(path), ...told });
  };
  const entries = entriesOf(file, placeOf);
  const constitution = constitutionOf(text, { file, entries }, { ...parts, complain });
  if (faults.length > 0) return { faults: faults.sort((left, right) => left.line - right.line) };
  return { constitution: deepFreeze(constitution), entries, file };
}

interface Given extends CompileParts {
  readonly complain: Complain;
}

function constitutionOf(
  text: string,
  read: { readonly file: DirectivesFile; readonly entries: readonly DirectiveEntry[] },
  given: Given,
): Constitution {
  const { file, entries } = read;
  const { team, statuses, approvals } = file;
  const figures = figuresOf(entries);
  complainOfContradictions(figures, given.complain);
  const calendar = teamCalendar(team, given);
  const members = membersOf(team, { ...given, calendar });
  complainOfTwins(members, given.complain);
  return {
    version: versionOf(text),
    prose: proseOf(file, entries, members),
    names: file.agent?.names ?? DEFAULT_NAMES,
    clauses: clausesOf(entries),
    members,
    calendar,
    channels: { ...file.channels },
    onCall: idsOf(file.on_call ?? [], members, given.complain),
    limits: limitsOf(file.limits, figures),
    urgency: urgencyOf(file.urgency),
    budget: budgetOf(file.budget),
    approvals: {
      expiryDays: approvals?.expiry_business_days ?? DEFAULT_APPROVALS.expiryDays,
      criticalHours: approvals?.critical_hours ?? DEFAULT_APPROVALS.criticalHours,
      twoPerson: approvals?.two_person ?? DEFAULT_APPROVALS.twoPerson,
    },
    statuses: {
      blocked: (statuses?.blocked ?? []).map((one) => one.toLowerCase()),
      review: (statuses?.review ?? []).map((one) => one.toLowerCase()),
      afterMerge: statuses?.after_merge ?? null,
    },
    linkHosts: file.links?.hosts ?? [],
  };
}

function budgetOf(budget: DirectivesFile['budget']): Budget {
  return {
    perCycleUsd: budget?.per_cycle_usd ?? DEFAULT_BUDGET.perCycleUsd,
    perDayUsd: budget?.per_day_usd ?? DEFAULT_BUDGET.perDayUsd,
    perMonthUsd: budget?.per_month_usd ?? DEFAULT_BUDGET.perMonthUsd,
    perPersonAndDayUsd: budget?.per_person_and_day_usd ?? DEFAULT_BUDGET.perPersonAndDayUsd,
  };
}

function urgencyOf(section: UrgencySection | undefined): UrgencyThresholds {
  const { checkMinutes, critical, high, medium } = DEFAULT_URGENCY;
  const levels = section?.levels;
  const given = section?.thresholds;
  return {
    checkMinutes: {
      critical: levels?.critical?.check_minutes ?? checkMinutes.critical,
      high: levels?.high?.check_minutes ?? checkMinutes.high,
      medium: levels?.medium?.check_minutes ?? checkMinutes.medium,
      low: levels?.low?.check_minutes ?? checkMinutes.low,
    },
    critical: {
      daysLeft: given?.critical?.days_left ?? critical.daysLeft,
      completion: given?.critical?.completion ?? critical.completion,
      holdsUp: given?.critical?.holds_up ?? critical.holdsUp,
      idleDays: given?.critical?.idle_days ?? critical.idleDays,
    },
    high: {
      daysLeft: given?.high?.days_left ?? high.daysLeft,
      completion: given?.high?.completion ?? high.completion,
      idleDays: given?.high?.idle_days ?? high.idleDays,
      criticalReviewHours: given?.high?.critical_review_hours ?? high.criticalReviewHours,
      reviewHours: given?.high?.review_hours ?? high.reviewHours,
      forecastDaysLeft: given?.high?.forecast_days_left ?? high.forecastDaysLeft,
      forecast: given?.high?.forecast ?? high.forecast,
    },
    medium: {
      daysLeft: given?.medium?.days_left ?? medium.daysLeft,
      completion: given?.medium?.completion ?? medium.completion,
      forecast: given?.medium?.forecast ?? medium.forecast,
      reviewHours: given?.medium?.review_hours ?? medium.reviewHours,
      scopeGrowth: given?.medium?.scope_growth ?? medium.scopeGrowth,
    },
  };
}
