import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';

/** `ABC-123`: nothing else may stand in a path or a query as an issue. */
export const IssueKey = z
  .string()
  .max(100)
  .regex(/^[A-Z][A-Z0-9_]+-\d+$/, 'not an issue key like ABC-123');

/** `ABC`: the key of a project. */
export const ProjectKey = z
  .string()
  .max(80)
  .regex(/^[A-Z][A-Z0-9_]+$/, 'not a project key like ABC');

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
  if (!isWatched(projectOf(key), projects)) throw notWatched(`${key} is not in a watched project.`);
}

/** Throws `denied` when this project is not watched. */
export function requireProject(project: string, projects: readonly string[]): void {
  if (!isWatched(project, projects)) throw notWatched(`Project ${project} is not watched.`);
}

function notWatched(message: string): Failure {
  return new Failure('denied', message, {
    fix: 'Add the project to the watched projects if it should be.',
  });
}
