import {
  accountShape,
  commentShape,
  commitShape,
  pullRequestShape,
  statusShape,
  wholeRepository,
} from './bitbucket-shapes.ts';
import type { View } from './bitbucket-shapes.ts';
import type { Push, SiteEvent } from './bitbucket-site.ts';
import type { Commit, Repository } from './bitbucket-state.ts';

const MOST_COMMITS = 5;

/** The body of a webhook (contracts/bitbucket.md section 1.4). It does not name the event. */
export function webhookBody(view: View, event: SiteEvent): Record<string, unknown> {
  const { repository, pullRequest, comment, review, status, push } = event;
  const people = ['participants', 'reviewers'];
  return {
    repository: wholeRepository(view, repository),
    actor: accountShape(view, event.actor),
    ...(pullRequest
      ? { pullrequest: pullRequestShape(view, repository, { data: pullRequest, people }) }
      : {}),
    ...(comment && pullRequest
      ? { comment: commentShape(view, repository, { data: pullRequest, comment }) }
      : {}),
    ...(review
      ? { [review.field]: { date: review.at, user: accountShape(view, event.actor) } }
      : {}),
    ...(status ? { commit_status: statusShape(view, repository, status) } : {}),
    ...(push ? { push: { changes: [changeShape(view, repository, push)] } } : {}),
  };
}

function changeShape(view: View, repository: Repository, push: Push): object {
  const commits = push.commits.slice(0, MOST_COMMITS);
  return {
    old: refShape(view, repository, { branch: push.branch, commit: push.old }),
    new: refShape(view, repository, { branch: push.branch, commit: push.new }),
    created: push.old === null,
    closed: push.new === null,
    forced: push.forced,
    truncated: push.commits.length > MOST_COMMITS,
    commits: commits.map((commit) => commitShape(view, repository, commit)),
  };
}

function refShape(
  view: View,
  repository: Repository,
  { branch, commit }: { readonly branch: string; readonly commit: Commit | null },
): object | null {
  if (commit === null) return null;
  return { type: 'branch', name: branch, target: commitShape(view, repository, commit) };
}
