import type { TeamRole } from '../../domain/constitution.ts';
import type { Asker } from './policy-case.ts';

const OUTSIDE: ReadonlySet<TeamRole> = new Set(['guest', 'vendor']);

/** Whether somebody of the team, as the directives name it, is behind a request. */
export function isPersonOfTheTeam(asker: Asker | null): boolean {
  return asker !== null && !OUTSIDE.has(asker.role);
}
