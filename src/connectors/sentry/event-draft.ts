import type { Actor, Change, ProjectEvent } from '../../domain/event.ts';
import { cleanText, titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';

/** An event, or the reason why there is none. */
export type Found = ProjectEvent | string;

/** What differs from event to event; the rest is filled in by `eventOf`. */
interface EventDraft {
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
}

/** A whole event from its draft. */
export function eventOf(draft: EventDraft): ProjectEvent {
  const { text } = draft;
  return {
    key: draft.key,
    kind: draft.kind,
    source: 'sentry',
    subject: draft.subject,
    actor: draft.actor,
    at: iso(draft.at),
    title: titleOf(draft.title),
    text: text === undefined || text === null ? null : cleanText(text),
    message: draft.message ?? null,
    changes: [...(draft.changes ?? [])],
    scope: draft.scope,
    restricted: false,
  };
}

/** The subject of whatever is about an issue: its number, the one name that every webhook has. */
export function issueSubject(id: string): string {
  return `sentry:issue:${id}`;
}
