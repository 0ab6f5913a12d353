import { keepEvents } from '../store/events.ts';
import type { NewEvent } from '../store/events.ts';
import { wakeMailboxes } from '../store/mailboxes.ts';
import type { Work } from '../store/writer.ts';

/** What was new, and whose mailboxes have mail now. */
export interface Kept {
  readonly fresh: ReadonlySet<string>;
  readonly subjects: readonly string[];
  /** Those of them that are due at once: somebody has pressed a button and waits. */
  readonly hurried: ReadonlySet<string>;
}

// A form can be opened for three seconds after a press: these are not taken together with others first.
const PRESSES: ReadonlySet<string> = new Set(['button.pressed', 'view.submitted']);

/** Keeps each fact once and wakes the mailboxes of what is new and significant, for push and poll alike. */
export async function keepAndWake(
  work: Work,
  seen: readonly NewEvent[],
  dueAt: number,
): Promise<Kept> {
  const fresh = await keepEvents(work.db, seen);
  const wake = seen.filter((item) => item.significance.wakes && fresh.has(item.event.key));
  const subjects = [...new Set(wake.map((item) => item.event.subject))];
  const presses = wake.filter((item) => PRESSES.has(item.event.kind));
  const hurried = new Set(presses.map((item) => item.event.subject));
  const patient = subjects.filter((subject) => !hurried.has(subject));
  await wakeMailboxes(work.db, patient, dueAt);
  const [press] = presses;
  if (press !== undefined) await wakeMailboxes(work.db, [...hurried], press.keptAt);
  return { fresh, subjects, hurried };
}
