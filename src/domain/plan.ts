import { z } from 'zod';

/** One use of an operation that a plan proposes. The input is checked against the operation's own schema later. */
export const ProposedAction = z.object({
  operation: z.string().max(100),
  input: z.record(z.string(), z.unknown()),
  reason: z.string().max(1000),
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

/** A plan and how it came about. */
export const Thought = z.object({
  plan: Plan,
  planner: z.enum(['model', 'rules']),
  /** Why the rules decided although a model is configured, or how the model's answer had to be repaired. */
  notes: z.array(z.string()),
});
export type Thought = z.infer<typeof Thought>;
