import { z } from 'zod';
import { Purpose } from './purpose.ts';
import { Subject } from './subject.ts';

/**
 * `proposed → held | deferred | simulated | denied | suppressed | sending → done | failed | unknown`.
 * `held` waits for a person and may end `declined` or `expired`; `deferred` is judged again at its time; `suppressed` is
 * a reminder that nobody needs. `sending` is an intent written down before the effect; after a crash the target is asked
 * first.
 */
export const ActionState = z.enum([
  'proposed',
  'held',
  'deferred',
  'simulated',
  'denied',
  'suppressed',
  'declined',
  'expired',
  'sending',
  'done',
  'failed',
  'unknown',
]);
export type ActionState = z.infer<typeof ActionState>;

/** States of an action that is not at its end. */
export const UNSETTLED: readonly string[] = [
  'proposed',
  'held',
  'deferred',
  'sending',
] satisfies ActionState[];

/**
 * The answer of policy, with the rule that gave it and the numbers it looked at. With `until`, a deny is "not now": the
 * action is judged again at that instant (ISO 8601 UTC).
 */
export const Verdict = z.object({
  answer: z.enum(['allow', 'ask', 'deny']),
  rule: z.string(),
  reason: z.string(),
  until: z.string().optional(),
  numbers: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
});
export type Verdict = z.infer<typeof Verdict>;

/** Whom an action reaches beyond those who look at its subject: limits and hours count by it. */
export const Reach = z.object({
  /** `item`: readers of a ticket or pull request; `thread`: readers of a conversation. */
  audience: z.enum(['item', 'thread', 'channel', 'person']),
  system: z.string(),
  /** Channel id, or account id of the person; `null` for an item. */
  id: z.string().nullable(),
});
export type Reach = z.infer<typeof Reach>;

export const Action = z.object({
  id: z.string(),
  cycle: z.string(),
  subject: Subject,
  ordinal: z.number().int(),
  operation: z.string(),
  effect: z.enum(['read', 'write', 'destroy', 'unknown']),
  input: z.record(z.string(), z.unknown()),
  /** SHA-256 over operation and canonical input: what an approval or a replay is bound to. */
  digest: z.string(),
  preview: z.string(),
  reason: z.string(),
  mode: z.string(),
  state: ActionState,
  verdict: Verdict.nullable(),
  attempts: z.number().int(),
  /** The messages this action answers. */
  answers: z.array(z.string()),
  effectId: z.string().nullable(),
  effectUrl: z.string().nullable(),
  note: z.string().nullable(),
  createdAt: z.string(),
  sentAt: z.string().nullable(),
  /** Before this instant it may not be sent again. */
  resendAfter: z.string().nullable(),
  settledAt: z.string().nullable(),
  purpose: Purpose,
  /** When a deferred action is judged again. */
  dueAt: z.string().nullable(),
  /** The person whose words led to it, as a person id. */
  askedBy: z.string().nullable(),
  reaches: Reach.nullable(),
  /** The approval that asks or asked for it. */
  approval: z.string().nullable(),
  /** The version of the directives it was judged under. */
  directives: z.string().nullable(),
  /** Who proposed it: more is asked of what a model wrote. */
  author: z.enum(['model', 'rules']),
});
export type Action = z.infer<typeof Action>;
