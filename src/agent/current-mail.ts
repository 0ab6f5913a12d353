import type { Kysely } from 'kysely';
import type { Action } from '../domain/action.ts';
import type { Connector } from '../domain/connector.ts';
import type { ProjectEvent } from '../domain/event.ts';
import { versionsOf } from '../store/events.ts';
import type { Tables } from '../store/tables.ts';

/** An answer is read by everybody on the subject: what only some may read stays out of the thought (A13). */
export function withoutRestricted(event: ProjectEvent): ProjectEvent {
  return event.restricted ? { ...event, text: null } : event;
}

/** The event without its words: it can neither be quoted nor answered. */
function silenced(event: ProjectEvent): ProjectEvent {
  return { ...event, text: null, message: null };
}

/**
 * Asks the systems whether messages still stand as the events say. One that cannot be asked stands: its system was read
 * a moment ago, and an answer too many is better than a lost question.
 */
export function standingMail(reread: (system: string) => Connector['reread']) {
  return async (
    events: readonly ProjectEvent[],
    signal: AbortSignal,
  ): Promise<readonly ProjectEvent[]> =>
    await Promise.all(
      events.map(async (event) => {
        const ask = event.message === null ? undefined : reread(event.source);
        if (ask === undefined) return event;
        const deadline = AbortSignal.any([signal, AbortSignal.timeout(REREAD_MS)]);
        try {
          const now = await ask(event, { signal: deadline });
          if (now === null) return silenced(event);
          const isAnew = now.editedAt !== null && now.editedAt > event.at;
          return isAnew ? silenced(event) : event;
        } catch {
          return event;
        }
      }),
    );
}

const REREAD_MS = 10_000;

/**
 * Mail as it stands now, whatever order it came in (R13): a message that is deleted by now, or was said anew, is neither
 * quoted nor answered any more. The newest version of it has its own event.
 */
export async function currentMail(
  db: Kysely<Tables>,
  events: readonly ProjectEvent[],
): Promise<ProjectEvent[]> {
  const current: ProjectEvent[] = [];
  for (const event of events) {
    const isStale = event.message !== null && (await isOvertaken(db, event, event.message));
    current.push(isStale ? silenced(event) : event);
  }
  return current;
}

async function isOvertaken(
  db: Kysely<Tables>,
  event: ProjectEvent,
  message: string,
): Promise<boolean> {
  const versions = await versionsOf(db, message);
  return versions.some(({ key, kind, at }) => {
    if (key === event.key) return false;
    return kind.endsWith('.deleted') || (SAID_ANEW.has(kind) && at > event.at);
  });
}

// A changed field of an issue says nothing anew; an edited comment does.
const SAID_ANEW: ReadonlySet<string> = new Set(['comment.updated', 'message.edited']);

/** Whether what an action answers is gone, or was said anew, since the action was decided on. */
export async function isAnswerStale(
  db: Kysely<Tables>,
  action: Pick<Action, 'answers' | 'createdAt'>,
): Promise<boolean> {
  for (const message of action.answers) {
    const versions = await versionsOf(db, message);
    const isGone = versions.some(({ kind }) => kind.endsWith('.deleted'));
    const isAnew = versions.some(({ kind, at }) => SAID_ANEW.has(kind) && at > action.createdAt);
    if (isGone || isAnew) return true;
  }
  return false;
}
