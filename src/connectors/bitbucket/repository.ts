import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { sha256 } from '../../lib/digest.ts';

const SLUG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const LONGEST_NAME = 150;

/** `workspace/slug`: nothing else may stand in a path as a repository. */
export const RepositoryName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, {
    error: 'not a repository like workspace/slug',
  })
  .describe('workspace/slug');

/** A pull request as the operations name it. */
export const PullRequestName = z.object({
  repository: RepositoryName,
  pullRequest: z.int().min(1).describe('the number of the pull request'),
});
export type PullRequestName = z.infer<typeof PullRequestName>;

/** Which repositories may be looked at. No slugs at all mean every repository of the workspace. */
export interface Watched {
  readonly workspace: string | null;
  readonly repos: readonly string[];
}

/** Whether the settings name this repository (`workspace/slug`). Slugs do not tell large letters from small ones. */
export function isWatched(repository: string, watched: Watched): boolean {
  const [workspace = '', slug = ''] = repository.toLowerCase().split('/');
  if (watched.workspace !== null && watched.workspace.toLowerCase() !== workspace) return false;
  return watched.repos.length === 0 || watched.repos.some((one) => one.toLowerCase() === slug);
}

/** Throws `denied` when this is no repository name, or one that is not watched. */
export function requireWatched(repository: string, watched: Watched): void {
  if (!RepositoryName.safeParse(repository).success) {
    throw new Failure('denied', 'That is not a repository like workspace/slug.');
  }
  if (isWatched(repository, watched)) return;
  throw new Failure('denied', `${repository} is not a watched repository.`, {
    fix: 'Add the repository to the watched repositories if it should be.',
  });
}

/** Whether this can be the slug of a workspace or a repository. */
export function isSlug(text: string): boolean {
  return SLUG.test(text);
}

/** The subject of a pull request. */
export function pullRequestSubject(repository: string, id: string | number): string {
  return `bitbucket:pull-request:${repository}/${id}`;
}

/** The subject of a branch, a tag or a commit. Long names are cut and told apart by a digest. */
export function refSubject(
  kind: 'branch' | 'tag' | 'commit',
  repository: string,
  name: string,
): string {
  const whole = name.length > LONGEST_NAME ? shortened(name) : name;
  return `bitbucket:${kind}:${repository}/${cleanText(whole).replace(/\s/g, encodeURIComponent)}`;
}

function shortened(name: string): string {
  return `${name.slice(0, LONGEST_NAME / 3)}~${sha256(name).slice(0, 16)}`;
}
