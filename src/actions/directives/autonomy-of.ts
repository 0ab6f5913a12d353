import type { Autonomy, Clause, Constitution, TeamRole } from '../../domain/constitution.ts';
import type { Purpose } from '../../domain/purpose.ts';
import { matchesOperation } from './operation-pattern.ts';

/** What is known of an action when its autonomy is looked up. */
export interface AutonomyAsk {
  readonly operation: string;
  readonly purpose: Purpose;
  /** The purpose of the channel it reaches; `null` where it reaches none that the directives name. */
  readonly channelPurpose: string | null;
  /** The role of whoever asked for it; `null` when nobody did. */
  readonly askedByRole: TeamRole | null;
  /** The status that a ticket would be moved to. */
  readonly to: string | null;
}

/** How far the agent may go, and the clause that says so; without one it asks. */
export interface AutonomyAnswer {
  readonly level: Autonomy;
  readonly clause: Clause | null;
}

const CARE: Readonly<Record<Autonomy, number>> = { automatic: 0, confirm: 1, never: 2 };

/** How many conditions a clause has. */
function particularity({ when }: Clause): number {
  return [when.purposes, when.channels, when.askedBy, when.to].filter((one) => one !== undefined)
    .length;
}

function fits(clause: Clause, asked: AutonomyAsk): boolean {
  const { purposes, channels, askedBy, to } = clause.when;
  if (!clause.operations.some((pattern) => matchesOperation(pattern, asked.operation)))
    return false;
  if (purposes !== undefined && !purposes.includes(asked.purpose)) return false;
  if (channels !== undefined && !named(channels, asked.channelPurpose)) return false;
  if (askedBy !== undefined && !named(askedBy, asked.askedByRole)) return false;
  return to === undefined || named(to, asked.to);
}

function named(list: readonly string[], value: string | null): boolean {
  if (value === null) return false;
  const wanted = value.trim().toLowerCase();
  return list.some((one) => one.toLowerCase() === wanted);
}

function comesBefore(left: Clause, right: Clause, operation: string): number {
  const exact = (clause: Clause) => Number(clause.operations.includes(operation));
  return (
    particularity(right) - particularity(left) ||
    exact(right) - exact(left) ||
    CARE[right.level] - CARE[left.level]
  );
}

/**
 * What the autonomy lists say of an action. The clause with more conditions wins, then the one that names the operation
 * without a `*`, then the more careful one. What no clause names is asked.
 */
export function autonomyOf(
  constitution: Pick<Constitution, 'clauses'>,
  asked: AutonomyAsk,
): AutonomyAnswer {
  const fitting = constitution.clauses.filter((clause) => fits(clause, asked));
  const [first] = fitting.sort((left, right) => comesBefore(left, right, asked.operation));
  return first === undefined
    ? { level: 'confirm', clause: null }
    : { level: first.level, clause: first };
}
