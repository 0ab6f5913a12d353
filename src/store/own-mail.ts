import type { Kysely } from 'kysely';
import { ownEvent } from '../domain/own-event.ts';
import type { Subject } from '../domain/subject.ts';
import { iso } from '../lib/clock.ts';
import { keepEvents } from './events.ts';
import { wakeMailboxes } from './mailboxes.ts';
import type { Tables } from './tables.ts';

/** Mail that the program writes to one of its own mailboxes: a time has come, a person has decided. */
export interface OwnMail {
  /** Unique: the same mail twice is one. */
  readonly key: string;
  readonly kind: string;
  readonly subject: Subject;
  /** One line for people. */
  readonly title: string;
  /** Why it wakes the mailbox, e.g. `sweep`. */
  readonly rule: string;
}

/** Keeps own mail and wakes its mailboxes. Returns the keys that were new. */
export async function keepOwnMail(
  db: Kysely<Tables>,
  mail: readonly OwnMail[],
  now: number,
): Promise<ReadonlySet<string>> {
  if (mail.length === 0) return new Set();
  const fresh = await keepEvents(
    db,
    mail.map((one) => ({
      event: ownEvent({ ...mailed(one), at: iso(now) }),
      significance: { wakes: true, rule: one.rule, reason: one.title },
      way: 'schedule',
      delivery: null,
      keptAt: now,
    })),
  );
  const woken = mail.filter(({ key }) => fresh.has(key)).map(({ subject }) => subject);
  await wakeMailboxes(db, woken, now);
  return fresh;
}

function mailed({ key, kind, subject, title }: OwnMail) {
  return { key, kind, subject, title };
}
