import { checkShape, commitShape, releaseShape, runShape, statusShape } from './build-shapes.ts';
import type { GithubCall, GithubRoute } from './github-call.ts';
import { isVisible, namesIn, ok, paged, pullOf, repoOf, sinceOf } from './github-call.ts';
import { invalid, notFound } from './github-error.ts';
import type { Repo } from './github-state.ts';
import { headOf, lineCommentShape, pullShape, reviewShape, simplePull } from './issue-shapes.ts';
import { isPull } from './github-site.ts';
import { repoShape } from './people-shapes.ts';
import { requestReview } from './talk.ts';

const REPO = '/repos/:owner/:repo';
const PULL = `${REPO}/pulls/:number`;

/** Pull requests, their reviews, checks and runs, and releases. */
export const pullRoutes: readonly GithubRoute[] = [
  { method: 'GET', pattern: `${REPO}/pulls/comments`, run: listLineComments },
  { method: 'GET', pattern: `${REPO}/pulls/comments/:comment`, run: oneLineComment },
  {
    method: 'GET',
    pattern: PULL,
    run: (call) => {
      const { repo, issue } = pullOf(call);
      return ok(pullShape(call.view, repo, issue));
    },
  },
  { method: 'GET', pattern: `${PULL}/reviews`, run: listReviews },
  { method: 'GET', pattern: `${PULL}/comments`, run: listOwnLineComments },
  { method: 'GET', pattern: `${PULL}/files`, run: listFiles },
  { method: 'GET', pattern: `${PULL}/commits`, run: listCommits },
  { method: 'POST', pattern: `${PULL}/requested_reviewers`, writes: true, run: postReviewers },
  { method: 'GET', pattern: `${REPO}/commits/:ref/check-runs`, run: listChecks },
  { method: 'GET', pattern: `${REPO}/commits/:ref/status`, run: combinedStatus },
  { method: 'GET', pattern: `${REPO}/actions/runs`, run: listRuns },
  { method: 'GET', pattern: `${REPO}/releases`, run: listReleases },
];

function listLineComments(call: GithubCall) {
  const repo = repoOf(call);
  const since = sinceOf(call);
  const rows = [...repo.issues.values()]
    .flatMap((issue) => (issue.pull?.lineComments ?? []).map((comment) => ({ issue, comment })))
    .filter(({ comment }) => comment.updated.getTime() >= since && isVisible(call, comment.updated))
    .toSorted((a, b) => a.comment.updated.getTime() - b.comment.updated.getTime());
  const sorted = call.query.get('direction') === 'asc' ? rows : rows.toReversed();
  return paged(
    call,
    sorted.map(({ issue, comment }) => lineCommentShape(call.view, { repo, issue }, comment)),
  );
}

function listOwnLineComments(call: GithubCall) {
  const place = pullOf(call);
  const rows = place.issue.pull.lineComments;
  return paged(
    call,
    rows.map((comment) => lineCommentShape(call.view, place, comment)),
  );
}

function oneLineComment(call: GithubCall) {
  const repo = repoOf(call);
  for (const issue of repo.issues.values()) {
    const comment = issue.pull?.lineComments.find(
      ({ id }) => String(id) === call.params['comment'],
    );
    if (comment !== undefined) return ok(lineCommentShape(call.view, { repo, issue }, comment));
  }
  throw notFound();
}

function listReviews(call: GithubCall) {
  const place = pullOf(call);
  return paged(
    call,
    place.issue.pull.reviews.map((review) =>
      reviewShape(call.view, place, { review, isPushed: false }),
    ),
  );
}

function listFiles(call: GithubCall) {
  const { repo, issue } = pullOf(call);
  const sha = headOf(issue.pull);
  const place = `${call.view.url}/repos/${repo.owner}/${repo.name}`;
  const file = {
    sha,
    filename: 'README.md',
    status: 'modified',
    additions: 1,
    deletions: 1,
    changes: 2,
    blob_url: `${place}/blob/${sha}/README.md`,
    raw_url: `${place}/raw/${sha}/README.md`,
    contents_url: `${place}/contents/README.md?ref=${sha}`,
  };
  return paged(call, [file]);
}

function listCommits(call: GithubCall) {
  const { repo, issue } = pullOf(call);
  return paged(
    call,
    issue.pull.commits.map((commit) => commitShape(call.view, repo, commit)),
  );
}

function postReviewers(call: GithubCall) {
  const place = pullOf(call);
  const { members } = call.site.state;
  const logins = namesIn(call.body['reviewers']);
  // Not even one is asked when one of them may not be.
  if (logins.some((login) => !members.has(login) || login === place.issue.author)) {
    throw invalid('PullRequest', 'reviewers');
  }
  for (const login of logins) {
    requestReview(call.site, place, { by: call.account.login, login, isOn: true });
  }
  return ok(simplePull(call.view, place.repo, place.issue), 201);
}

// A commit by its id, or the last one of a branch.
function shaFor(repo: Repo, ref: string): string {
  const pulls = [...repo.issues.values()].filter(isPull);
  const pull = pulls.find((issue) => issue.pull.branch === ref);
  return pull === undefined ? ref : headOf(pull.pull);
}

function listChecks(call: GithubCall) {
  const repo = repoOf(call);
  const sha = shaFor(repo, call.params['ref'] ?? '');
  // GitHub lists the newest first.
  const rows = repo.checks.filter((check) => check.sha === sha).toReversed();
  const shapes = rows.map((check) => checkShape(call.view, repo, check));
  return paged(call, shapes, (check_runs) => ({ total_count: shapes.length, check_runs }));
}

function combinedStatus(call: GithubCall) {
  const repo = repoOf(call);
  const sha = shaFor(repo, call.params['ref'] ?? '');
  const latest = new Map(
    repo.statuses.filter((one) => one.sha === sha).map((one) => [one.context, one]),
  );
  const rows = [...latest.values()];
  const isBad = rows.some(({ state }) => state === 'failure' || state === 'error');
  const isDone = rows.length > 0 && rows.every(({ state }) => state === 'success');
  const place = `${call.view.url}/repos/${repo.owner}/${repo.name}/commits/${sha}`;
  return paged(
    call,
    rows.map((status) => statusShape(call.view, repo, status)),
    (statuses) => ({
      state: isBad ? 'failure' : isDone ? 'success' : 'pending',
      statuses,
      sha,
      total_count: rows.length,
      repository: repoShape(call.view, repo),
      commit_url: place,
      url: `${place}/status`,
    }),
  );
}

function listRuns(call: GithubCall) {
  const repo = repoOf(call);
  const created = /^>=(.+)$/.exec(call.query.get('created') ?? '')?.[1];
  const floor = created === undefined ? 0 : Date.parse(created);
  const sha = call.query.get('head_sha');
  const rows = repo.runs
    .filter((run) => run.created.getTime() >= floor && isVisible(call, run.updated))
    .filter((run) => sha === null || run.sha === sha)
    .toReversed();
  const shapes = rows.map((run) => runShape(call.view, repo, run));
  return paged(call, shapes, (workflow_runs) => ({ total_count: shapes.length, workflow_runs }));
}

function listReleases(call: GithubCall) {
  const repo = repoOf(call);
  const rows = repo.releases.filter(({ published }) => isVisible(call, published)).toReversed();
  return paged(
    call,
    rows.map((release) => releaseShape(call.view, repo, release)),
  );
}
