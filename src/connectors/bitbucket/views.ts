import { z } from 'zod';
import { cleanText, titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { instantOf } from '../../lib/instant.ts';
import { commentText } from './comment-event.ts';
import type { Activity, Comment, CommitStatus, PullRequest, User } from './payload.ts';
import { accountIdOf, actorOf } from './person.ts';

const BODY_LIMIT = 4_000;

/** A person as operations show them. */
export const PersonView = z.object({ name: z.string(), id: z.string().nullable() });
export type PersonView = z.infer<typeof PersonView>;

/** A reviewer and what they said last. */
export const ReviewerView = PersonView.extend({
  state: z.enum(['approved', 'changes_requested', 'waiting']),
});
export type ReviewerView = z.infer<typeof ReviewerView>;

/** A pull request in one line. */
export const PullRequestLine = z.object({
  repository: z.string(),
  pullRequest: z.int(),
  title: z.string(),
  /** OPEN, MERGED, DECLINED or SUPERSEDED. */
  state: z.string().nullable(),
  draft: z.boolean(),
  author: PersonView,
  source: z.string().nullable(),
  destination: z.string().nullable(),
  reviewers: z.array(ReviewerView),
  comments: z.int().nullable(),
  created: z.string().nullable(),
  updated: z.string().nullable(),
  url: z.string().nullable(),
});
export type PullRequestLine = z.infer<typeof PullRequestLine>;

/** A pull request with what it says. */
export const PullRequestView = PullRequestLine.extend({
  description: z.string().nullable(),
  sourceCommit: z.string().nullable(),
  openTasks: z.int().nullable(),
  closedBy: z.string().nullable(),
  reason: z.string().nullable(),
});
export type PullRequestView = z.infer<typeof PullRequestView>;

/** A comment in plain words. */
export const CommentView = z.object({
  id: z.string(),
  author: PersonView,
  at: z.string().nullable(),
  parent: z.string().nullable(),
  path: z.string().nullable(),
  line: z.int().nullable(),
  resolved: z.boolean(),
  text: z.string().nullable(),
  url: z.string().nullable(),
});
export type CommentView = z.infer<typeof CommentView>;

/** One line of the log of a pull request. */
export const ActivityView = z.object({
  what: z.enum(['update', 'approval', 'changes-requested']),
  by: PersonView,
  at: z.string().nullable(),
  text: z.string(),
});
export type ActivityView = z.infer<typeof ActivityView>;

/** A build of a commit. */
export const StatusView = z.object({
  name: z.string(),
  state: z.string(),
  commit: z.string(),
  ref: z.string().nullable(),
  description: z.string().nullable(),
  at: z.string().nullable(),
  url: z.string().nullable(),
});
export type StatusView = z.infer<typeof StatusView>;

/** A person in plain words. */
export function personView(user: User): PersonView {
  return { name: actorOf(user).name, id: accountIdOf(user) };
}

/** A pull request in one line. */
export function pullRequestLine(repository: string, pullRequest: PullRequest): PullRequestLine {
  const { source, destination } = pullRequest;
  return {
    repository,
    pullRequest: Number(pullRequest.id),
    title: titleOf(pullRequest.title ?? ''),
    state: pullRequest.state,
    draft: pullRequest.draft ?? false,
    author: personView(pullRequest.author),
    source: source?.branch?.name ?? null,
    destination: destination?.branch?.name ?? null,
    reviewers: reviewerViews(pullRequest),
    comments: pullRequest.comment_count,
    created: isoOf(pullRequest.created_on),
    updated: isoOf(pullRequest.updated_on),
    url: pullRequest.links?.html?.href ?? null,
  };
}

/** A pull request with what it says. */
export function pullRequestView(repository: string, pullRequest: PullRequest): PullRequestView {
  return {
    ...pullRequestLine(repository, pullRequest),
    description: clipped(pullRequest.description),
    sourceCommit: pullRequest.source?.commit?.hash ?? null,
    openTasks: pullRequest.task_count,
    closedBy: pullRequest.closed_by === null ? null : actorOf(pullRequest.closed_by).name,
    reason: clipped(pullRequest.reason),
  };
}

/** The reviewers of a pull request and what each said last. `participants` holds also those who only commented. */
function reviewerViews({ reviewers, participants }: PullRequest): ReviewerView[] {
  return reviewers.map((user) => {
    const id = accountIdOf(user);
    const own = participants.find((one) => accountIdOf(one.user) === id && id !== null);
    // Older answers have no `state`.
    const isApproved = own?.state === 'approved' || own?.approved === true;
    const state = own?.state === 'changes_requested' ? 'changes_requested' : 'waiting';
    return { ...personView(user), state: isApproved ? 'approved' : state };
  });
}

/** A comment in plain words. */
export function commentView(comment: Comment): CommentView {
  return {
    id: comment.id,
    author: personView(comment.user),
    at: isoOf(comment.created_on),
    parent: comment.parent?.id ?? null,
    path: comment.inline?.path ?? null,
    line: comment.inline?.to ?? comment.inline?.from ?? null,
    resolved: comment.resolution !== null,
    text: clipped(commentText(comment)),
    url: comment.links?.html?.href ?? null,
  };
}

/** A line of the log in plain words; `null` for what is shown elsewhere (comments). */
export function activityView(activity: Activity): ActivityView | null {
  const { update, approval, changes_requested: changes } = activity;
  if (update !== null) {
    const commit = update.source?.commit?.hash ?? 'unknown';
    const text = `${update.state ?? 'unknown'} at ${commit}: ${titleOf(update.title ?? '')}`;
    return { what: 'update', by: personView(update.author), at: isoOf(update.date), text };
  }
  const review = approval ?? changes;
  if (review === null) return null;
  const what = approval === null ? 'changes-requested' : 'approval';
  const by = personView(review.user);
  const text = what === 'approval' ? `${by.name} approved` : `${by.name} requested changes`;
  return { what, by, at: isoOf(review.date), text };
}

/** A build in plain words. */
export function statusView(status: CommitStatus): StatusView {
  return {
    name: titleOf(status.name ?? status.key),
    state: status.state,
    commit: status.commit.hash.slice(0, 12),
    ref: status.refname,
    description: clipped(status.description),
    at: isoOf(status.updated_on),
    url: status.url,
  };
}

/** An instant of Bitbucket as ISO 8601 UTC. */
export function isoOf(value: unknown): string | null {
  const at = instantOf(value);
  return at === null ? null : iso(at);
}

function clipped(text: string | null): string | null {
  if (text === null || text === '') return null;
  return text.length > BODY_LIMIT ? `${cleanText(text, BODY_LIMIT)} [cut]` : cleanText(text);
}
