import type { Kysely } from 'kysely';
import type { ProjectEvent } from '../domain/event.ts';
import { versionsOf } from '../store/events.ts';
import type { Tables } from '../store/tables.ts';

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
    current.push(isStale ? { ...event, text: null, message: null } : event);
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
