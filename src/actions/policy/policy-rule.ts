import type { z } from 'zod';
import type { Verdict } from '../../domain/action.ts';
import type { Operation, WriteOperation } from '../../domain/connector.ts';
import { iso } from '../../lib/clock.ts';
import type { PolicyCase } from './policy-case.ts';

/** What a rule says: a verdict without the rule's name. */
export type Opinion = Omit<Verdict, 'rule'>;

/** One rule; `null` means that it has nothing to say. */
export interface PolicyRule {
  readonly name: string;
  /** One sentence for people: what the rule holds. */
  readonly summary: string;
  /** True when its "ask" is a matter of autonomy, which a person may settle for a while. */
  readonly grantable?: true;
  readonly judge: (given: PolicyCase) => Opinion | null;
}

type Numbers = NonNullable<Verdict['numbers']>;

/** It is never done, whoever agrees. */
export function deny(reason: string, numbers?: Numbers): Opinion {
  return { answer: 'deny', reason, ...(numbers === undefined ? {} : { numbers }) };
}

/** A person decides. */
export function ask(reason: string, numbers?: Numbers): Opinion {
  return { answer: 'ask', reason, ...(numbers === undefined ? {} : { numbers }) };
}

/** Not now: judged again at `until` (epoch milliseconds). Without a time that ever comes it is a plain no. */
export function later(reason: string, until: number, numbers?: Numbers): Opinion {
  if (!Number.isFinite(until)) return deny(`${reason}, and no such time will come`, numbers);
  return { ...deny(reason, numbers), until: iso(until) };
}

/** Whether an operation changes something. */
export function isChange(operation: Operation | undefined): operation is WriteOperation {
  return operation !== undefined && operation.effect !== 'read';
}

/** Whether an operation says something to people: only such a one can be a card, a receipt or a reminder. */
export function speaks(operation: Operation | undefined): boolean {
  return isChange(operation) && operation.words !== undefined;
}

/** The checked input with the operation that it is for; `null` when either is missing. */
export function changeOf(
  given: Pick<PolicyCase, 'operation' | 'proposed'>,
): { readonly operation: WriteOperation; readonly input: z.infer<z.ZodType> } | null {
  const { operation, proposed } = given;
  if (!isChange(operation)) return null;
  const parsed = operation.input.safeParse(proposed.input);
  return parsed.success ? { operation, input: parsed.data } : null;
}
