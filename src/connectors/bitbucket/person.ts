import type { Actor } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';
import type { User } from './payload.ts';

/** Who did it: by the Atlassian account id, which is the same in Jira, else by the uuid. */
export function actorOf(...users: readonly User[]): Actor {
  const user = users.find((candidate) => candidate !== null) ?? null;
  const id = accountIdOf(user);
  const name = cleanText(user?.display_name ?? user?.nickname ?? id ?? 'unknown', 200);
  return { id: id ?? 'unknown', name, kind: id === null ? 'unknown' : kindOf(user) };
}

/** The id under which an account is known; never something like an e-mail address. */
export function accountIdOf(user: User): string | null {
  const ids = [user?.account_id, user?.uuid];
  const id = ids.find((text) => typeof text === 'string' && /^[^\s@]{1,200}$/.test(text));
  return id ? cleanText(id, 200) : null;
}

/** Whether two ids name the account of this user. */
export function isUser(user: User, ids: readonly (string | null)[]): boolean {
  return ids.some((id) => id !== null && (id === user?.account_id || id === user?.uuid));
}

/** Access tokens and apps act as an `app_user`, pipelines as the workspace (`team`). */
export function kindOf(user: User): Actor['kind'] {
  if (user?.type === 'user') return 'person';
  return user === null || user.type === null ? 'unknown' : 'bot';
}
