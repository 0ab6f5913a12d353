import { z } from 'zod';
import { Subject } from './subject.ts';

/**
 * `proposed → held | simulated | denied | sending → done | failed | unknown`.
 * `sending` is an intent written down before the effect; after a crash the target is asked first.
 */
export const ActionState = z.enum([
  'proposed',
  'held',
  'simulated',
  'denied',
  'sending',
  'done',
  'failed',
  'unknown',
]);
export type ActionState = z.infer<typeof ActionState>;

/** The answer of policy, with the rule that gave it. */
export const Verdict = z.object({
  answer: z.enum(['allow', 'ask', 'deny']),
  rule: z.string(),
  reason: z.string(),
});
export type Verdict = z.infer<typeof Verdict>;

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
});
export type Action = z.infer<typeof Action>;
