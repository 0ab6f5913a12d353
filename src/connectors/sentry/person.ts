import type { Actor } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import type { PushedActor } from './payload.ts';

const SENTRY_ITSELF = 'sentry';

/**
 * Who acted; `null` when Sentry itself did, by a rule or because an error occurred: that is nobody's automation, and it
 * must be able to start a cycle. Other applications are bots. (Sentry shows every application's deed under the id of
 * the one that gets the webhook.)
 */
export function actorOf(actor: PushedActor): Actor | null {
  if (actor === null || actor.id === null || actor.id === SENTRY_ITSELF) return null;
  const name = cleanText(actor.name ?? actor.id, 200);
  return { id: actor.id, name, kind: actor.type === 'user' ? 'person' : 'bot' };
}

/** The name in a title. */
export function nameOf(actor: Actor | null): string {
  return actor === null || actor.name.trim() === '' ? 'Somebody' : actor.name;
}
