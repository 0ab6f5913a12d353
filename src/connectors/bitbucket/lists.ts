import { z } from 'zod';
import type { Call } from '../../domain/connector.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { fitting } from '../rest-shape.ts';
import { pullRequestPath } from './client.ts';
import { User } from './payload.ts';
import type { PullRequestName } from './repository.ts';
import { isoOf, PersonView, personView, pullRequestLine, ReviewerView } from './views.ts';
import type { Workspace } from './workspace.ts';

const Commit = z.object({
  hash: z.string(),
  message: z.string().catch(''),
  date: z.string().nullable().catch(null),
  author: z.object({ user: User }).nullable().catch(null),
});

/** A commit in one line. The raw author is left out: it is an e-mail address. */
export const CommitView = z.object({
  hash: z.string(),
  message: z.string(),
  author: PersonView,
  at: z.string().nullable(),
});

/** Who reviews a pull request, and who reviews by default. */
export const ReviewersView = z.object({
  reviewers: z.array(ReviewerView),
  defaultReviewers: z.array(PersonView),
  complete: z.boolean(),
});

const PAGES = 3;

/** Reads the commits of a pull request. */
export async function listCommits(
  workspace: Workspace,
  input: PullRequestName,
  call: Call,
): Promise<{ commits: z.infer<typeof CommitView>[]; complete: boolean }> {
  const ask = { path: `${pullRequestPath(input)}/commits`, query: { pagelen: 100 }, pages: PAGES };
  const { values, complete } = await workspace.list(input.repository, ask, call);
  const commits = fitting(Commit)
    .parse(values)
    .map((commit) => ({
      hash: commit.hash.slice(0, 12),
      message: titleOf(commit.message),
      author: personView(commit.author?.user ?? null),
      at: isoOf(commit.date),
    }));
  return { commits, complete };
}

/** Reads the reviewers of a pull request and the default ones of its repository. */
export async function listReviewers(
  workspace: Workspace,
  input: PullRequestName,
  call: Call,
): Promise<z.infer<typeof ReviewersView>> {
  const pullRequest = await workspace.pullRequest(input, call);
  const path = `/repositories/${input.repository}/effective-default-reviewers`;
  const ask = { path, query: { pagelen: 100 }, pages: PAGES };
  const { values, complete } = await workspace.list(input.repository, ask, call);
  return {
    reviewers: pullRequestLine(input.repository, pullRequest).reviewers,
    defaultReviewers: fitting(z.object({ user: User }))
      .parse(values)
      .map(({ user }) => personView(user)),
    complete,
  };
}
