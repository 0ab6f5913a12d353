import { z } from 'zod';
import type { Limits } from '../../domain/constitution.ts';
import { ROLES } from '../../domain/constitution.ts';
import { Purpose } from '../../domain/purpose.ts';

/**
 * The rules of code that a directive may name, by the names under which they decide. The last ones decide outside of the
 * policy: when something is due, and how a message looks.
 */
export const ENFORCING = [
  'never-list',
  'autonomy',
  'target-binding',
  'one-answer-per-message',
  'reminders',
  'channel-limit',
  'working-hours',
  'ladder',
  'content',
  'need-to-know',
  'loop-guard',
  'approvals-limit',
  'rate',
  'urgency',
  'review-sla',
  'blocked-sla',
  'staleness',
  'layout',
] as const;
export type Enforcing = (typeof ENFORCING)[number];

function whole(least: number, most: number) {
  return z
    .int(`a whole number from ${least} to ${most}`)
    .min(least, `a whole number from ${least} to ${most}`)
    .max(most, `a whole number from ${least} to ${most}`)
    .describe(`a whole number from ${least} to ${most}`)
    .optional();
}

const figureShape = {
  reminders_per_person_and_day: whole(0, 20),
  same_reason_after_business_days: whole(0, 30),
  same_reason_at_most_times: whole(1, 10),
  quiet_after_activity_hours: whole(0, 72),
  items_per_reminder: whole(1, 20),
  review_within_business_hours: whole(1, 200),
  blocked_at_most_business_days: whole(0, 60),
  stale_in_progress_after_business_days: whole(1, 60),
  stale_review_after_business_days: whole(1, 60),
  stale_todo_after_business_days: whole(1, 60),
  leadership_after_business_days: whole(0, 60),
  reviewer_overload: whole(1, 100),
  at_risk_before_days: whole(0, 30),
  ladder_wait_business_days: whole(0, 30),
  ladder_critical_minutes: whole(1, 1440),
  messages_in_a_row: whole(1, 20),
  messages_per_subject_and_hour: whole(0, 100),
  messages_per_channel_and_hour: whole(0, 100),
  approvals_per_subject_and_day: whole(0, 100),
  changes_per_minute: whole(1, 10_000),
  hops: whole(0, 20),
};
export type FigureName = keyof typeof figureShape;

/** What code does with a figure, where it is kept and which rule holds to it. */
interface Figure {
  readonly by: Enforcing;
  readonly says: (value: number) => string;
  readonly get: (limits: Limits) => number;
  readonly set: (value: number) => Partial<Limits>;
  /** Only where a part of a larger limit is set. */
  readonly stale?: keyof Limits['staleDays'];
}

type PlainLimit = Exclude<keyof Limits, 'quietHours' | 'staleDays'>;

function figure(by: Enforcing, limit: PlainLimit, says: Figure['says']): Figure {
  return { by, says, get: (limits) => limits[limit], set: (value) => ({ [limit]: value }) };
}

function stale(part: keyof Limits['staleDays'], what: string): Figure {
  return {
    by: 'staleness',
    says: (days) => `${what} counts as stale after ${days} business days without progress`,
    get: (limits) => limits.staleDays[part],
    set: () => ({}),
    stale: part,
  };
}

/** Every figure of the rules. The names serve in `rule:` and in `limits:` alike. */
export const FIGURES: Readonly<Record<FigureName, Figure>> = {
  reminders_per_person_and_day: figure(
    'reminders',
    'remindersPerPersonAndDay',
    (n) => `at most ${n} reminders per person and local day, all systems counted together`,
  ),
  same_reason_after_business_days: figure(
    'reminders',
    'sameReasonDays',
    (n) =>
      `the same reason is repeated to the same person after ${n} business days at the earliest`,
  ),
  same_reason_at_most_times: figure(
    'reminders',
    'sameReasonTimes',
    (n) => `after ${n} reminders for one reason the ladder goes on instead`,
  ),
  quiet_after_activity_hours: figure(
    'reminders',
    'recentActivityHours',
    (n) => `whoever acted on the item within ${n} business hours is not reminded`,
  ),
  items_per_reminder: figure(
    'reminders',
    'itemsPerReminder',
    (n) => `at most ${n} items in one reminder, most urgent first`,
  ),
  review_within_business_hours: figure(
    'review-sla',
    'reviewHours',
    (n) => `a review is due ${n} business hours after it was asked for, on the reviewer's calendar`,
  ),
  blocked_at_most_business_days: figure(
    'blocked-sla',
    'blockedDays',
    (n) => `a blocked ticket is a problem after ${n} business days on its owner's calendar`,
  ),
  stale_in_progress_after_business_days: stale('inProgress', 'a ticket in progress'),
  stale_review_after_business_days: stale('review', 'a ticket in review'),
  stale_todo_after_business_days: stale('todo', 'a ticket of the sprint not yet begun'),
  leadership_after_business_days: figure(
    'ladder',
    'leadershipAfterDays',
    (n) =>
      `leadership hears of a blocker older than ${n} business days, after steps 1 and 2 and with approval`,
  ),
  reviewer_overload: figure(
    'ladder',
    'reviewerOverload',
    (n) => `the tech lead is told when more than ${n} pull requests wait for one reviewer`,
  ),
  at_risk_before_days: figure(
    'urgency',
    'atRiskDays',
    (n) => `a sprint at risk is flagged ${n} business days before its end`,
  ),
  ladder_wait_business_days: figure(
    'ladder',
    'ladderWaitDays',
    (n) => `the next step of the ladder waits ${n} business days for an answer`,
  ),
  ladder_critical_minutes: figure(
    'ladder',
    'ladderCriticalMinutes',
    (n) => `on level critical the next step waits ${n} minutes`,
  ),
  messages_in_a_row: figure(
    'loop-guard',
    'ownMessagesInARow',
    (n) => `at most ${n} messages of ours in a row without a word of a person`,
  ),
  messages_per_subject_and_hour: figure(
    'loop-guard',
    'messagesPerSubjectAndHour',
    (n) => `at most ${n} messages an hour on one subject`,
  ),
  messages_per_channel_and_hour: figure(
    'channel-limit',
    'messagesPerChannelAndHour',
    (n) => `at most ${n} messages an hour in one channel`,
  ),
  approvals_per_subject_and_day: figure(
    'approvals-limit',
    'approvalsPerSubjectAndDay',
    (n) => `at most ${n} questions for approval a day about one subject`,
  ),
  changes_per_minute: figure(
    'rate',
    'changesPerMinute',
    (n) => `at most ${n} changes a minute in one system`,
  ),
  hops: figure(
    'loop-guard',
    'hops',
    (n) => `a chain of events that we caused ends after ${n} hops`,
  ),
};

/** What always holds; a directive may only say so. */
export const STATEMENTS = {
  sprint_done_by_end: {
    by: 'urgency',
    says: 'the level of a sprint rises by the days left and the share that is done',
  },
  never_escalate_before_trying: {
    by: 'ladder',
    says: 'no step of the ladder is taken before the steps below it were delivered and waited for',
  },
  link_and_reason: {
    by: 'layout',
    says: 'code lays out reminders and summaries: each item with its link and its reason',
  },
  channels_by_purpose: {
    by: 'target-binding',
    says: 'a channel is written to only if the directives name it, and for its purpose',
  },
  answer_where_asked: {
    by: 'target-binding',
    says: 'an action may touch the subject of its cycle and nothing else',
  },
  one_answer_per_message: {
    by: 'one-answer-per-message',
    says: 'a message of a person is answered once',
  },
  known_facts_only: {
    by: 'content',
    says: 'a key, number, name or date that is not in the context holds the message for a person',
  },
  need_to_know: {
    by: 'need-to-know',
    says: 'nothing is told from a subject that the readers cannot see',
  },
} as const satisfies Record<string, { by: Enforcing; says: string }>;
export type StatementName = keyof typeof STATEMENTS;

const always = z
  .literal(true, 'it always holds and cannot be switched off')
  .describe('true, or leave it out')
  .optional();

const statementShape = {
  sprint_done_by_end: always,
  never_escalate_before_trying: always,
  link_and_reason: always,
  channels_by_purpose: always,
  answer_where_asked: always,
  one_answer_per_message: always,
  known_facts_only: always,
  need_to_know: always,
} satisfies Record<StatementName, typeof always>;

const Choices = z
  .strictObject({
    options: z
      .tuple([z.int().min(1).max(5), z.int().min(1).max(5)], 'two numbers, least and most')
      .describe('how many choices are offered, e.g. [2, 3]'),
  })
  .optional();

const workingHours = z.boolean('true or false').describe('true or false').optional();

const limitShape = {
  ...figureShape,
  ...statementShape,
  working_hours: workingHours,
  ask_when_uncertain: Choices,
};

const notEmpty = (rule: object): boolean => Object.keys(rule).length > 0;
const EMPTY = 'it names no rule';

/** A rule that stands behind a sentence: one or more entries of the catalogue. */
export const LimitRule = z.strictObject(limitShape).refine(notEmpty, EMPTY);
export type LimitRule = z.infer<typeof LimitRule>;

/** The section `limits`: figures without a sentence. A rule behind a sentence wins. */
export const LimitsSection = z.strictObject({ ...figureShape, working_hours: workingHours });
export type LimitsSection = z.infer<typeof LimitsSection>;

/** An operation by name; `*` stands for any letters. */
export const OperationPattern = z
  .string()
  .regex(/^[a-z0-9_*-]{1,50}\.[a-z0-9_*-]{1,50}$/, 'not the name of an operation')
  .describe('a name such as jira.add-comment, or a pattern such as *.delete-*');

const CONDITIONS = ['purposes', 'channels', 'asked_by', 'to'] as const;
const AskedBy = z.enum([...ROLES, 'team'], 'no such role');
const list = <Item extends z.ZodType>(item: Item) =>
  z.array(item, 'a list').min(1, 'an empty list names nothing').max(50).optional();

/** A rule of the autonomy lists: operations, and when the clause fits. */
export const AutonomyRule = z
  .strictObject({
    ...limitShape,
    operations: list(OperationPattern),
    purposes: list(Purpose.describe('a purpose, e.g. answer or status-update')),
    channels: list(z.string().min(1).max(80).describe('a purpose of the section channels')),
    asked_by: list(AskedBy.describe('a role, or team for all roles of the team')),
    to: list(z.string().min(1).max(100).describe('the name of a status')),
  })
  .refine(notEmpty, EMPTY)
  .refine(
    (rule) => rule.operations !== undefined || CONDITIONS.every((name) => !(name in rule)),
    'conditions need `operations` that they are about',
  );
export type AutonomyRule = z.infer<typeof AutonomyRule>;
