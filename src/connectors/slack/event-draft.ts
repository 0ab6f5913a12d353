import type { Actor, Change, ProjectEvent } from '../../domain/event.ts';
import { cleanText, titleOf } from '../../lib/clean-text.ts';
import { iso } from '../../lib/clock.ts';
import type { ConversationKind } from './payload.ts';

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
  readonly channel: string | null;
  readonly confined: boolean;
  readonly text?: string | null;
  readonly message?: string;
  readonly changes?: readonly Change[];
}

/** A whole event from its draft. */
export function eventOf(draft: EventDraft): ProjectEvent {
  return {
    key: draft.key,
    kind: draft.kind,
    source: 'slack',
    subject: draft.subject,
    actor: draft.actor,
    at: iso(draft.at),
    title: titleOf(draft.title),
    text: draft.text ?? null,
    message: draft.message ?? null,
    changes: [...(draft.changes ?? [])],
    scope: draft.channel,
    restricted: false,
    confined: draft.confined,
  };
}

/** Where something was said. */
export interface Place {
  readonly channel: string;
  /** `null` where Slack does not say it. */
  readonly kind: ConversationKind | null;
}

/**
 * Whether only some people can read along. Where the kind is not told it counts as confined: the id of a private
 * channel looks like that of any other.
 */
export function isConfined({ kind }: Place): boolean {
  return kind !== 'channel';
}

/** Who did it, in the ids of Slack. */
export interface Doer {
  readonly user: string | null;
  readonly bot?: string | null;
  readonly name?: string | null;
}

const SLACKBOT = 'USLACKBOT';

/** The actor: the user where there is one, also of a bot. `null` when nobody is named. */
export function actorOf({ user, bot = null, name = null }: Doer): Actor | null {
  const id = user ?? bot;
  if (id === null) return null;
  const isBot = bot !== null || id === SLACKBOT;
  return { id, name: cleanText(name ?? id, 200), kind: isBot ? 'bot' : 'person' };
}
