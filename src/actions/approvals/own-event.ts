import { ownEvent } from '../../domain/own-event.ts';
import { approvalSubject } from '../../domain/own-subjects.ts';
import type { Subject } from '../../domain/subject.ts';
import { iso } from '../../lib/clock.ts';
import { keepEvents } from '../../store/events.ts';
import { wakeMailboxes } from '../../store/mailboxes.ts';
import type { Work } from '../../store/writer.ts';

/** Something that happened to an approval. */
export interface Happened {
  readonly key: string;
  readonly kind: 'asked' | 'answered' | 'accepted' | 'ended';
  readonly subject: Subject;
  readonly title: string;
  /** Why it wakes its mailbox, in one word; found again by `ruleOfEvent`. */
  readonly rule: string;
  readonly now: number;
  /** False: it is kept only, because whoever caused it works that mailbox just now. */
  readonly wakes?: boolean;
}

/** Keeps what happened as an event of our own and wakes its mailbox, in the caller's commit. */
export async function keepHappened(work: Work, happened: Happened): Promise<void> {
  const { key, subject, now, title, rule, wakes = true } = happened;
  const event = ownEvent({
    key,
    kind: `approval.${happened.kind}`,
    subject,
    at: iso(now),
    title,
  });
  const significance = { wakes, rule, reason: title };
  const seen = { event, significance, way: 'schedule', delivery: null, keptAt: now } as const;
  const fresh = await keepEvents(work.db, [seen]);
  if (wakes && fresh.has(key)) await wakeMailboxes(work.db, [subject], now);
}

/** Tells the card that its approval came to an end. */
export async function tellCard(
  work: Work,
  approval: { readonly id: string; readonly operation: string },
  ending: { readonly state: string; readonly now: number },
): Promise<void> {
  await keepHappened(work, {
    key: `approval:${approval.id}:${ending.state}`,
    kind: 'ended',
    subject: approvalSubject(approval.id),
    title: `${approval.operation}: ${ending.state}`,
    rule: `approval-${ending.state}`,
    now: ending.now,
  });
}
