import { keepEvents } from '../store/events.ts';
import type { NewEvent } from '../store/events.ts';
import { wakeMailboxes } from '../store/mailboxes.ts';
import type { Work } from '../store/writer.ts';

/** What was new, and whose mailboxes have mail now. */
export interface Kept {
  readonly fresh: ReadonlySet<string>;
  readonly subjects: readonly string[];
}

/** Keeps each fact once and wakes the mailboxes of what is new and significant, for push and poll alike. */
export async function keepAndWake(
  work: Work,
  seen: readonly NewEvent[],
  dueAt: number,
): Promise<Kept> {
  const fresh = await keepEvents(work.db, seen);
  const wake = seen.filter((item) => item.significance.wakes && fresh.has(item.event.key));
  const subjects = [...new Set(wake.map((item) => item.event.subject))];
  await wakeMailboxes(work.db, subjects, dueAt);
  return { fresh, subjects };
}
