import type { Comment, Entry, Issue, LineComment, Pull, Repo, Review } from './github-state.ts';
import { stamp } from './github-state.ts';
import { associationOf, nodeId, repoShape, SITE, stampOrNull, userShape } from './people-shapes.ts';
import type { View } from './people-shapes.ts';

/** Where the emulator and the site show something of a repository. */
export function placesOf(view: View, repo: Repo): { api: string; site: string } {
  const fullName = `${repo.owner}/${repo.name}`;
  return { api: `${view.url}/repos/${fullName}`, site: `${SITE}/${fullName}` };
}

export function labelShape(view: View, repo: Repo, name: string): object {
  const id = Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 1_000_000, 7);
  return {
    id,
    node_id: nodeId('Label', id),
    url: `${placesOf(view, repo).api}/labels/${encodeURIComponent(name)}`,
    name,
    color: 'ededed',
    default: false,
    description: '',
  };
}

function reactions(url: string): object {
  const none = { '+1': 0, '-1': 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 };
  return { url: `${url}/reactions`, total_count: 0, ...none };
}

/** What issues and pull requests share. */
function commonShape(view: View, repo: Repo, issue: Issue): Record<string, unknown> {
  const people = issue.assignees.map((login) => userShape(view, login));
  return {
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: userShape(view, issue.author),
    body: issue.body,
    labels: issue.labels.map((name) => labelShape(view, repo, name)),
    assignee: people[0] ?? null,
    assignees: people,
    milestone: null,
    created_at: stamp(issue.created),
    updated_at: stamp(issue.updated),
    closed_at: stampOrNull(issue.closed),
    author_association: associationOf(view, issue.author),
    active_lock_reason: null,
  };
}

/** An issue, or a pull request shown as one. */
export function issueShape(view: View, repo: Repo, issue: Issue): Record<string, unknown> {
  const { api, site } = placesOf(view, repo);
  const self = `${api}/issues/${issue.number}`;
  const { pull, number } = issue;
  const page = `${site}/${pull === null ? 'issues' : 'pull'}/${number}`;
  return {
    url: self,
    repository_url: api,
    labels_url: `${self}/labels{/name}`,
    comments_url: `${self}/comments`,
    events_url: `${self}/events`,
    html_url: page,
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    ...commonShape(view, repo, issue),
    comments: issue.comments.length,
    reactions: reactions(self),
    timeline_url: `${self}/timeline`,
    performed_via_github_app: null,
    state_reason: issue.state === 'closed' && pull === null ? 'completed' : null,
    ...(pull === null
      ? {}
      : {
          draft: pull.draft,
          pull_request: {
            url: `${api}/pulls/${number}`,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
            merged_at: stampOrNull(pull.merged),
          },
        }),
  };
}

/** The commit that a pull request ends with. */
export function headOf(pull: Pull): string {
  return pull.commits.at(-1)?.sha ?? '0'.repeat(40);
}

/** A pull request with everything that only `/pulls/{n}` and its webhook give. */
export function pullShape(
  view: View,
  repo: Repo,
  issue: Issue & { readonly pull: Pull },
): Record<string, unknown> {
  const { pull } = issue;
  return {
    ...simplePull(view, repo, issue),
    merged: pull.merged !== null,
    mergeable: pull.merged === null ? true : null,
    rebaseable: null,
    mergeable_state: 'clean',
    merged_by: pull.mergedBy === null ? null : userShape(view, pull.mergedBy),
    comments: issue.comments.length,
    review_comments: pull.lineComments.length,
    maintainer_can_modify: false,
    commits: pull.commits.length,
    additions: 1,
    deletions: 1,
    changed_files: 1,
  };
}

/** A pull request as reviews and their comments carry it: without `merged` and `mergeable`. */
export function simplePull(
  view: View,
  repo: Repo,
  issue: Issue & { readonly pull: Pull },
): Record<string, unknown> {
  const { api, site } = placesOf(view, repo);
  const { pull, number } = issue;
  const self = `${api}/pulls/${number}`;
  const page = `${site}/pull/${number}`;
  const head = headOf(pull);
  const side = (ref: string, sha: string): object => ({
    label: `${repo.owner}:${ref}`,
    ref,
    sha,
    user: userShape(view, repo.owner),
    repo: repoShape(view, repo),
  });
  return {
    url: self,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${api}/issues/${number}`,
    ...commonShape(view, repo, issue),
    merged_at: stampOrNull(pull.merged),
    merge_commit_sha: pull.merged === null ? null : head,
    requested_reviewers: pull.reviewers.map((login) => userShape(view, login)),
    requested_teams: [],
    draft: pull.draft,
    commits_url: `${self}/commits`,
    review_comments_url: `${self}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${number}/comments`,
    statuses_url: `${api}/statuses/${head}`,
    head: side(pull.branch, head),
    base: side(pull.base, 'b'.repeat(40)),
    _links: linksOf({ self, page, api, number, head }),
    auto_merge: null,
  };
}

function linksOf(at: {
  self: string;
  page: string;
  api: string;
  number: number;
  head: string;
}): object {
  const links = {
    self: at.self,
    html: at.page,
    issue: `${at.api}/issues/${at.number}`,
    comments: `${at.api}/issues/${at.number}/comments`,
    review_comments: `${at.self}/comments`,
    review_comment: `${at.api}/pulls/comments{/number}`,
    commits: `${at.self}/commits`,
    statuses: `${at.api}/statuses/${at.head}`,
  };
  return Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }]));
}

/** Something that belongs to an issue of a repository. */
export interface Within {
  readonly repo: Repo;
  readonly issue: Issue;
}

export function commentShape(view: View, { repo, issue }: Within, comment: Comment): object {
  const { api, site } = placesOf(view, repo);
  const self = `${api}/issues/comments/${comment.id}`;
  const page = `${site}/${issue.pull === null ? 'issues' : 'pull'}/${issue.number}`;
  return {
    url: self,
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: userShape(view, comment.author),
    created_at: stamp(comment.created),
    updated_at: stamp(comment.updated),
    author_association: associationOf(view, comment.author),
    body: comment.body,
    reactions: reactions(self),
    performed_via_github_app: null,
  };
}

export function lineCommentShape(
  view: View,
  { repo, issue }: Within,
  comment: LineComment,
): object {
  const { api, site } = placesOf(view, repo);
  const self = `${api}/pulls/comments/${comment.id}`;
  const pull = `${api}/pulls/${issue.number}`;
  const page = `${site}/pull/${issue.number}#discussion_r${comment.id}`;
  const sha = issue.pull === null ? '0'.repeat(40) : headOf(issue.pull);
  return {
    url: self,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    diff_hunk: '@@ -1 +1 @@',
    path: comment.path,
    commit_id: sha,
    original_commit_id: sha,
    user: userShape(view, comment.author),
    body: comment.body,
    created_at: stamp(comment.created),
    updated_at: stamp(comment.updated),
    html_url: page,
    pull_request_url: pull,
    author_association: associationOf(view, comment.author),
    _links: { self: { href: self }, html: { href: page }, pull_request: { href: pull } },
    reactions: reactions(self),
    line: comment.line,
    side: 'RIGHT',
  };
}

/** A review; webhooks write its state in lower case and an empty text as null. */
export function reviewShape(
  view: View,
  within: Within,
  given: { review: Review; isPushed: boolean },
): object {
  const { review, isPushed } = given;
  const { api, site } = placesOf(view, within.repo);
  const pull = `${api}/pulls/${within.issue.number}`;
  const page = `${site}/pull/${within.issue.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userShape(view, review.author),
    body: isPushed && review.body === '' ? null : review.body,
    state: isPushed ? review.state : review.state.toUpperCase(),
    html_url: page,
    pull_request_url: pull,
    author_association: associationOf(view, review.author),
    _links: { html: { href: page }, pull_request: { href: pull } },
    submitted_at: stamp(review.submitted),
    commit_id: review.commit,
  };
}

/** An entry of a time line in the shape that its event has. */
export function entryShape(view: View, within: Within, entry: Entry): object {
  const { api } = placesOf(view, within.repo);
  if (entry.event === 'reviewed' && entry.review !== undefined) {
    // Unlike the list of reviews, the time line writes the state in lower case.
    return {
      event: 'reviewed',
      ...reviewShape(view, within, { review: entry.review, isPushed: true }),
    };
  }
  const about = entry.about ?? '';
  const common = {
    id: entry.id,
    node_id: nodeId('Event', entry.id),
    url: `${api}/issues/events/${entry.id}`,
    actor: userShape(view, entry.actor),
    event: entry.event,
    commit_id: null,
    commit_url: null,
    created_at: stamp(entry.at),
    performed_via_github_app: null,
  };
  if (entry.event.endsWith('labeled'))
    return { ...common, label: { name: about, color: 'ededed' } };
  if (entry.event.endsWith('assigned')) return { ...common, assignee: userShape(view, about) };
  if (entry.event.startsWith('review_request')) {
    const requester = userShape(view, entry.actor);
    return { ...common, review_requester: requester, requested_reviewer: userShape(view, about) };
  }
  if (entry.event !== 'review_dismissed' || entry.review === undefined) return common;
  const { id } = entry.review;
  const dismissed = { state: about, review_id: id, dismissal_message: null };
  return { ...common, dismissed_review: dismissed };
}
