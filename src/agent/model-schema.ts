import { z } from 'zod';
import type { Operation } from '../domain/connector.ts';
import { Urgency } from '../domain/plan.ts';

/**
 * The plan as the model must write it: one alternative per operation, with that operation's own input, because the
 * provider's structured outputs need every object spelt out (contracts/anthropic.md 1.2).
 */
export function modelPlanSchema(operations: readonly Operation[]) {
  const changing = operations.filter((operation) => operation.effect !== 'read');
  const alternatives = changing.map((operation) =>
    z.object({
      operation: z.literal(operation.name),
      input: operation.input,
      reason: z.string(),
    }),
  );
  const [first, ...rest] = alternatives;
  const none = z.object({ operation: z.string(), input: z.object({}), reason: z.string() });
  return z.object({
    shouldRespond: z.boolean(),
    urgency: Urgency,
    reasoning: z.string(),
    actions: z.array(first === undefined ? none : z.union([first, ...rest])),
    unknowns: z.array(z.string()),
  });
}
