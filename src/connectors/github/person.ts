import type { Actor } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import type { User } from './payload.ts';

const OUTSIDE: ReadonlySet<string> = new Set([
  'NONE',
  'FIRST_TIMER',
  'FIRST_TIME_CONTRIBUTOR',
  'MANNEQUIN',
]);

/**
 * Who did it, by the number of the account: a login can be changed and taken by another. A deleted account is `ghost`,
 * as GitHub shows it.
 */
export function actorOf(user: User): Actor {
  if (user === null) return { id: 'ghost', name: 'ghost', kind: 'unknown' };
  const name = cleanText(user.login, 100);
  return { id: user.id, name, kind: kindOf(user) };
}

function kindOf(user: NonNullable<User>): Actor['kind'] {
  if (user.type === 'Bot' || user.login.endsWith('[bot]')) return 'bot';
  return user.type === 'User' || user.type === null ? 'person' : 'unknown';
}

/** What is known of who wrote something: the account, and what it is to the repository. */
export interface Author {
  readonly user: User;
  readonly association: string | null;
  readonly isPublic: boolean;
}

/**
 * Who wrote something. In a public repository anybody may write: whoever has no part in it is of kind `unknown`, which
 * the rule `outsider` of triage goes by (contracts/github.md section 1.3, `author_association`).
 */
export function authorOf({ user, association, isPublic }: Author): Actor {
  const actor = actorOf(user);
  const isOutside = isPublic && association !== null && OUTSIDE.has(association);
  return isOutside && actor.kind === 'person' ? { ...actor, kind: 'unknown' } : actor;
}
