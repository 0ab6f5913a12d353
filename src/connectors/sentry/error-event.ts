import type { Actor, Change, ProjectEvent } from '../../domain/event.ts';
import { instantOf } from '../../lib/instant.ts';
import type { Found } from './event-draft.ts';
import { eventOf, issueSubject } from './event-draft.ts';
import type { ChangeWord } from './keys.ts';
import { errorChangedKey, errorCreatedKey } from './keys.ts';
import type { Assignee, Issue } from './payload.ts';
import { nameOf } from './person.ts';

const SHORT_ID = /^[A-Z0-9_-]{1,120}$/;

/** The issue in a title: its short name and what the error says of itself. */
export function issueLabel(issue: Issue): string {
  const name = SHORT_ID.test(issue.shortId ?? '') ? issue.shortId : `#${issue.id}`;
  const title = errorTitle(issue);
  return title === '' ? `${name}` : `${name}: ${title}`;
}

/** What an error says of itself. */
export function errorTitle(error: Pick<Issue, 'title' | 'metadata'>): string {
  if (error.title !== null && error.title !== '') return error.title;
  const { metadata } = error;
  const parts = [metadata?.type, metadata?.value].filter((part) => typeof part === 'string');
  return metadata?.title ?? parts.join(': ');
}

/** The event of a new issue. */
export function errorCreated(issue: Issue): Found {
  const at = instantOf(issue.firstSeen);
  if (at === null) return 'no time';
  const where = issue.project === null ? '' : ` in ${issue.project.slug}`;
  return eventOf({
    ...aboutIssue(issue),
    key: errorCreatedKey(issue.id),
    kind: 'error.created',
    actor: null,
    at,
    title: `New error${where}: ${issueLabel(issue)}`,
    message: issueSubject(issue.id),
  });
}

/** What is known of a change of an issue. Instants are epoch milliseconds. */
export interface IssueChange {
  readonly word: ChangeWord;
  readonly actor: Actor | null;
  /** When it was changed. */
  readonly at: number;
  /** When the error last occurred before that. */
  readonly lastSeen: number;
  readonly assignee: Assignee;
}

/** The event of a changed issue. */
export function errorChanged(issue: Issue, change: IssueChange): ProjectEvent {
  const { word, actor, at, lastSeen } = change;
  const assignee = word === 'assigned' ? assigneeId(change.assignee) : null;
  return eventOf({
    ...aboutIssue(issue),
    key: errorChangedKey(issue.id, { word, lastSeen, ...(assignee === null ? {} : { assignee }) }),
    kind: `error.${word}`,
    actor,
    at,
    title: `${deed(change)} ${issueLabel(issue)}`,
    changes: [changed(word, assignee)],
  });
}

function aboutIssue(issue: Issue): { subject: string; scope: string | null } {
  return { subject: issueSubject(issue.id), scope: issue.project?.slug ?? null };
}

/** An assignee as `user:7` or `team:3`. */
export function assigneeId(assignee: Assignee): string | null {
  if (assignee === null || assignee.id === null) return null;
  return `${assignee.type?.toLowerCase() === 'team' ? 'team' : 'user'}:${assignee.id}`;
}

function changed(word: ChangeWord, assignee: string | null): Change {
  if (word === 'assigned') return { field: 'assignee', from: null, to: assignee };
  return { field: 'status', from: null, to: word };
}

function deed({ word, actor, assignee }: IssueChange): string {
  if (word === 'assigned') return `${nameOf(actor)} gave ${assignee?.name ?? 'somebody'} the error`;
  if (word === 'unresolved') {
    return actor === null ? 'An error came back:' : `${nameOf(actor)} reopened the error`;
  }
  return actor === null ? `Sentry ${word} the error` : `${nameOf(actor)} ${word} the error`;
}
