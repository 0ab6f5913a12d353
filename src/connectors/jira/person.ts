import type { Actor } from '../../domain/event.ts';
import type { Person } from './payload.ts';
import { cleanText } from '../../lib/clean-text.ts';

/** Who did it. Never an e-mail address as the id: some Data Center sites use them as user names. */
export function actorOf(...people: readonly Person[]): Actor {
  const person = people.find((candidate) => candidate !== null) ?? null;
  const id = idOf(person);
  const name = cleanText(person?.displayName ?? id ?? 'unknown', 200);
  if (id === null) return { id: 'unknown', name, kind: 'unknown' };
  return { id, name, kind: person?.accountType === 'app' ? 'bot' : 'person' };
}

function idOf(person: Person): string | null {
  const ids = [person?.accountId, person?.key, person?.name];
  const id = ids.find((text) => typeof text === 'string' && text !== '' && !text.includes('@'));
  return id ? cleanText(id, 200) : null;
}
