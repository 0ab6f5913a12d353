import type { Actor, ProjectEvent } from '../../domain/event.ts';
import { cleanText, titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';

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
  readonly scope: string;
  readonly text?: string | null;
  readonly message?: string;
  readonly clues?: readonly (string | null | undefined)[];
  readonly related?: readonly string[];
}

const MOST_CLUES = 20;

/** A whole event from its draft. */
export function eventOf(draft: EventDraft): ProjectEvent {
  const clues = (draft.clues ?? [])
    .filter((clue) => clue !== null && clue !== undefined && clue !== '')
    .slice(0, MOST_CLUES)
    .map((clue) => cleanText(String(clue), 500));
  return {
    key: draft.key,
    kind: draft.kind,
    source: 'bitbucket',
    subject: draft.subject,
    actor: draft.actor,
    at: iso(draft.at),
    title: titleOf(draft.title),
    text: draft.text ?? null,
    message: draft.message ?? null,
    changes: [],
    scope: draft.scope,
    restricted: false,
    ...(clues.length > 0 ? { clues } : {}),
    ...(draft.related === undefined ? {} : { related: [...draft.related] }),
  };
}
