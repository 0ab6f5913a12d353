import type { Call } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import type { PullRequestSituation, Situation } from '../../domain/situation.ts';
import type { Subject } from '../../domain/subject.ts';
import { titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import { sha256 } from '../../lib/digest.ts';
import { instantOf } from '../../lib/instant.ts';
import { unlessClosed } from '../closed-door.ts';
import { nameOf } from './gather.ts';
import type { Activity, Comment, CommitStatus, PullRequest } from './payload.ts';
import { accountIdOf } from './person.ts';
import type { PullRequestName } from './repository.ts';
import { pullRequestSubject } from './repository.ts';
import type { DatedUpdate } from './survey-log.ts';
import {
  accountOf,
  addedAt,
  draftChangesIn,
  pushesIn,
  reviewsIn,
  updatesIn,
} from './survey-log.ts';
import { isoOf } from './views.ts';
import type { Workspace } from './workspace.ts';

/**
 * How a pull request stands; `null` when it is gone, hidden from us or in no watched repository, and for any other subject.
 * Four calls, one more for each fifty lines of a long log, at most nine. Throws a `Failure`.
 */
export async function surveyBitbucket(
  workspace: Workspace,
  subject: Subject,
  call: Call,
): Promise<Situation | null> {
  const name = nameOf(subject);
  if (name === null) return null;
  return unlessClosed<Situation | null>(situationOf(workspace, name, call), null);
}

async function situationOf(
  workspace: Workspace,
  name: PullRequestName,
  call: Call,
): Promise<PullRequestSituation> {
  const pullRequest = await workspace.pullRequest(name, call);
  const [activity, comments, statuses] = await Promise.all([
    workspace.activity(name, call),
    workspace.comments(name, call, 1),
    unlessClosed(workspace.statuses(name, call), { items: [], complete: false }),
  ]);
  const updates = updatesIn(activity.items);
  return {
    ...fieldsOf(name, pullRequest),
    requests: requestsOf(pullRequest, updates),
    draftChanges: draftChangesIn(updates),
    reviews: reviewsIn(activity.items),
    comments: commentsOf(comments.items),
    pushes: pushesIn(updates),
    checks: checksOf(pullRequest, statuses.items),
    mergedAt: mergedAt(pullRequest, activity.items),
  };
}

type Past = 'requests' | 'draftChanges' | 'reviews' | 'comments' | 'pushes' | 'checks' | 'mergedAt';

function fieldsOf(
  { repository, pullRequest: id }: PullRequestName,
  pullRequest: PullRequest,
): Omit<PullRequestSituation, Past> {
  const title = pullRequest.title ?? '';
  return {
    kind: 'pull-request',
    subject: pullRequestSubject(repository, id),
    name: `${repository.split('/').at(-1) ?? repository}#${id}`,
    title: titleOf(title),
    url: pullRequest.links?.html?.href ?? null,
    createdAt: createdAt(pullRequest),
    textDigest: sha256(`${title}\n${pullRequest.description ?? ''}`),
    state: STATES.get(pullRequest.state ?? '') ?? 'declined',
    draft: pullRequest.draft === true,
    author: accountOf(pullRequest.author),
    critical: CRITICAL.test(title),
    // Counting them would take two calls more.
    lines: null,
  };
}

const CRITICAL = /\b(?:hotfix|critical|urgent|p0|sev-?[01])\b/i;

// A pull request that was superseded has ended too.
const STATES: ReadonlyMap<string, PullRequestSituation['state']> = new Map([
  ['OPEN', 'open'],
  ['MERGED', 'merged'],
  ['DECLINED', 'declined'],
  ['SUPERSEDED', 'declined'],
]);

function createdAt({ created_on: moment }: PullRequest): string {
  const at = isoOf(moment);
  if (at !== null) return at;
  throw new Failure('bad-answer', 'The pull request does not say when it was made.');
}

// A reviewer stays one after the vote; asked for now is only who has not voted.
function requestsOf(
  pullRequest: PullRequest,
  updates: readonly DatedUpdate[],
): PullRequestSituation['requests'] {
  return pullRequest.reviewers.flatMap((user) => {
    const reviewer = accountOf(user);
    const id = accountIdOf(user);
    if (reviewer === null || id === null || hasVoted(pullRequest, id)) return [];
    const added = addedAt(updates, id);
    return [{ reviewer, at: added === null ? createdAt(pullRequest) : iso(added) }];
  });
}

function hasVoted({ participants }: PullRequest, id: string): boolean {
  const own = participants.find(({ user }) => accountIdOf(user) === id);
  return own?.approved === true || (own?.state ?? null) !== null;
}

function commentsOf(comments: readonly Comment[]): PullRequestSituation['comments'] {
  const found = comments.flatMap((comment) => {
    const at = isoOf(comment.created_on);
    if (at === null || comment.deleted === true || comment.pending === true) return [];
    return [{ at, by: accountOf(comment.user), inline: comment.inline !== null }];
  });
  return found.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

// Builds of commits that were replaced since say nothing any more.
function checksOf(
  { source }: PullRequest,
  statuses: readonly CommitStatus[],
): PullRequestSituation['checks'] {
  const head = source?.commit?.hash ?? null;
  const states = statuses
    .filter(({ commit }) => head !== null && commit.hash.startsWith(head))
    .map(({ state }) => state);
  if (states.some((state) => state === 'FAILED' || state === 'STOPPED')) return 'failing';
  if (states.length === 0) return 'unknown';
  return states.every((state) => state === 'SUCCESSFUL') ? 'passing' : 'pending';
}

function mergedAt(pullRequest: PullRequest, log: readonly Activity[]): string | null {
  if (pullRequest.state !== 'MERGED') return null;
  const told = log.find(({ update }) => update?.state === 'MERGED')?.update?.date ?? null;
  const at = instantOf(told ?? pullRequest.updated_on);
  return at === null ? null : iso(at);
}
