import { z } from 'zod';
import type { Autonomy, Clause } from '../../domain/constitution.ts';
import type { Operation } from '../../domain/connector.ts';
import { NEVER } from '../never-list.ts';
import { namedClauses } from './clauses.ts';
import { hint } from './nearest.ts';
import { coversPattern, matchesOperation } from './operation-pattern.ts';
import type { DirectiveProblem, ReviewCase } from './problem.ts';

const CARE: Readonly<Record<Autonomy, number>> = { automatic: 0, confirm: 1, never: 2 };

/** What is wrong with the clauses of the autonomy lists. */
export function clauseProblems(
  given: ReviewCase,
  operations: readonly Operation[],
): DirectiveProblem[] {
  const clauses = namedClauses(given.entries);
  return [
    ...clauses.flatMap((clause) => alone(clause, given, operations)),
    ...clauses.flatMap((clause, at) => beside(clause, clauses.slice(0, at), clauses)),
    ...twoPersonProblems(given, operations),
  ];
}

function problem(
  line: number,
  kind: DirectiveProblem['kind'],
  told: { readonly problem: string; readonly fix: string },
): DirectiveProblem {
  return { line, kind, ...told };
}

function alone(
  clause: Clause,
  given: ReviewCase,
  operations: readonly Operation[],
): DirectiveProblem[] {
  return [
    ...clause.operations.flatMap((pattern) => operationProblems(clause, pattern, operations)),
    ...conditionProblems(clause, operations),
    ...nameProblems(clause, given),
  ];
}

function operationProblems(
  { level, line }: Clause,
  pattern: string,
  operations: readonly Operation[],
): DirectiveProblem[] {
  const fixed = NEVER.find((never) => coversPattern(never, pattern));
  if (fixed !== undefined) {
    if (level === 'never') return [];
    const told = { problem: `${pattern} is never done (${fixed})`, fix: 'Leave it out' };
    return [problem(line, 'never-fires', told)];
  }
  const named = operations.filter(({ name }) => matchesOperation(pattern, name));
  const changes = named.filter(({ effect }) => effect !== 'read');
  if (named.length > 0 && changes.length === 0) {
    const told = {
      problem: `${pattern} only reads, and reading needs no leave`,
      fix: 'Leave it out',
    };
    return [problem(line, 'never-fires', told)];
  }
  // A guard may stand before what does not exist yet; a plain name that nobody knows is a slip.
  if (changes.length === 0) {
    if (level === 'never' && pattern.includes('*')) return [];
    return [unknownOperation(line, pattern, operations)];
  }
  if (level !== 'automatic' || !changes.every(alwaysAsked)) return [];
  const told = {
    problem: `${pattern} is decided by a person in every mode`,
    fix: 'Move it to `needs_confirmation`',
  };
  return [problem(line, 'never-fires', told)];
}

function alwaysAsked(operation: Operation): boolean {
  return (
    operation.effect === 'destroy' || (operation.effect === 'write' && operation.asks === true)
  );
}

function unknownOperation(
  line: number,
  pattern: string,
  operations: readonly Operation[],
): DirectiveProblem {
  const known = operations.filter(({ effect }) => effect !== 'read').map(({ name }) => name);
  const told = { problem: `no connector can do ${pattern}`, fix: hint(pattern, known) };
  return problem(line, 'unknown-operation', told);
}

/** Conditions that no named operation can meet. */
function conditionProblems(
  { operations: patterns, when, line }: Clause,
  operations: readonly Operation[],
): DirectiveProblem[] {
  const named = operations.filter(
    ({ name, effect }) =>
      effect !== 'read' && patterns.some((pattern) => matchesOperation(pattern, name)),
  );
  if (named.length === 0) return [];
  const problems: DirectiveProblem[] = [];
  if (when.channels !== undefined && !named.some(reachesChannels)) {
    const told = { problem: 'none of these operations reaches a channel', fix: 'Drop `channels`' };
    problems.push(problem(line, 'never-fires', told));
  }
  if (when.to !== undefined && !named.some(takesStatus)) {
    const told = { problem: 'none of these operations moves to a status', fix: 'Drop `to`' };
    problems.push(problem(line, 'never-fires', told));
  }
  return problems;
}

function reachesChannels(operation: Operation): boolean {
  return operation.effect !== 'read' && operation.reaches !== undefined;
}

function takesStatus({ input }: Operation): boolean {
  return !(input instanceof z.ZodObject) || 'to' in input.shape;
}

function nameProblems({ when, line }: Clause, given: ReviewCase): DirectiveProblem[] {
  const { channels, members } = given.constitution;
  const known = Object.keys(channels);
  const unknown = (when.channels ?? []).filter((one) => !known.includes(one));
  const roles = new Set<string>(members.map(({ role }) => role));
  const isAsked = when.askedBy?.some((role) => roles.has(role)) ?? true;
  const nobody = members.length > 0 && !isAsked;
  return [
    ...unknown.map((one) => {
      const told = { problem: `no channel serves for ${one}`, fix: hint(one, known) };
      return problem(line, 'unknown-channel', told);
    }),
    ...(nobody
      ? [
          problem(line, 'never-fires', {
            problem: `no member is ${when.askedBy?.join(' or ') ?? ''}`,
            fix: 'Give a member that role',
          }),
        ]
      : []),
  ];
}

/** Whether `wider` fits whenever `clause` does, for one of its patterns, and weighs as much: it has the same conditions. */
function standsBefore(wider: Clause, clause: Clause, pattern: string): boolean {
  const covers = wider.operations.some((one) =>
    pattern.includes('*') ? coversPattern(one, pattern) : one === pattern,
  );
  return covers && holdsWhenever(wider.when, clause.when);
}

function holdsWhenever(wider: Clause['when'], narrow: Clause['when']): boolean {
  const parts = ['purposes', 'channels', 'askedBy', 'to'] as const;
  return parts.every((part) => {
    const list: readonly string[] | undefined = wider[part];
    const own: readonly string[] | undefined = narrow[part];
    if (list === undefined || own === undefined) return list === own;
    return own.every((one) => list.includes(one));
  });
}

function beside(
  clause: Clause,
  earlier: readonly Clause[],
  all: readonly Clause[],
): DirectiveProblem[] {
  const covered = (others: readonly Clause[]): Clause | undefined =>
    others.find((other) =>
      clause.operations.every((pattern) => standsBefore(other, clause, pattern)),
    );
  const twin = covered(earlier.filter(({ level }) => level === clause.level));
  if (twin !== undefined) {
    const told = { problem: `line ${twin.line} says the same`, fix: 'Leave one of them out' };
    return [problem(clause.line, 'never-fires', told)];
  }
  const stricter = covered(all.filter(({ level }) => CARE[level] > CARE[clause.level]));
  if (stricter === undefined) return [];
  const told = {
    problem: `line ${stricter.line} is more careful about the same operations, so this never holds`,
    fix: 'Take it out of one of the lists, or name a condition',
  };
  return [problem(clause.line, 'contradiction', told)];
}

function twoPersonProblems(
  { constitution }: ReviewCase,
  operations: readonly Operation[],
): DirectiveProblem[] {
  return constitution.approvals.twoPerson.flatMap((pattern) => {
    const isKnown = operations.some(
      ({ name, effect }) => effect !== 'read' && matchesOperation(pattern, name),
    );
    return isKnown ? [] : [unknownOperation(0, pattern, operations)];
  });
}
