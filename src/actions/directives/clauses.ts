import type { Clause, TeamRole } from '../../domain/constitution.ts';
import { ROLES } from '../../domain/constitution.ts';
import { DEFAULT_CLAUSES } from './defaults.ts';
import type { DirectiveEntry } from './entries.ts';
import type { AutonomyRule } from './rules.ts';

/** Roles of the people who belong to the team; vendors and guests do not. */
const TEAM: readonly TeamRole[] = ROLES.filter((role) => role !== 'vendor' && role !== 'guest');

function whenOf(rule: AutonomyRule): Clause['when'] {
  const { purposes, channels, asked_by: askedBy, to } = rule;
  const roles = askedBy?.flatMap((one) => (one === 'team' ? TEAM : [one]));
  return {
    ...(purposes === undefined ? {} : { purposes }),
    ...(channels === undefined ? {} : { channels }),
    ...(roles === undefined ? {} : { askedBy: [...new Set(roles)] }),
    ...(to === undefined ? {} : { to }),
  };
}

/** The clauses that the autonomy lists name; empty where they are sentences alone. */
export function namedClauses(entries: readonly DirectiveEntry[]): Clause[] {
  return entries.flatMap(({ level, rule, place, text }) => {
    const operations = rule?.operations;
    if (level === null || rule === null || operations === undefined) return [];
    return [{ level, operations, when: whenOf(rule), line: place.line, text }];
  });
}

/** The clauses in force: those that the file names, or without any the careful defaults. */
export function clausesOf(entries: readonly DirectiveEntry[]): readonly Clause[] {
  const named = namedClauses(entries);
  return named.length > 0 ? named : DEFAULT_CLAUSES;
}
