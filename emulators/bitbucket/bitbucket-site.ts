import { hashFor } from './bitbucket-seed.ts';
import type {
  Activity,
  BitbucketState,
  Comment,
  Commit,
  PullRequest,
  PullRequestData,
  Repository,
  Status,
} from './bitbucket-state.ts';

/** Something that happened, before it becomes a webhook. `actor` is the uuid of an account. */
export interface SiteEvent {
  readonly name: string;
  readonly actor: string;
  readonly repository: Repository;
  readonly pullRequest?: PullRequestData;
  readonly comment?: Comment;
  readonly review?: { readonly field: 'approval' | 'changes_request'; readonly at: string };
  readonly status?: Status;
  readonly push?: Push;
}

export interface Push {
  readonly branch: string;
  readonly old: Commit | null;
  readonly new: Commit | null;
  readonly commits: readonly Commit[];
  readonly forced: boolean;
}

export interface SiteParts {
  readonly state: BitbucketState;
  readonly now: () => Date;
  readonly announce: (event: SiteEvent) => void;
}

export interface NewPullRequest {
  readonly title: string;
  readonly branch: string;
  readonly description?: string;
  readonly destination?: string;
  readonly reviewers?: readonly string[];
  readonly draft?: boolean;
}

export type PullRequestPatch = Partial<
  Pick<PullRequestData, 'title' | 'description' | 'draft'> & { reviewers: readonly string[] }
>;

/** An instant as Bitbucket writes it, with microseconds. */
export function stamp(now: Date, micros = 0): string {
  const text = now.toISOString().slice(0, -1);
  return `${text}${String(micros).padStart(3, '0')}+00:00`;
}

/** Keeps this moment of a pull request for lists that lag. The change itself moves `updated` a moment later. */
function touch({ now }: SiteParts, { data, moments }: PullRequest): void {
  const later = new Date(now().getTime() + 17);
  data.updated = stamp(later, 190);
  moments.push({ at: now().getTime(), data: structuredClone(data) });
}

/** A pull request as a list shows it that is `lagMs` behind; undefined when it is too new. */
export function lagged(pullRequest: PullRequest, until: number): PullRequestData | undefined {
  return pullRequest.moments.findLast(({ at }) => at <= until)?.data;
}

interface Logged {
  readonly author: string;
  readonly changes?: Extract<Activity, { kind: 'update' }>['changes'];
}

/** Writes a line about the pull request as it is now into its log. */
function logUpdate(
  { now }: SiteParts,
  { data }: PullRequest,
  { author, changes = {} }: Logged,
): void {
  const { title, description, state, reason, source, destination } = data;
  const at = stamp(now(), 558);
  data.log.push({
    kind: 'update',
    at,
    author,
    title,
    description,
    state,
    reason,
    source,
    destination,
    changes,
  });
}

export function createPullRequest(
  parts: SiteParts,
  repository: Repository,
  { author, ...wanted }: NewPullRequest & { readonly author: string },
): PullRequest {
  const { branch, destination = 'main' } = wanted;
  const head = repository.branches.get(branch) ?? commitTo(parts, repository, { branch, author });
  const created = stamp(parts.now(), 36);
  const data: PullRequestData = {
    id: repository.pullRequests.length + 1,
    title: wanted.title,
    description: wanted.description ?? '',
    state: 'OPEN',
    author,
    source: { branch, hash: head.hash.slice(0, 12) },
    destination: {
      branch: destination,
      hash: (repository.branches.get(destination)?.hash ?? hashFor(destination)).slice(0, 12),
    },
    draft: wanted.draft ?? false,
    reviewers: [...(wanted.reviewers ?? [])],
    participants: [],
    comments: [],
    log: [],
    commits: [head],
    created,
    updated: created,
    closedBy: null,
    reason: '',
    mergeCommit: null,
  };
  const pullRequest: PullRequest = { data, moments: [] };
  data.participants = data.reviewers.map((account) => ({
    account,
    role: 'REVIEWER',
    state: null,
    at: null,
  }));
  logUpdate(parts, pullRequest, { author });
  touch(parts, pullRequest);
  repository.pullRequests.push(pullRequest);
  parts.announce({ name: 'pullrequest:created', actor: author, repository, pullRequest: data });
  return pullRequest;
}

/** Where somebody acts: the pull request and who does it. */
export interface Acting {
  readonly repository: Repository;
  readonly pullRequest: PullRequest;
  readonly actor: string;
}

export function updatePullRequest(parts: SiteParts, acting: Acting, patch: PullRequestPatch): void {
  const { pullRequest, repository, actor } = acting;
  const { data } = pullRequest;
  const { reviewers, ...fields } = patch;
  const isDraft = patch.draft ?? data.draft;
  const added = reviewers?.filter((one) => !data.reviewers.includes(one)) ?? [];
  const changes = {
    ...(isDraft === data.draft ? {} : { draft: { old: data.draft, new: isDraft } }),
    ...(added.length === 0 ? {} : { added }),
  };
  Object.assign(data, fields);
  if (reviewers) {
    data.reviewers = [...reviewers];
    for (const account of reviewers) participantOf(data, account).role = 'REVIEWER';
  }
  logUpdate(parts, pullRequest, { author: actor, changes });
  touch(parts, pullRequest);
  parts.announce({ name: 'pullrequest:updated', actor, repository, pullRequest: data });
}

export function closePullRequest(
  parts: SiteParts,
  acting: Acting,
  { state, reason = '' }: { readonly state: 'MERGED' | 'DECLINED'; readonly reason?: string },
): void {
  const { pullRequest, repository, actor } = acting;
  const { data } = pullRequest;
  data.state = state;
  data.reason = reason;
  data.closedBy = actor;
  if (state === 'MERGED') data.mergeCommit = hashFor(`merge ${data.id}`).slice(0, 12);
  logUpdate(parts, pullRequest, { author: actor });
  touch(parts, pullRequest);
  const name = state === 'MERGED' ? 'pullrequest:fulfilled' : 'pullrequest:rejected';
  parts.announce({ name, actor, repository, pullRequest: data });
}

const REVIEWS = {
  approve: { name: 'pullrequest:approved', field: 'approval', state: 'approved' },
  unapprove: { name: 'pullrequest:unapproved', field: 'approval', state: null },
  'request-changes': {
    name: 'pullrequest:changes_request_created',
    field: 'changes_request',
    state: 'changes_requested',
  },
  'withdraw-request': {
    name: 'pullrequest:changes_request_removed',
    field: 'changes_request',
    state: null,
  },
} as const;

export type ReviewAct = keyof typeof REVIEWS;

/** Gives or takes back a vote. What is taken back leaves the log. */
export function review(parts: SiteParts, acting: Acting, act: ReviewAct): void {
  const { pullRequest, repository, actor } = acting;
  const { data } = pullRequest;
  const { name, field, state } = REVIEWS[act];
  const at = stamp(parts.now(), 598);
  const participant = participantOf(data, actor);
  participant.state = state;
  participant.at = at;
  const kind = field === 'approval' ? 'approval' : 'changes_requested';
  if (state === null) {
    data.log = data.log.filter((line) => line.kind !== kind || line.author !== actor);
  } else data.log.push({ kind, at, author: actor });
  touch(parts, pullRequest);
  parts.announce({ name, actor, repository, pullRequest: data, review: { field, at } });
}

function participantOf(data: PullRequestData, account: string) {
  const known = data.participants.find((one) => one.account === account);
  if (known) return known;
  const fresh = { account, role: 'PARTICIPANT' as const, state: null, at: null };
  data.participants.push(fresh);
  return data.participants.at(-1) ?? fresh;
}

export interface NewComment {
  readonly raw: string;
  readonly parent?: number | null;
  readonly inline?: { readonly path: string; readonly to: number } | null;
}

export function addComment(parts: SiteParts, acting: Acting, wanted: NewComment): Comment {
  const { pullRequest, repository, actor } = acting;
  const { data } = pullRequest;
  parts.state.nextId += 1;
  const comment: Comment = {
    id: parts.state.nextId,
    author: actor,
    raw: wanted.raw,
    created: stamp(parts.now(), 925),
    updated: stamp(parts.now(), 978),
    deleted: false,
    parent: wanted.parent ?? null,
    inline: wanted.inline ?? null,
    resolution: null,
  };
  data.comments.push(comment);
  data.log.push({ kind: 'comment', at: comment.created, comment: comment.id });
  participantOf(data, actor).at = comment.updated;
  touch(parts, pullRequest);
  const name = 'pullrequest:comment_created';
  parts.announce({ name, actor, repository, pullRequest: data, comment });
  return comment;
}

export type CommentAct = 'updated' | 'deleted' | 'resolved' | 'reopened';

/** Changes a comment; an edit brings the new text. */
export function changeComment(
  parts: SiteParts,
  acting: Acting & { readonly comment: Comment },
  { act, raw = '' }: { readonly act: CommentAct; readonly raw?: string },
): void {
  const { pullRequest, repository, actor, comment } = acting;
  const at = stamp(parts.now(), 5);
  if (act === 'updated') comment.raw = raw;
  if (act === 'deleted') comment.deleted = true;
  if (act === 'updated' || act === 'deleted') comment.updated = at;
  else comment.resolution = act === 'resolved' ? { account: actor, at } : null;
  touch(parts, pullRequest);
  const name = `pullrequest:comment_${act}`;
  parts.announce({ name, actor, repository, pullRequest: pullRequest.data, comment });
}

export interface PushWanted {
  readonly branch: string;
  readonly author: string;
  readonly messages?: readonly string[];
  readonly forced?: boolean;
}

/** Pushes commits to a branch, making it if need be; open pull requests from it move along. */
export function push(parts: SiteParts, repository: Repository, wanted: PushWanted): Commit {
  const { branch, author, messages = ['Work'], forced = false } = wanted;
  const old = repository.branches.get(branch) ?? null;
  const commits = messages.map((message) =>
    commitTo(parts, repository, { branch, author, message }),
  );
  const head = commits.at(-1) ?? commitTo(parts, repository, { branch, author });
  const change = { branch, old, new: head, commits: [...commits].reverse(), forced };
  parts.announce({ name: 'repo:push', actor: author, repository, push: change });
  for (const pullRequest of repository.pullRequests) {
    const { data } = pullRequest;
    if (data.state !== 'OPEN' || data.source.branch !== branch) continue;
    data.source = { branch, hash: head.hash.slice(0, 12) };
    data.commits.push(...commits);
    updatePullRequest(parts, { repository, pullRequest, actor: author }, {});
  }
  return head;
}

export function deleteBranch(parts: SiteParts, repository: Repository, wanted: PushWanted): void {
  const { branch, author } = wanted;
  const old = repository.branches.get(branch) ?? null;
  repository.branches.delete(branch);
  const change = { branch, old, new: null, commits: [], forced: false };
  parts.announce({ name: 'repo:push', actor: author, repository, push: change });
}

function commitTo(
  { state, now }: SiteParts,
  { branches, slug }: Repository,
  { branch, author, message = 'Work' }: { branch: string; author: string; message?: string },
): Commit {
  state.nextId += 1;
  const at = `${now().toISOString().slice(0, 19)}+00:00`;
  const hash = hashFor(`${slug}/${branch}/${state.nextId}`);
  const commit: Commit = { hash, message, author, at };
  branches.set(branch, commit);
  return commit;
}
