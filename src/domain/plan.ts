import { z } from 'zod';
import { Purpose } from './purpose.ts';

/** One use of an operation that a plan proposes. The input is checked against the operation's own schema later. */
export const ProposedAction = z.object({
  operation: z.string().max(100),
  input: z.record(z.string(), z.unknown()),
  reason: z.string().max(1000),
  /** Set by code alone: what a model says of it is not looked at. */
  purpose: Purpose.optional(),
});
export type ProposedAction = z.infer<typeof ProposedAction>;

export const Urgency = z.enum(['critical', 'high', 'medium', 'low']);
export type Urgency = z.infer<typeof Urgency>;

/** What Think answers. An empty list of actions is a good plan. */
export const Plan = z.object({
  shouldRespond: z.boolean(),
  urgency: Urgency,
  reasoning: z.string().max(4000),
  actions: z.array(ProposedAction).max(5),
  unknowns: z.array(z.string().max(500)).max(20),
});
export type Plan = z.infer<typeof Plan>;

/** What one call of the model used and cost. Tokens are counts, money is US dollars. */
export const Usage = z.object({
  model: z.string(),
  inputTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  cacheWriteTokens: z.number().int(),
  outputTokens: z.number().int(),
  /** `null` when the price table does not name the model. */
  costUsd: z.number().nullable(),
});
export type Usage = z.infer<typeof Usage>;

/** One read that the model asked for while it thought. */
export const ReadRecord = z.object({
  operation: z.string(),
  /** What it was to read; `null` when the input did not say. */
  subject: z.string().nullable(),
  durationMs: z.number().int(),
  ok: z.boolean(),
  /** Why it was refused or failed; `null` when it was read. */
  note: z.string().nullable(),
});
export type ReadRecord = z.infer<typeof ReadRecord>;

/** What code looked at and did not propose: shown with its reason, judged again at `until` where there is one. */
export const Withheld = z.object({
  preview: z.string(),
  operation: z.string(),
  rule: z.string(),
  reason: z.string(),
  /** ISO 8601 UTC; `null` when nobody needs it any more. */
  until: z.string().nullable(),
  numbers: z.record(z.string(), z.union([z.number(), z.string()])),
});
export type Withheld = z.infer<typeof Withheld>;

/** A plan and how it came about. */
export const Thought = z.object({
  plan: Plan,
  planner: z.enum(['model', 'rules']),
  /** Why the rules decided although a model is configured, or how the model's answer had to be repaired. */
  notes: z.array(z.string()),
  /** What the model read while it thought, in order; absent when it read nothing. */
  reads: z.array(ReadRecord).optional(),
  /** What was not proposed, e.g. a reminder that nobody needs; absent when there is none. */
  withheld: z.array(Withheld).optional(),
});
export type Thought = z.infer<typeof Thought>;
