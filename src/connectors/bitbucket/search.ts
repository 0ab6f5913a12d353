import { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { fitting } from '../rest-shape.ts';
import { PullRequest } from './payload.ts';
import { RepositoryName } from './repository.ts';
import type { PullRequestLine } from './views.ts';
import { pullRequestLine } from './views.ts';
import type { Workspace } from './workspace.ts';

const STATES = ['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED'] as const;

/** What may be asked of the pull requests of a repository. */
export const SEARCH_INPUT = z.object({
  repository: RepositoryName,
  states: z.array(z.enum(STATES)).min(1).max(4).default(['OPEN']),
  /** Lists leave reviewers and votes out unless they are asked for. */
  limit: z.int().min(1).max(200).default(50),
});

/** Lists leave these out unless they are asked for. */
export const WITH_REVIEWERS = '+values.participants,+values.reviewers';

/** Lists pull requests, last changed first. Throws a `Failure`. */
export async function listPullRequests(
  workspace: Workspace,
  input: z.infer<typeof SEARCH_INPUT>,
  call: Call,
): Promise<{ pullRequests: PullRequestLine[]; complete: boolean }> {
  const { repository, states, limit } = input;
  const query = {
    // Without a state only open ones come; the parameter is repeated for each.
    state: states,
    sort: '-updated_on',
    pagelen: Math.min(limit, 50),
    fields: WITH_REVIEWERS,
  };
  const path = `/repositories/${repository}/pullrequests`;
  const enough = (values: readonly unknown[]) => values.length >= limit;
  const { values, complete } = await workspace.list(
    repository,
    { path, query, pages: 4, enough },
    call,
  );
  const lines = fitting(PullRequest)
    .parse(values)
    .map((one) => pullRequestLine(repository, one));
  return { pullRequests: lines.slice(0, limit), complete: complete && lines.length <= limit };
}
