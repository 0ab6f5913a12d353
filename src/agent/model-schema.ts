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
      input: offered(operation.input),
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

/**
 * An input without its optional lists and objects (buttons): the provider takes only a few optional properties in one
 * schema, and they are for code to add, not for the model.
 */
function offered(input: z.ZodType): z.ZodType {
  if (!(input instanceof z.ZodObject)) return input;
  const shape: Readonly<Record<string, z.ZodType>> = input.shape;
  const kept = Object.entries(shape).filter(([, field]) => {
    if (!(field instanceof z.ZodOptional)) return true;
    const inner: unknown = field.unwrap();
    return !(inner instanceof z.ZodArray || inner instanceof z.ZodObject);
  });
  return z.object(Object.fromEntries(kept));
}
