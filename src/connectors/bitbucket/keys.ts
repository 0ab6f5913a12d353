import { sha256 } from '../../lib/digest.ts';
import type { Repository, User, Version } from './payload.ts';

/*
 * The identity of every fact of Bitbucket, from what the fact itself says, so that a webhook and a poll give the same
 * key. Repositories are named by their uuid, which outlives a new name. Times are epoch milliseconds.
 */

/** A pull request; its number counts within its repository. */
export interface PullRequestId {
  readonly repository: NonNullable<Repository>;
  readonly id: string;
}

/** The key of what can happen to a pull request once: neither a merged nor a declined one is opened again. */
export function onceKey(of: PullRequestId, word: 'created' | 'merged' | 'declined'): string {
  return `${pullRequestName(of)}:${word}`;
}

/**
 * The key of one version of a pull request.
 *
 * No time can be it: a webhook says `updated_on`, which every comment, approval and build moves too, while the log over
 * REST says the `date` of the update; in recorded answers the two are never the same instant. What both carry is the
 * version itself. The commit of the destination is left out, because it moves when others merge; reviewers and draft,
 * because older lines of the log do not show them. So a change that goes back to an earlier version, or of reviewers
 * alone, has a key that was seen already; such an event starts nothing anyway.
 */
export function versionKey(of: PullRequestId, version: Version): string {
  const { title, description, source, destination } = version;
  const said = [
    title ?? '',
    description ?? '',
    source?.branch?.name ?? '',
    source?.commit?.hash?.slice(0, 12) ?? '',
    destination?.branch?.name ?? '',
  ];
  return `${pullRequestName(of)}:version:${sha256(JSON.stringify(said)).slice(0, 32)}`;
}

/** The key of an approval or a request for changes; both sides write the date of the approval itself. */
export function reviewKey(
  of: PullRequestId,
  review: { readonly word: string; readonly user: User; readonly at: number },
): string {
  const who = review.user?.uuid ?? review.user?.account_id?.slice(0, 128) ?? 'unknown';
  return `${pullRequestName(of)}:${review.word}:${who.replace(/[{}]/g, '')}:${review.at}`;
}

/** The key of a comment that was written or deleted, or of one version, resolution or opening of it. */
export function commentKey(
  of: PullRequestId,
  comment: { readonly id: string; readonly word: string; readonly at: number | null },
): string {
  const time = comment.at === null ? '' : `:${comment.at}`;
  return `${commentName(of, comment.id)}:${comment.word}${time}`;
}

/** The name of a comment that may be answered; the keys of its events begin with it. */
export function commentName({ repository, id }: PullRequestId, comment: string): string {
  return `bitbucket:comment:${repositoryId(repository)}/${id}/${comment}`;
}

/** The name of a new pull request that may be answered; the keys of its events begin with it. */
export function pullRequestName({ repository, id }: PullRequestId): string {
  return `bitbucket:pull-request:${repositoryId(repository)}/${id}`;
}

/** The key of one state of a build of a commit. The vendor's `key` of a build may be any text. */
export function buildKey(
  repository: NonNullable<Repository>,
  build: {
    readonly hash: string;
    readonly key: string;
    readonly word: string;
    readonly at: number;
  },
): string {
  const name = sha256(build.key).slice(0, 16);
  return `bitbucket:build:${repositoryId(repository)}:${build.hash.slice(0, 12)}:${name}:${build.word}:${build.at}`;
}

/** The key of a branch or tag that moved. A push says no time of its own. */
export function pushKey(
  repository: NonNullable<Repository>,
  change: {
    readonly type: string;
    readonly name: string;
    readonly from: string;
    readonly to: string;
  },
): string {
  const { type, name, from, to } = change;
  const what = sha256(JSON.stringify([type, name, from, to])).slice(0, 32);
  return `bitbucket:push:${repositoryId(repository)}:${what}`;
}

function repositoryId(repository: NonNullable<Repository>): string {
  return repository.uuid?.replace(/[{}]/g, '').toLowerCase() ?? repository.full_name.toLowerCase();
}
