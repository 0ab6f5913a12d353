import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';

/** The number of an issue: nothing else may stand in a path as an issue. */
export const IssueId = z.string().regex(/^\d{1,20}$/, 'not the number of an issue');

/** The slug of a project. */
export const ProjectSlug = z.string().regex(/^[a-z0-9_-]{1,100}$/, 'not the slug of a project');

/** Whether the settings name this project; no names at all mean every project. */
export function isWatched(project: string, projects: readonly string[]): boolean {
  return projects.length === 0 || projects.includes(project);
}

/** Throws `denied` when the project is not watched. */
export function requireWatched(project: string, projects: readonly string[]): void {
  if (isWatched(project, projects)) return;
  throw new Failure('denied', 'That is not in a watched project.', {
    fix: 'Add the project to the watched projects if it should be.',
  });
}
