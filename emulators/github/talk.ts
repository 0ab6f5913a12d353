import type { Comment, Issue, LineComment, Review } from './github-state.ts';
import { nextId } from './github-state.ts';
import type { Place, PullPlace, Site } from './github-site.ts';
import { note, shaOf, tell, tellItem, toggle } from './github-site.ts';
import {
  commentShape,
  headOf,
  issueShape,
  lineCommentShape,
  reviewShape,
  simplePull,
} from './issue-shapes.ts';
import { nodeId, userShape } from './people-shapes.ts';

type Word = 'created' | 'edited' | 'deleted';

export function addComment(site: Site, place: Place, given: { by: string; body: string }): Comment {
  const at = site.now();
  const id = nextId(site.state);
  const comment: Comment = { id, author: given.by, body: given.body, created: at, updated: at };
  place.issue.comments.push(comment);
  place.issue.updated = at;
  tellComment(site, { place, comment }, { action: 'created', by: given.by });
  return comment;
}

export function editComment(
  site: Site,
  found: FoundComment,
  given: { by: string; body: string },
): void {
  Object.assign(found.comment, { body: given.body, updated: site.now() });
  tellComment(site, found, { action: 'edited', by: given.by });
}

export function deleteComment(site: Site, found: FoundComment, by: string): void {
  const { issue } = found.place;
  issue.comments = issue.comments.filter(({ id }) => id !== found.comment.id);
  tellComment(site, found, { action: 'deleted', by });
}

/** A comment with the issue that it stands under. */
export interface FoundComment {
  readonly place: Place;
  readonly comment: Comment;
}

function tellComment(
  site: Site,
  { place, comment }: FoundComment,
  given: { action: Word; by: string },
): void {
  const { repo, issue } = place;
  const view = site.view();
  const body = {
    action: given.action,
    ...(given.action === 'edited' ? { changes: { body: { from: '' } } } : {}),
    issue: issueShape(view, repo, issue),
    comment: commentShape(view, place, comment),
  };
  tell(site, repo, { event: 'issue_comment', by: given.by, body });
}

/** A review as it is handed in. */
export interface NewReview {
  readonly by: string;
  readonly state: 'approved' | 'changes_requested' | 'commented';
  readonly body?: string;
}

export function review(site: Site, place: PullPlace, given: NewReview): Review {
  const { by, state, body = '' } = given;
  const { pull } = place.issue;
  const made: Review = {
    id: nextId(site.state),
    author: by,
    submitted: site.now(),
    commit: headOf(pull),
    body,
    state,
  };
  pull.reviews.push(made);
  toggle(pull.reviewers, by, false);
  note(site, place.issue, { event: 'reviewed', actor: by, review: { ...made } });
  tellReview(site, place, { action: 'submitted', by, review: made });
  return made;
}

export function dismiss(site: Site, place: PullPlace, given: { by: string; review: Review }): void {
  const { by, review: dismissed } = given;
  note(site, place.issue, {
    event: 'review_dismissed',
    actor: by,
    about: dismissed.state,
    review: dismissed,
  });
  dismissed.state = 'dismissed';
  tellReview(site, place, { action: 'dismissed', by, review: dismissed });
}

function tellReview(
  site: Site,
  place: PullPlace,
  given: { action: string; by: string; review: Review },
): void {
  const view = site.view();
  const body = {
    action: given.action,
    review: reviewShape(view, place, { review: given.review, isPushed: true }),
    pull_request: simplePull(view, place.repo, place.issue),
  };
  tell(site, place.repo, { event: 'pull_request_review', by: given.by, body });
}

/** A comment on a line, which also makes a review without a word. */
export function addLineComment(
  site: Site,
  place: PullPlace,
  given: { by: string; body: string; path: string; line: number },
): LineComment {
  const made = review(site, place, { by: given.by, state: 'commented' });
  const at = site.now();
  const comment: LineComment = {
    id: nextId(site.state),
    author: given.by,
    body: given.body,
    path: given.path,
    line: given.line,
    review: made.id,
    created: at,
    updated: at,
  };
  place.issue.pull.lineComments.push(comment);
  tellLine(site, place, { action: 'created', by: given.by, comment });
  return comment;
}

export function editLineComment(
  site: Site,
  place: PullPlace,
  given: { by: string; body: string; comment: LineComment },
): void {
  Object.assign(given.comment, { body: given.body, updated: site.now() });
  tellLine(site, place, { action: 'edited', by: given.by, comment: given.comment });
}

function tellLine(
  site: Site,
  place: PullPlace,
  given: { action: Word; by: string; comment: LineComment },
): void {
  const view = site.view();
  const body = {
    action: given.action,
    comment: lineCommentShape(view, place, given.comment),
    pull_request: simplePull(view, place.repo, place.issue),
  };
  tell(site, place.repo, { event: 'pull_request_review_comment', by: given.by, body });
}

/** Resolves the thread that begins with a comment; only hooks are told, no time line. */
export function resolveThread(
  site: Site,
  place: PullPlace,
  given: { by: string; comment: LineComment },
): void {
  place.issue.updated = site.now();
  const view = site.view();
  const comments = [lineCommentShape(view, place, given.comment)];
  const body = {
    action: 'resolved',
    thread: { node_id: nodeId('Thread', given.comment.id), comments },
    pull_request: simplePull(view, place.repo, place.issue),
  };
  tell(site, place.repo, { event: 'pull_request_review_thread', by: given.by, body });
}

/** Asks for a review or takes the request back; what is so already leaves no trace. */
export function requestReview(
  site: Site,
  place: PullPlace,
  given: { by: string; login: string; isOn: boolean },
): void {
  const { by, login, isOn } = given;
  if (!toggle(place.issue.pull.reviewers, login, isOn)) return;
  const event = isOn ? 'review_requested' : 'review_request_removed';
  note(site, place.issue, { event, actor: by, about: login });
  const more = { requested_reviewer: userShape(site.view(), login) };
  tellItem(site, place, { action: event, by, more });
}

/** Turns a draft into a pull request that is ready, or back. */
export function setDraft(
  site: Site,
  place: PullPlace,
  given: { by: string; isDraft: boolean },
): void {
  const { by, isDraft } = given;
  place.issue.pull.draft = isDraft;
  note(site, place.issue, {
    event: isDraft ? 'convert_to_draft' : 'ready_for_review',
    actor: by,
  });
  tellItem(site, place, { action: isDraft ? 'converted_to_draft' : 'ready_for_review', by });
}

/** A commit that is pushed. */
interface NewPush {
  readonly by: string;
  readonly message: string;
  /** When it was committed; now unless told. */
  readonly made?: Date;
}

/** Pushes a commit to a pull request: `push` and `synchronize` are told. */
export function pushTo(site: Site, place: PullPlace, given: NewPush): void {
  const { repo, issue } = place;
  const { by, message, made } = given;
  const before = headOf(issue.pull);
  const after = shaOf(repo.id, issue.pull.branch, issue.pull.commits.length);
  const at = site.now();
  const commit = { sha: after, message, author: by, at };
  issue.pull.commits.push(made === undefined ? commit : { ...commit, made });
  issue.updated = at;
  tellPush(site, place, { by, before, after, message });
  tellItem(site, place, { action: 'synchronize', by, more: { before, after } });
}

function tellPush(
  site: Site,
  { repo, issue }: PullPlace,
  given: { by: string; before: string; after: string; message: string },
): void {
  const { by, before, after, message } = given;
  const timestamp = site.now().toISOString();
  const commit = { id: after, message, timestamp };
  const body = {
    ref: `refs/heads/${issue.pull.branch}`,
    before,
    after,
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    commits: [commit],
    head_commit: commit,
    pusher: { name: by },
  };
  tell(site, repo, { event: 'push', by, body });
}

/** Where a comment stands, or undefined. */
export function commentIn(
  issues: Iterable<Issue>,
  id: number,
): { issue: Issue; comment: Comment } | undefined {
  for (const issue of issues) {
    const comment = issue.comments.find((one) => one.id === id);
    if (comment !== undefined) return { issue, comment };
  }
  return undefined;
}
