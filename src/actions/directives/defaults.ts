import type {
  ApprovalRules,
  Budget,
  Clause,
  Limits,
  UrgencyThresholds,
} from '../../domain/constitution.ts';

/** The figures in force where the directives name none. */
export const DEFAULT_LIMITS: Limits = {
  remindersPerPersonAndDay: 1,
  sameReasonDays: 1,
  sameReasonTimes: 2,
  recentActivityHours: 4,
  itemsPerReminder: 5,
  quietHours: true,
  reviewHours: 8,
  blockedDays: 1,
  leadershipAfterDays: 2,
  reviewerOverload: 3,
  staleDays: { inProgress: 2, review: 1, todo: 5 },
  atRiskDays: 3,
  ladderWaitDays: 1,
  ladderCriticalMinutes: 30,
  ownMessagesInARow: 3,
  messagesPerSubjectAndHour: 6,
  messagesPerChannelAndHour: 10,
  approvalsPerSubjectAndDay: 5,
  changesPerMinute: 120,
  hops: 3,
};

/** When a subject is urgent, and how often it is looked at. */
export const DEFAULT_URGENCY: UrgencyThresholds = {
  checkMinutes: { critical: 15, high: 60, medium: 180, low: 360 },
  critical: { daysLeft: 1, completion: 0.4, holdsUp: 3, idleDays: 3 },
  high: {
    daysLeft: 3,
    completion: 0.6,
    idleDays: 2,
    criticalReviewHours: 24,
    reviewHours: 24,
    forecastDaysLeft: 5,
    forecast: 0.25,
  },
  medium: { daysLeft: 3, completion: 0.8, forecast: 0.6, reviewHours: 8, scopeGrowth: 0.25 },
};

/** No limit on money unless one is set. */
export const DEFAULT_BUDGET: Budget = {
  perCycleUsd: null,
  perDayUsd: null,
  perMonthUsd: null,
  perPersonAndDayUsd: null,
};

/** How long a question for approval stands. */
export const DEFAULT_APPROVALS: ApprovalRules = { expiryDays: 1, criticalHours: 2, twoPerson: [] };

/** How people speak to the agent unless the directives name it. */
export const DEFAULT_NAMES: readonly string[] = ['pm-agent'];

const COMMENTS = ['*.add-comment', '*.reply-comment', '*.reply-thread'];

/** In force where no sentence of the autonomy lists has a rule. Whatever they do not name is asked. */
export const DEFAULT_CLAUSES: readonly Clause[] = [
  {
    level: 'automatic',
    operations: COMMENTS,
    when: { purposes: ['answer', 'status-update'] },
    line: 0,
    text: 'Answers where a question was asked, and status comments (default).',
  },
  {
    level: 'automatic',
    operations: ['slack.send-direct', 'slack.update-message'],
    when: { purposes: ['reminder'] },
    line: 0,
    text: 'The one reminder a day (default).',
  },
  {
    level: 'automatic',
    operations: ['jira.transition-issue'],
    when: { purposes: ['merged'] },
    line: 0,
    text: 'The status of a ticket whose pull request was merged (default).',
  },
];
