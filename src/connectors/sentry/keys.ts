import { sha256 } from '../../lib/digest.ts';

/*
 * The identity of every fact of Sentry, from what the fact itself says, so that a webhook and a poll give the same key.
 *
 * New issues and comments have numbers, so their keys are exact. A change of an issue (resolved, archived, reopened,
 * assigned) is harder: REST shows the instant of the change in the issue's activity, but the webhook has no instant of
 * the change, no number and no count of changes. What both know is when the error last occurred before the change:
 * the webhook's `lastSeen` is from the moment of sending, and a poll can tell it from the activity and the events. For
 * a quiet error it is the same to the microsecond; for one that goes on, and for a regression (where the occurrence is
 * the change), it differs by the seconds that Sentry takes to process. So the key of a change is: the issue, the change,
 * and the hour of the error's last occurrence before it.
 *
 * What that gives up, and why: of two changes of the same kind to one issue, with no occurrence in another hour between
 * them, the second counts as a repetition of the first (resolved, reopened and resolved again within the hour). The
 * first one has told the agent, and it reads the issue as it is then. A fact is given twice only when the hour ends
 * within the seconds between an occurrence and its processing. A shorter span would double more often; the next longer
 * natural one, a day, would swallow a regression that follows a deployment on the same day.
 */

const HOUR_MS = 3_600_000;

/** What can happen to an issue after it was made. */
export type ChangeWord = 'resolved' | 'archived' | 'unresolved' | 'assigned';

/** What the key of a change is made of. */
export interface ChangeOfIssue {
  readonly word: ChangeWord;
  /** When the error last occurred before the change, in epoch milliseconds. */
  readonly lastSeen: number;
  /** To whom it was assigned, as `user:7`; only for `assigned`. */
  readonly assignee?: string;
}

/** The key of a new issue; an issue is made once. */
export function errorCreatedKey(id: string): string {
  return `sentry:issue:${id}:created`;
}

/** The key of a change of an issue; see the head of this file for what it tells apart. */
export function errorChangedKey(id: string, change: ChangeOfIssue): string {
  const hour = Math.floor(change.lastSeen / HOUR_MS);
  const whom = change.assignee === undefined ? '' : `:${change.assignee}`;
  return `sentry:issue:${id}:${change.word}${whom}:${hour}`;
}

/** The key of an alert of a rule about one event of an issue. */
export function alertKey(issue: string, event: string, rule: string): string {
  return `sentry:issue:${issue}:alert:${event}:${digest(rule)}`;
}

/** The key of a step of a metric alert. Steps have no instant, but the words with their figures differ. */
export function metricAlertKey(id: string, action: string, words: string): string {
  return `sentry:metric-alert:${id}:${action}:${digest(words)}`;
}

/** The key of a new comment. */
export function commentCreatedKey(id: string): string {
  return `sentry:comment:${id}:created`;
}

/** The key of one version of an edited comment: Sentry keeps no time of an edit, so the text is the version. */
export function commentUpdatedKey(id: string, text: string): string {
  return `sentry:comment:${id}:updated:${digest(text)}`;
}

/** The key of a removed comment. */
export function commentDeletedKey(id: string): string {
  return `sentry:comment:${id}:deleted`;
}

function digest(text: string): string {
  return sha256(text).slice(0, 16);
}
