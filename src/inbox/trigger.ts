import { ownEvent } from '../domain/own-event.ts';
import type { Queue } from '../domain/queue.ts';
import type { Subject } from '../domain/subject.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { keepEvents } from '../store/events.ts';
import { wakeMailboxes } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';

export interface TriggerParts {
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
}

/** A person asks for a cycle on a subject: kept as an event of its own, so that it is seen, journaled and done once. */
export async function triggerCycle(
  parts: TriggerParts,
  request: { readonly subject: Subject; readonly by: string },
): Promise<{ event: string }> {
  const now = parts.clock.now();
  const id = newId(now);
  const event = ownEvent({
    key: `person:trigger:${id}`,
    kind: 'cycle.requested',
    subject: request.subject,
    actor: { id: request.by, name: request.by, kind: 'person' },
    at: iso(now),
    title: `${request.by} asked for a cycle`,
  });
  const significance = { wakes: true, rule: 'asked-for', reason: `${request.by} asked for it` };
  await parts.store.write(async (work) => {
    const seen = { event, significance, way: 'person' as const, delivery: null, keptAt: now };
    await keepEvents(work.db, [seen]);
    await wakeMailboxes(work.db, [request.subject], now);
    work.journal({
      kind: 'cycle.requested',
      subject: request.subject,
      cycle: null,
      data: { event: event.key, by: request.by },
    });
  });
  parts.queue.announce(request.subject, now);
  return { event: event.key };
}
