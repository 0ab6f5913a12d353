import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { Purpose } from '../src/domain/purpose.ts';
import { Urgency } from '../src/domain/plan.ts';

/** What is the case. Whatever is left out is as on a quiet Monday at 10:00 in Berlin, in production. */
const Given = z.strictObject({
  /** Directives instead of the shipped ones; the team stays. */
  directives: z.record(z.string(), z.unknown()).optional(),
  now: z.iso.datetime().optional(),
  mode: z.enum(['simulation', 'ask', 'production']).optional(),
  /** Who proposes: the model, or code by its rules. */
  author: z.enum(['model', 'rules']).optional(),
  /** The member whose words led to it; nobody without it. */
  asked_by: z.string().optional(),
  /** The ticket or conversation that the cycle is about. */
  subject: z.string().optional(),
  /** Items that it is linked to. */
  related: z.array(z.string()).optional(),
  level: Urgency.optional(),
  production_p0: z.boolean().optional(),
  paused_until: z.iso.datetime().optional(),
  reminders_today: z.int().optional(),
  channel_last_hour: z.int().optional(),
  own_in_a_row: z.int().optional(),
  approvals_today: z.int().optional(),
  changes_last_minute: z.int().optional(),
  /** A person has agreed to exactly this. */
  approved: z.boolean().optional(),
});

const Proposed = z.strictObject({
  operation: z.string(),
  purpose: Purpose,
  input: z.record(z.string(), z.unknown()),
  /** The member that it reaches. */
  person: z.string().optional(),
  /** The purpose of the channel that it reaches; null: one that the directives do not name. */
  channel: z.string().nullable().optional(),
});

const Expected = z.strictObject({
  verdict: z.enum(['allow', 'ask', 'deny', 'later']),
  /** Absent where nothing objects. */
  rule: z.string().optional(),
  /** When it is judged again. */
  until: z.iso.datetime().optional(),
});

/** A fenced block of docs/directives.md: what is the case, what is proposed, what policy says. */
const Scenario = z.strictObject({
  given: Given.default({}),
  proposed: Proposed,
  expect: Expected,
});
export type Scenario = z.infer<typeof Scenario> & { readonly title: string };

const FENCE = /^```yaml scenario: (?<title>.+)\n(?<body>[\s\S]*?)^```$/gm;

/** Every scenario of the documentation, in its order. Throws where a block does not fit its form. */
export function directivesScenarios(): Scenario[] {
  const page = readFileSync(new URL('../docs/directives.md', import.meta.url), 'utf8');
  return [...page.matchAll(FENCE)].map(({ groups }) => ({
    title: groups?.['title'] ?? '',
    ...Scenario.parse(parse(groups?.['body'] ?? '')),
  }));
}
