import type { Actor } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found } from './event-draft.ts';
import { eventOf } from './event-draft.ts';
import type { PullRequestId } from './keys.ts';
import { onceKey, pullRequestName, reviewKey, versionKey } from './keys.ts';
import type { PullRequest, Repository, Review, Version } from './payload.ts';
import { actorOf } from './person.ts';
import { pullRequestSubject } from './repository.ts';

/** A pull request and the repository it is to be merged into. */
export interface About {
  readonly repository: NonNullable<Repository>;
  readonly pullRequest: PullRequest;
}

/** What a pull request event has in common with all others about the same one. */
export function aboutPullRequest({ repository, pullRequest }: About): {
  readonly subject: string;
  readonly scope: string;
  readonly clues: readonly (string | null | undefined)[];
} {
  return {
    subject: pullRequestSubject(repository.full_name, pullRequest.id),
    scope: repository.full_name,
    clues: [pullRequest.source?.branch?.name],
  };
}

/** The pull request in a title: `acme/payments#12: Fix rounding`. */
export function labelOf({ repository, pullRequest }: About): string {
  const name = `${repository.full_name}#${pullRequest.id}`;
  return pullRequest.title ? `${name}: ${pullRequest.title}` : name;
}

/** The repository of a pull request over REST, where nothing else names it. */
export function repositoryOf(pullRequest: PullRequest, name: string): NonNullable<Repository> {
  return pullRequest.destination?.repository ?? { full_name: name, uuid: null };
}

/** The identity of a pull request for its keys. */
export function idOf({ repository, pullRequest }: About): PullRequestId {
  return { repository, id: pullRequest.id };
}

/** The event of a new pull request. */
export function createdEvent(about: About, actor: Actor): Found {
  const at = instantOf(about.pullRequest.created_on);
  if (at === null) return 'no time';
  const { description } = about.pullRequest;
  return eventOf({
    ...aboutPullRequest(about),
    key: onceKey(idOf(about), 'created'),
    kind: 'pull-request.created',
    actor,
    at,
    title: `${actor.name} opened pull request ${labelOf(about)}`,
    text: description ? cleanText(description) : null,
    message: pullRequestName(idOf(about)),
  });
}

interface Closing {
  readonly word: 'merged' | 'declined';
  readonly actor: Actor;
  /** From the log where that was read; else the last change of the pull request. */
  readonly at: number | null;
}

/** The event of the end of a pull request. */
export function closedEvent(about: About, { word, actor, at }: Closing): Found {
  const moment = at ?? instantOf(about.pullRequest.updated_on);
  if (moment === null) return 'no time';
  const { reason } = about.pullRequest;
  return eventOf({
    ...aboutPullRequest(about),
    key: onceKey(idOf(about), word),
    kind: `pull-request.${word}`,
    actor,
    at: moment,
    title: `${actor.name} ${word} pull request ${labelOf(about)}`,
    text: word === 'declined' && reason ? cleanText(reason) : null,
  });
}

interface Update {
  readonly version: Version;
  readonly actor: Actor;
  readonly at: number | null;
}

/** The event of a new version of a pull request; Bitbucket does not say what is new in it. */
export function updatedEvent(about: About, { version, actor, at }: Update): Found {
  if (at === null) return 'no time';
  return eventOf({
    ...aboutPullRequest(about),
    key: versionKey(idOf(about), version),
    kind: 'pull-request.updated',
    actor,
    at,
    title: `${actor.name} updated pull request ${labelOf(about)}`,
  });
}

/** What a reviewer may say of a pull request. */
export type ReviewWord =
  'approved' | 'unapproved' | 'changes-requested' | 'changes-request-removed';

const SAID: Record<ReviewWord, string> = {
  approved: 'approved',
  unapproved: 'took back the approval of',
  'changes-requested': 'requested changes on',
  'changes-request-removed': 'took back the request for changes on',
};

/** The event of an approval or a request for changes, given or taken back. */
export function reviewEvent(about: About, word: ReviewWord, review: NonNullable<Review>): Found {
  const at = instantOf(review.date);
  if (at === null) return 'no time';
  const actor = actorOf(review.user);
  return eventOf({
    ...aboutPullRequest(about),
    key: reviewKey(idOf(about), { word, user: review.user, at }),
    kind: `pull-request.${word}`,
    actor,
    at,
    title: `${actor.name} ${SAID[word]} pull request ${labelOf(about)}`,
  });
}
