import type { Autonomy, Clause } from '../../domain/constitution.ts';
import { NEVER } from '../never-list.ts';
import type { DirectiveEntry } from './entries.ts';
import { namedClauses } from './clauses.ts';
import { isFigure } from './figures.ts';
import { coversPattern } from './operation-pattern.ts';
import { FIGURES, STATEMENTS } from './rules.ts';
import type { AutonomyRule, Enforcing, StatementName } from './rules.ts';

/** What code does with one part of a rule, and under which name it decides. */
export interface Enforcement {
  readonly by: Enforcing;
  readonly does: string;
}

const LEVELS: Readonly<Record<Autonomy, string>> = {
  automatic: 'done without asking',
  confirm: 'done with a word of a person',
  never: 'never done',
};

/** A clause in one line, e.g. `never done: *.delete-*`. */
export function clauseInWords({ level, operations, when }: Omit<Clause, 'line' | 'text'>): string {
  const parts = [
    ['for', when.purposes],
    ['in', when.channels],
    ['asked by', when.askedBy],
    ['to', when.to],
  ] as const;
  const conditions = parts.flatMap(([word, list]) =>
    list === undefined ? [] : [`${word} ${list.join(', ')}`],
  );
  return [`${LEVELS[level]}: ${operations.join(', ')}`, ...conditions].join('; ');
}

function isStatement(name: string): name is StatementName {
  return Object.hasOwn(STATEMENTS, name);
}

function onePart(name: string, value: unknown): Enforcement[] {
  if (isFigure(name) && typeof value === 'number') {
    const { by, says } = FIGURES[name];
    return [{ by, does: says(value) }];
  }
  if (isStatement(name)) return [{ by: STATEMENTS[name].by, does: STATEMENTS[name].says }];
  if (name === 'working_hours') return [hours(value === true)];
  if (name !== 'ask_when_uncertain') return [];
  const does =
    'what no directive names waits for a person, with its reason and the choices accept, edit, decline';
  return [{ by: 'autonomy', does }];
}

function hours(kept: boolean): Enforcement {
  const does = kept
    ? 'a message to a person waits for the next working hour of their own calendar'
    : 'messages to people leave at any hour';
  return { by: 'working-hours', does };
}

/** Everything that code does about a sentence; empty where it is advice. */
export function enforcementsOf(entry: DirectiveEntry): Enforcement[] {
  const rule: AutonomyRule = entry.rule ?? {};
  const clauses = namedClauses([entry]).map((clause): Enforcement => {
    const isFixed =
      clause.level === 'never' &&
      clause.operations.every((one) => NEVER.some((pattern) => coversPattern(pattern, one)));
    return { by: isFixed ? 'never-list' : 'autonomy', does: clauseInWords(clause) };
  });
  return [...clauses, ...Object.entries(rule).flatMap(([name, value]) => onePart(name, value))];
}
