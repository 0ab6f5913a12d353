import { z } from 'zod';
import { TeamSection } from './team-schema.ts';
import { AutonomyRule, LimitRule, LimitsSection, OperationPattern } from './rules.ts';

const MOST = 200;

const Sentence = z
  .string('a sentence')
  .trim()
  .min(1, 'it is empty')
  .max(1000, 'longer than 1000 characters')
  .describe('a sentence');

const asText = (value: unknown): unknown => (typeof value === 'string' ? { text: value } : value);

function entryOf<Rule extends z.ZodType>(rule: Rule) {
  return z
    .preprocess(
      asText,
      z.strictObject(
        { text: Sentence, rule: rule.optional() },
        'neither a sentence nor text and rule',
      ),
    )
    .describe('a sentence, or `text:` with `rule:`');
}

const Entries = z.array(entryOf(LimitRule), 'a list of sentences').max(MOST).optional();
const Autonomies = z.array(entryOf(AutonomyRule), 'a list of sentences').max(MOST).optional();

const share = z
  .number('a share from 0 to 1')
  .min(0, 'a share from 0 to 1')
  .max(1, 'a share from 0 to 1')
  .describe('a share from 0 to 1, e.g. 0.4')
  .optional();

const count = (most: number) =>
  z
    .number(`a number from 0 to ${most}`)
    .min(0, `a number from 0 to ${most}`)
    .max(most, `a number from 0 to ${most}`)
    .describe(`a number from 0 to ${most}`)
    .optional();

const minutes = z.int('whole minutes, 1 to 10080').min(1).max(10_080);

const Level = z
  .preprocess(
    (value) => (typeof value === 'number' ? { check_minutes: value } : value),
    z.strictObject({
      check_minutes: minutes.describe('whole minutes between two looks, 1 to 10080'),
      meaning: Sentence.optional(),
    }),
  )
  .describe('minutes, or `check_minutes:` with `meaning:`')
  .optional();

const UrgencySection = z.strictObject({
  levels: z.strictObject({ critical: Level, high: Level, medium: Level, low: Level }).optional(),
  thresholds: z
    .strictObject({
      critical: z
        .strictObject({
          days_left: count(60),
          completion: share,
          holds_up: count(100),
          idle_days: count(60),
        })
        .optional(),
      high: z
        .strictObject({
          days_left: count(60),
          completion: share,
          idle_days: count(60),
          critical_review_hours: count(1000),
          review_hours: count(1000),
          forecast_days_left: count(60),
          forecast: share,
        })
        .optional(),
      medium: z
        .strictObject({
          days_left: count(60),
          completion: share,
          forecast: share,
          review_hours: count(1000),
          scope_growth: share,
        })
        .optional(),
    })
    .optional(),
});
export type UrgencySection = z.infer<typeof UrgencySection>;

const usd = z
  .number('an amount of US dollars')
  .min(0, 'an amount of US dollars, 0 or more')
  .max(1_000_000)
  .nullable()
  .describe('an amount of US dollars, or null for no limit')
  .optional();

const Host = z
  .string()
  .regex(/^(?:[a-z0-9-]+\.)*[a-z0-9-]+$/, 'not a host name in small letters')
  .max(253)
  .describe('a host such as wiki.acme.example, without https:// and path');

const Status = z.string('the name of a status').trim().min(1).max(100);

const BudgetSection = z.strictObject({
  per_cycle_usd: usd,
  per_day_usd: usd,
  per_month_usd: usd,
  per_person_and_day_usd: usd,
});

/** `config/pm-directives.yaml` as it is written. Every section may be left out. */
export const DirectivesFile = z.strictObject(
  {
    version: z.literal(1, 'only 1 is known').describe('1').optional(),
    agent: z
      .strictObject({
        role: Sentence.optional(),
        personality: Sentence.optional(),
        names: z
          .array(z.string().trim().min(1).max(50), 'a list of names')
          .min(1)
          .max(10)
          .describe('names by which people speak to the agent')
          .optional(),
      })
      .optional(),
    objectives: z.strictObject({ primary: Entries, secondary: Entries }).optional(),
    constraints: z
      .strictObject({
        communication: Entries,
        escalation: Entries,
        autonomy: z
          .strictObject({
            can_do_automatically: Autonomies,
            needs_confirmation: Autonomies,
            never_do: Autonomies,
          })
          .optional(),
      })
      .optional(),
    decision_making: z.strictObject({ when_uncertain: Entries, learning: Entries }).optional(),
    urgency: UrgencySection.optional(),
    team: TeamSection.optional(),
    channels: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a purpose in small letters'),
        z
          .string('the name or id of a channel')
          .regex(
            /^(?:#[^\s#,]{1,80}|[CDG][A-Z0-9]{2,20})$/,
            'neither #name nor the id of a channel',
          )
          .describe('a channel such as "#standup" (in quotes) or C0123ABCD'),
      )
      .optional(),
    on_call: z
      .array(z.string('a name or an address').min(1), 'a list of people')
      .max(50)
      .describe('names or addresses of members, first called first')
      .optional(),
    budget: BudgetSection.optional(),
    escalation_ladder: z.strictObject({ steps: Entries }).optional(),
    approvals: z
      .strictObject({
        expiry_business_days: z.int('whole business days').min(1).max(30).optional(),
        critical_hours: z.number('hours').min(0.25).max(72).optional(),
        two_person: z.array(OperationPattern, 'a list of operations').max(50).optional(),
      })
      .optional(),
    limits: LimitsSection.optional(),
    links: z
      .strictObject({ hosts: z.array(Host, 'a list of hosts').max(100).optional() })
      .optional(),
    statuses: z
      .strictObject({
        blocked: z.array(Status, 'a list of statuses').max(50).optional(),
        review: z.array(Status, 'a list of statuses').max(50).optional(),
        after_merge: Status.nullable().optional(),
      })
      .optional(),
  },
  'the file holds no sections',
);
export type DirectivesFile = z.infer<typeof DirectivesFile>;
