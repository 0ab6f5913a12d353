import type { Purpose } from './purpose.ts';
import type { Calendar } from './working-time.ts';

/** What somebody is to the team. Whoever the directives do not name is a `guest`. */
export const ROLES = [
  'leadership',
  'manager',
  'product-manager',
  'tech-lead',
  'member',
  'vendor',
  'guest',
] as const;
export type TeamRole = (typeof ROLES)[number];

/** How far the agent may go with an operation by itself. */
export type Autonomy = 'automatic' | 'confirm' | 'never';

/** One sentence of the autonomy lists, as code enforces it. The more particular clause wins, then the more careful. */
export interface Clause {
  readonly level: Autonomy;
  /** Operations by name; `jira.*` and `*.delete-*` name many. Never empty. */
  readonly operations: readonly string[];
  /** All that is named must fit. */
  readonly when: {
    readonly purposes?: readonly Purpose[];
    /** Purposes of the channels of the directives, e.g. `standup`. */
    readonly channels?: readonly string[];
    /** Roles of the person who asked for it. */
    readonly askedBy?: readonly TeamRole[];
    /** Status names that a ticket may be moved to. */
    readonly to?: readonly string[];
  };
  readonly line: number;
  readonly text: string;
}

/** A member of the team. */
export interface TeamMember {
  /** `member:<e-mail or name, in small letters>`: the id that the directory of people uses too. */
  readonly id: string;
  readonly name: string;
  readonly role: TeamRole;
  /** True when this person may answer approvals. */
  readonly approves: boolean;
  /** Account ids by system. */
  readonly accounts: Readonly<Record<string, string>>;
  readonly calendar: Calendar;
  /** Where they prefer to be reached; only `slack` today. */
  readonly channel: string | null;
  readonly notes: string | null;
}

/** Figures of the rules; the defaults are those of domain.md section 16. */
export interface Limits {
  readonly remindersPerPersonAndDay: number;
  readonly sameReasonDays: number;
  readonly sameReasonTimes: number;
  readonly recentActivityHours: number;
  readonly itemsPerReminder: number;
  readonly quietHours: boolean;
  readonly reviewHours: number;
  readonly blockedDays: number;
  readonly leadershipAfterDays: number;
  readonly reviewerOverload: number;
  readonly staleDays: {
    readonly inProgress: number;
    readonly review: number;
    readonly todo: number;
  };
  readonly atRiskDays: number;
  readonly ladderWaitDays: number;
  readonly ladderCriticalMinutes: number;
  /** Ours, without a word of a person between. */
  readonly ownMessagesInARow: number;
  readonly messagesPerSubjectAndHour: number;
  readonly messagesPerChannelAndHour: number;
  readonly approvalsPerSubjectAndDay: number;
  /** Changes per system and minute. */
  readonly changesPerMinute: number;
  /** Events that our own actions led to, one after the other. */
  readonly hops: number;
}

export interface UrgencyThresholds {
  /** Minutes between two looks at a subject, by level. */
  readonly checkMinutes: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;
  readonly critical: {
    readonly daysLeft: number;
    readonly completion: number;
    readonly holdsUp: number;
    readonly idleDays: number;
  };
  readonly high: {
    readonly daysLeft: number;
    readonly completion: number;
    readonly idleDays: number;
    readonly criticalReviewHours: number;
    readonly reviewHours: number;
    readonly forecastDaysLeft: number;
    readonly forecast: number;
  };
  readonly medium: {
    readonly daysLeft: number;
    readonly completion: number;
    readonly forecast: number;
    readonly reviewHours: number;
    readonly scopeGrowth: number;
  };
}

/** US dollars; `null` is no limit. */
export interface Budget {
  readonly perCycleUsd: number | null;
  readonly perDayUsd: number | null;
  readonly perMonthUsd: number | null;
  readonly perPersonAndDayUsd: number | null;
}

export interface ApprovalRules {
  readonly expiryDays: number;
  readonly criticalHours: number;
  /** Operations that two people have to agree to. */
  readonly twoPerson: readonly string[];
}

/** What the directives say, as code enforces it. Made by `actions/directives/`; frozen. */
export interface Constitution {
  /** First 12 hex digits of the SHA-256 of the file: every cycle names it. */
  readonly version: string;
  /** What the model reads. */
  readonly prose: string;
  /** Names by which people address the agent. */
  readonly names: readonly string[];
  readonly clauses: readonly Clause[];
  readonly members: readonly TeamMember[];
  /** The calendar of the team, for whoever has none. */
  readonly calendar: Calendar;
  /** Channel names or ids by purpose, e.g. `leadership: #leads`. */
  readonly channels: Readonly<Record<string, string>>;
  /** Ids of members, first called first. */
  readonly onCall: readonly string[];
  readonly limits: Limits;
  readonly urgency: UrgencyThresholds;
  readonly budget: Budget;
  readonly approvals: ApprovalRules;
  /** Statuses in which work is stuck, and in which it waits, besides the flag; in small letters. */
  readonly statuses: {
    readonly blocked: readonly string[];
    readonly review: readonly string[];
    readonly afterMerge: string | null;
  };
  /** Hosts that may be linked to, besides those of the connected systems. */
  readonly linkHosts: readonly string[];
}
