import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';

/** `ABC-123`: nothing else may stand in a path or a query as an issue. */
export const IssueKey = z
  .string()
  .max(100)
  .regex(/^[A-Z][A-Z0-9_]+-\d+$/, 'not an issue key like ABC-123');

/** The project of an issue key. */
export function projectOf(key: string): string {
  return key.slice(0, key.lastIndexOf('-'));
}

/** Whether the settings name this project; no names at all mean every project. */
export function isWatched(project: string, projects: readonly string[]): boolean {
  return projects.length === 0 || projects.includes(project);
}

/** Throws `denied` when this is no issue key or its project is not watched. */
export function requireWatched(key: string, projects: readonly string[]): void {
  if (!IssueKey.safeParse(key).success) throw new Failure('denied', 'That is not an issue key.');
  if (isWatched(projectOf(key), projects)) return;
  throw new Failure('denied', `${key} is not in a watched project.`, {
    fix: 'Add the project to the watched projects if it should be.',
  });
}
