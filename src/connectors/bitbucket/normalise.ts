import type { Headers, Normalised } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import { instantOf } from '../../lib/instant.ts';
import { buildEvent } from './build-event.ts';
import type { CommentWord } from './comment-event.ts';
import { commentEvent } from './comment-event.ts';
import type { Found } from './event-draft.ts';
import type { PullRequest, Repository } from './payload.ts';
import { Payload } from './payload.ts';
import { actorOf } from './person.ts';
import type { ReviewWord } from './pull-request-event.ts';
import { closedEvent, createdEvent, reviewEvent, updatedEvent } from './pull-request-event.ts';
import { pushEvents } from './push-event.ts';

interface Delivery {
  readonly payload: Payload;
  readonly repository: NonNullable<Repository>;
}

type Reader = (delivery: Delivery) => Found[];

const READERS = new Map<string, Reader>([
  ['pullrequest:created', (delivery) => [readCreated(delivery)]],
  ['pullrequest:updated', (delivery) => [readUpdated(delivery)]],
  ['pullrequest:push', (delivery) => [readUpdated(delivery)]],
  ['pullrequest:fulfilled', (delivery) => [readClosed(delivery, 'merged')]],
  ['pullrequest:rejected', (delivery) => [readClosed(delivery, 'declined')]],
  ['pullrequest:approved', (delivery) => [readReview(delivery, 'approved')]],
  ['pullrequest:unapproved', (delivery) => [readReview(delivery, 'unapproved')]],
  [
    'pullrequest:changes_request_created',
    (delivery) => [readReview(delivery, 'changes-requested')],
  ],
  [
    'pullrequest:changes_request_removed',
    (delivery) => [readReview(delivery, 'changes-request-removed')],
  ],
  ['pullrequest:comment_created', (delivery) => [readComment(delivery, 'created')]],
  ['pullrequest:comment_updated', (delivery) => [readComment(delivery, 'updated')]],
  ['pullrequest:comment_deleted', (delivery) => [readComment(delivery, 'deleted')]],
  ['pullrequest:comment_resolved', (delivery) => [readComment(delivery, 'resolved')]],
  ['pullrequest:comment_reopened', (delivery) => [readComment(delivery, 'reopened')]],
  ['repo:push', readPush],
  ['repo:commit_status_created', (delivery) => [readBuild(delivery)]],
  ['repo:commit_status_updated', (delivery) => [readBuild(delivery)]],
]);

/**
 * Turns a webhook body into events, or says why there are none. The event is named by `x-event-key` alone, which is not
 * signed: a body that does not fit the name gives a reason. Never throws.
 */
export function normaliseBitbucket(body: unknown, headers: Headers): Normalised {
  if (body === null || body === undefined) return { events: [], reason: 'the body is empty' };
  const payload = Payload.safeParse(body);
  if (!payload.success) return { events: [], reason: 'the body is not an object' };
  const name = eventName(headers);
  if (name === null) return { events: [], reason: 'no header x-event-key' };
  const reader = READERS.get(name);
  if (reader === undefined) return { events: [], reason: unusedReason(name) };
  const { repository } = payload.data;
  if (repository === null) return { events: [], reason: 'no repository' };
  return collect(reader({ payload: payload.data, repository }));
}

function eventName(headers: Headers): string | null {
  const values = Object.hasOwn(headers, 'x-event-key') ? headers['x-event-key'] : undefined;
  return values?.[0] ?? null;
}

function unusedReason(name: string): string {
  if (name.startsWith('issue:')) return 'the issue tracker of Bitbucket is not followed';
  if (name === 'repo:commit_comment_created') return 'comments on commits are not followed';
  return `${cleanText(name, 60)} is not used`;
}

function collect(found: readonly Found[]): Normalised {
  const events = found.filter((one): one is ProjectEvent => typeof one !== 'string');
  if (events.length > 0) return { events };
  const reasons = new Set(found.filter((one) => typeof one === 'string'));
  return { events: [], reason: [...reasons].join('; ') };
}

const NOT_THIS = 'the body is of another event than the header says';
const STATES = new Set(['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED']);

/** The pull request, where it is what the body is about and not the place of something else. */
function ownPullRequest({ payload }: Delivery): PullRequest | string {
  const { pullrequest, comment, approval, changes_request: changes } = payload;
  if (pullrequest === null) return 'no pull request with a number';
  return (comment ?? approval ?? changes) === null ? pullrequest : NOT_THIS;
}

function isIn(state: string, pullRequest: PullRequest): boolean {
  // Examples in documents have texts like `OPEN|MERGED|DECLINED`.
  return pullRequest.state === state || !STATES.has(pullRequest.state ?? '');
}

function readCreated(delivery: Delivery): Found {
  const pullRequest = ownPullRequest(delivery);
  if (typeof pullRequest === 'string') return pullRequest;
  if (!isIn('OPEN', pullRequest)) return NOT_THIS;
  const about = { repository: delivery.repository, pullRequest };
  return createdEvent(about, actorOf(delivery.payload.actor, pullRequest.author));
}

function readUpdated(delivery: Delivery): Found {
  const pullRequest = ownPullRequest(delivery);
  if (typeof pullRequest === 'string') return pullRequest;
  const about = { repository: delivery.repository, pullRequest };
  return updatedEvent(about, {
    version: pullRequest,
    actor: actorOf(delivery.payload.actor),
    at: instantOf(pullRequest.updated_on),
  });
}

function readClosed(delivery: Delivery, word: 'merged' | 'declined'): Found {
  const pullRequest = ownPullRequest(delivery);
  if (typeof pullRequest === 'string') return pullRequest;
  if (!isIn(word.toUpperCase(), pullRequest)) return NOT_THIS;
  const about = { repository: delivery.repository, pullRequest };
  const actor = actorOf(delivery.payload.actor, pullRequest.closed_by);
  return closedEvent(about, { word, actor, at: null });
}

function readReview({ payload, repository }: Delivery, word: ReviewWord): Found {
  const { pullrequest: pullRequest, approval, changes_request: changes } = payload;
  if (pullRequest === null) return 'no pull request with a number';
  const review = word.endsWith('approved') ? approval : changes;
  if (review === null) return NOT_THIS;
  const user = review.user ?? payload.actor;
  return reviewEvent({ repository, pullRequest }, word, { ...review, user });
}

function readComment({ payload, repository }: Delivery, word: CommentWord): Found {
  const { pullrequest: pullRequest, comment } = payload;
  if (pullRequest === null) return 'no pull request with a number';
  if (comment === null) return 'no comment with an id';
  const actor = actorOf(payload.actor, word === 'deleted' ? null : comment.user);
  return commentEvent({ repository, pullRequest }, comment, { word, actor });
}

function readPush({ payload, repository }: Delivery): Found[] {
  if (payload.push === null) return [NOT_THIS];
  return pushEvents(repository, payload.push.changes, actorOf(payload.actor));
}

function readBuild({ payload, repository }: Delivery): Found {
  const status = payload.commit_status;
  return status === null ? 'no status of a commit' : buildEvent(repository, status);
}
