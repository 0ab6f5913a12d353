import type { Connector } from '../domain/connector.ts';
import { asFailure, Failure } from '../domain/failure.ts';
import type { Observer } from '../domain/observer.ts';
import type { Queue } from '../domain/queue.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from '../lib/crash.ts';
import type { Logger } from '../lib/logger.ts';
import {
  deliveriesByIds,
  findDelivery,
  keptDeliveries,
  markRead,
  quarantine,
} from '../store/deliveries.ts';
import type { KeptDelivery } from '../store/deliveries.ts';
import { reopenEvents } from '../store/events.ts';
import { wakeMailboxes } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';
import type { Work } from '../store/writer.ts';
import type { EventJudge } from './event-judge.ts';
import { keepAndWake } from './keep-and-wake.ts';
import type { Kept } from './keep-and-wake.ts';
import { errorName, understand, unreadable } from './understand.ts';
import type { Understood } from './understand.ts';

export interface ReaderSettings {
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  readonly log: Logger;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly judge: EventJudge;
  /** How long events of one subject are gathered before its cycle, in milliseconds. */
  readonly windowMs: number;
  /** True while senders wait for their answer: reading then takes a smaller share. */
  readonly pressed: () => boolean;
  readonly observer?: Observer;
}

interface Read {
  readonly delivery: KeptDelivery;
  readonly understood: Understood;
}

// Small enough that reading a batch never holds the event loop for long.
const BATCH = 32;
const RETRY_MS = 1000;
// After a batch that was not full the next deliveries are let gather: they share a commit.
const GATHER_MS = 50;
const PRESSED_PAUSE_MS = 250;
// So often one is tried that fails by itself, as a cycle is; then it is set aside.
const MOST_ATTEMPTS = 5;

async function keepRead(work: Work, reads: readonly Read[], dueAt: number): Promise<Kept> {
  const good = reads.filter((read) => !read.understood.quarantined);
  const bad = reads.filter((read) => read.understood.quarantined);
  const seen = good.flatMap((read) => read.understood.events);
  const kept = await keepAndWake(work, seen, dueAt);
  const notes = good.flatMap(({ delivery, understood }) =>
    understood.note === null ? [] : [[delivery.seq, understood.note] as const],
  );
  await markRead(
    work.db,
    good.map((read) => read.delivery.seq),
    new Map(notes),
  );
  for (const { delivery, understood } of bad) {
    await quarantine(work.db, delivery.seq, understood.note ?? 'unreadable');
    work.journal({
      kind: 'delivery.quarantined',
      subject: null,
      cycle: null,
      data: { delivery: delivery.id, source: delivery.source, reason: understood.note },
    });
  }
  return kept;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Reads kept deliveries in order, keeps their events once and wakes the mailboxes. One per process. */
export class Reader {
  private readonly settings: ReaderSettings;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private resting = false;
  /** How often a delivery failed by itself, by its number. A restart begins anew. */
  private readonly failed = new Map<number, number>();

  constructor(settings: ReaderSettings) {
    this.settings = settings;
  }

  /** Something was kept, or may have been before the start. */
  wake(): void {
    this.again = true;
    this.resting = false;
    if (this.stopped) return;
    this.running ??= this.readAll();
  }

  /** Reads no more until it is woken, and resolves when the batch under way has ended: somebody else reads. */
  async rest(): Promise<void> {
    this.resting = true;
    await this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  /** Handles a kept delivery again, under today's rules: events that are known are opened again. */
  async replay(id: string): Promise<{ events: string[]; note: string | null }> {
    const { store, queue, clock } = this.settings;
    const delivery = await findDelivery(store.db, id);
    if (delivery === undefined) throw await withoutBody(store.db, id);
    const now = clock.now();
    const understood = this.understand(delivery, now);
    if (understood.quarantined) return { events: [], note: understood.note };
    const keys = understood.events.map((item) => item.event.key);
    const subjects = [...new Set(understood.events.map((item) => item.event.subject))];
    await store.write(async (work) => {
      await keepRead(work, [{ delivery, understood }], now);
      await reopenEvents(work.db, keys);
      await wakeMailboxes(work.db, subjects, now);
      work.journal({
        kind: 'delivery.replayed',
        subject: subjects[0] ?? null,
        cycle: null,
        data: { delivery: id, events: keys },
      });
    });
    for (const subject of subjects) queue.announce(subject, now);
    return { events: keys, note: understood.note };
  }

  private understand(delivery: KeptDelivery, now: number): Understood {
    const { connectors, judge } = this.settings;
    return understand(delivery, { connectors, judge, now });
  }

  private reads(): boolean {
    return !this.stopped && !this.resting;
  }

  private async readAll(): Promise<void> {
    while (this.again && this.reads()) {
      this.again = false;
      try {
        await this.readWaiting();
      } catch (error) {
        this.settings.log.error({ err: error }, 'reading deliveries failed, trying again');
        this.again = true;
        await pause(RETRY_MS);
      }
    }
    this.running = null;
  }

  private async readWaiting(): Promise<void> {
    let last: 'nothing' | 'all' | 'more' = 'more';
    while (this.reads() && last !== 'nothing') {
      last = await this.readBatch();
      if (this.settings.pressed()) await pause(PRESSED_PAUSE_MS);
      else await (last === 'more' ? turn() : pause(GATHER_MS));
    }
  }

  /** Reads one batch; returns whether it held something, and others wait. */
  private async readBatch(): Promise<'nothing' | 'all' | 'more'> {
    const { deliveries: kept, more } = await keptDeliveries(this.settings.store.db, BATCH);
    if (kept.length === 0) return 'nothing';
    try {
      await this.keep(kept);
    } catch (error) {
      // A store that is away says nothing of what was read.
      if (asFailure(error).kind === 'store-unavailable') throw error;
      await this.keepEach(kept);
    }
    return more ? 'more' : 'all';
  }

  private async keep(kept: readonly KeptDelivery[]): Promise<void> {
    const { store, queue, clock, crash } = this.settings;
    const now = clock.now();
    const reads = kept.map((delivery) => ({
      delivery,
      understood: this.understand(delivery, now),
    }));
    crash('events.normalised');
    const dueAt = now + this.settings.windowMs;
    const { subjects, hurried } = await store.write((work) => keepRead(work, reads, dueAt));
    crash('events.committed');
    for (const subject of subjects) {
      queue.announce(subject, hurried.has(subject) ? now : dueAt);
    }
    this.tell(kept, now);
  }

  /** One by one, so that the one at fault keeps none of the others. Throws its fault, once all were tried. */
  private async keepEach(kept: readonly KeptDelivery[]): Promise<void> {
    const faults: unknown[] = [];
    for (const delivery of kept) {
      await this.keep([delivery]).catch(async (error: unknown) => {
        if (!(await this.setAside(delivery, error))) faults.push(error);
      });
    }
    if (faults.length > 0) throw new AggregateError(faults, 'deliveries could not be read');
  }

  /** Counts a failed attempt; after the last one the delivery is set aside, and true returned. */
  private async setAside(delivery: KeptDelivery, error: unknown): Promise<boolean> {
    if (asFailure(error).kind === 'store-unavailable') throw error;
    const { store, log } = this.settings;
    const attempts = (this.failed.get(delivery.seq) ?? 0) + 1;
    this.failed.set(delivery.seq, attempts);
    log.error({ err: error, delivery: delivery.id, attempts }, 'a delivery could not be read');
    if (attempts < MOST_ATTEMPTS) return false;
    const understood = unreadable(`keeping what it says failed: ${errorName(error)}`);
    await store.write((work) => keepRead(work, [{ delivery, understood }], 0));
    this.failed.delete(delivery.seq);
    return true;
  }

  private tell(read: readonly KeptDelivery[], from: number): void {
    const { observer, clock } = this.settings;
    const to = clock.now();
    for (const { id, source, way, received_at: receivedAt } of read) {
      observer?.step({ name: 'read', delivery: id, source, way, from, to });
      observer?.lag('delivery-read', to - receivedAt);
    }
  }
}

async function withoutBody(db: Store['db'], id: string): Promise<Failure> {
  const [known] = await deliveriesByIds(db, [id]);
  if (known === undefined) return new Failure('not-found', `there is no delivery ${id}`);
  return new Failure('gone', `the body of delivery ${id} was kept long enough and removed`, {
    fix: 'PM_AGENT_KEEP_BODIES_DAYS says how long bodies are kept.',
  });
}
