import type { Actor, Change, ProjectEvent } from '../../domain/event.ts';
import { iso } from '../../lib/clock.ts';
import { projectOf } from './issue-key.ts';
import type { Issue } from './payload.ts';
import { titleOf } from '../../lib/clean-text.ts';

/** An event, or the reason why there is none. */
export type Found = ProjectEvent | string;

/** What differs from event to event; the rest is filled in by `eventOf`. */
export interface EventDraft {
  readonly key: string;
  readonly kind: string;
  readonly subject: string;
  readonly actor: Actor | null;
  readonly at: number;
  readonly title: string;
  readonly scope: string | null;
  readonly text?: string | null;
  readonly message?: string;
  readonly changes?: readonly Change[];
  readonly restricted?: boolean;
}

/** A whole event from its draft. */
export function eventOf(draft: EventDraft): ProjectEvent {
  return {
    key: draft.key,
    kind: draft.kind,
    source: 'jira',
    subject: draft.subject,
    actor: draft.actor,
    at: iso(draft.at),
    title: titleOf(draft.title),
    text: draft.text ?? null,
    message: draft.message ?? null,
    changes: [...(draft.changes ?? [])],
    scope: draft.scope,
    restricted: draft.restricted ?? false,
  };
}

/** The subject and scope of whatever happens to an issue. */
export function aboutIssue(issue: Issue): { subject: string; scope: string } {
  return { subject: `jira:issue:${issue.key}`, scope: projectOf(issue.key) };
}

/** The issue in a title: its key and, where known, what it is about. */
export function issueLabel(issue: Issue): string {
  const summary = issue.fields?.summary ?? '';
  return summary === '' ? issue.key : `${issue.key}: ${summary}`;
}
