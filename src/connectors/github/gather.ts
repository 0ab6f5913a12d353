import type { Call } from '../../domain/connector.ts';
import type { Fact } from '../../domain/fact.ts';
import type { Subject } from '../../domain/subject.ts';
import { checksOf } from './list-checks.ts';
import { latestComments, latestReviews } from './lists.ts';
import type { Place } from './place.ts';
import { placeOf } from './place.ts';
import type { GithubSite } from './site.ts';
import type { CommentView, IssueView, PullView } from './views.ts';
import { commentView, issueView, pullView } from './views.ts';

const LATEST = 20;

/** What GitHub knows of an issue or a pull request; nothing for any other subject. Throws a `Failure`. */
export async function gatherGithub(
  site: GithubSite,
  subject: Subject,
  call: Call,
): Promise<readonly Fact[]> {
  const place = placeOf(subject);
  if (place === null) return [];
  return place.kind === 'issue' ? issueFacts(site, place, call) : pullFacts(site, place, call);
}

async function issueFacts(site: GithubSite, place: Place, call: Call): Promise<Fact[]> {
  const issue = issueView(place.repo, await site.issue(place.repo, place.number, call));
  const comments = await latestComments(site, place, { limit: LATEST, call });
  const milestone =
    issue.milestone === null ? [] : [['milestone', `Milestone: ${issue.milestone}`]];
  return [
    ...fieldFacts(issue, milestone),
    ...comments.map((comment) => commentFact(commentView(comment))),
  ];
}

async function pullFacts(site: GithubSite, place: Place, call: Call): Promise<Fact[]> {
  const pull = pullView(place.repo, await site.pull(place.repo, place.number, call));
  const ask = { limit: LATEST, call };
  const [comments, reviews, checks] = await Promise.all([
    latestComments(site, place, ask),
    latestReviews(site, place, ask),
    pull.head === null ? null : checksOf(site, { repo: place.repo, ref: pull.head }, call),
  ]);
  const reviewers = pull.reviewers.length === 0 ? 'nobody' : pull.reviewers.join(', ');
  const lines = [
    ['branch', `Branch: ${pull.branch ?? '?'} into ${pull.base ?? '?'}`],
    ['reviewers', `Review requested of: ${reviewers}`],
    ...(pull.draft ? [['draft', 'It is a draft.']] : []),
  ];
  const checkLines = (checks?.checks ?? []).map(({ name, state }) => `${name}: ${state}`);
  return [
    ...fieldFacts(pull, lines),
    ...reviews.map((review) => reviewFact(review, pull)),
    ...(checkLines.length === 0
      ? []
      : fieldFacts(pull, [['checks', `Checks: ${checkLines.join('; ')}`]]).slice(-1)),
    ...comments.map((comment) => commentFact(commentView(comment))),
  ];
}

function fieldFacts(item: IssueView | PullView, more: readonly (readonly string[])[]): Fact[] {
  const assignees = item.assignees.length === 0 ? 'nobody' : item.assignees.join(', ');
  const lines: readonly (readonly (string | null)[])[] = [
    ['title', item.title],
    ['state', `State: ${item.state}`],
    ['author', `Author: ${item.author ?? 'ghost'}`],
    ['assignees', `Assigned to: ${assignees}`],
    ['labels', item.labels.length === 0 ? null : `Labels: ${item.labels.join(', ')}`],
    ['description', item.body],
    ...more,
  ];
  return lines.flatMap(([kind, text]): Fact[] => {
    if (!kind || !text) return [];
    const id = `github:${item.kind}:${item.repo}#${item.number}#${kind}`;
    return [{ id, kind, text, at: null, author: null, url: item.url }];
  });
}

function commentFact(comment: CommentView): Fact {
  return {
    id: `github:comment:${comment.id}`,
    kind: 'comment',
    text: comment.text,
    at: comment.at,
    author: comment.author,
    url: comment.url,
  };
}

type ReviewRow = Awaited<ReturnType<typeof latestReviews>>[number];

// An approval of commits that were replaced since stays in the list (contracts/github.md section 4).
function reviewFact(review: ReviewRow, pull: PullView): Fact {
  const age = review.commit_id === pull.head ? '' : ' (of older commits)';
  const text = review.body === null || review.body === '' ? '' : `: ${review.body}`;
  return {
    id: `github:review:${review.id}`,
    kind: 'review',
    text: `Review ${review.state}${age}${text}`,
    at: typeof review.submitted_at === 'string' ? review.submitted_at : null,
    author: review.user?.login ?? 'ghost',
    url: review.html_url,
  };
}
