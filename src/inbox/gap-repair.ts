import type { Connector, DeliveryList, ListedDelivery } from '../domain/connector.ts';
import { asFailure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { neverCame, noteGap } from '../store/completeness.ts';
import type { Store } from '../store/open.ts';
import type { Receiver } from './receive.ts';

export interface GapRepairSettings {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
  readonly receiver: Pick<Receiver, 'take'>;
}

type Listing = Connector & { readonly deliveryList: DeliveryList };

const DAY_MS = 86_400_000;
/** The longest time for which a sender keeps its list (contracts/github.md section 1.2). */
const LISTED_MS = 3 * DAY_MS;
/** What was listed a moment ago may still be on its way. */
const ON_ITS_WAY_MS = 60_000;
const CALL_MS = 60_000;
const FIRST_LOOK_MS = 1_000;

/**
 * Where a sender lists its deliveries, fetches those that never came and keeps them like any other. It only reads:
 * nothing is asked to be sent again, so it works without a public address and in simulation.
 */
export class GapRepair {
  private readonly settings: GapRepairSettings;
  private readonly sources: readonly Listing[];
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private readonly ending = new AbortController();

  constructor(settings: GapRepairSettings) {
    this.settings = settings;
    this.sources = settings.connectors.filter(
      (one): one is Listing => one.deliveryList !== undefined,
    );
  }

  /** Looks now and again in each source's interval, until `stop`. */
  start(): void {
    for (const source of this.sources) this.later(source, FIRST_LOOK_MS);
  }

  async stop(): Promise<void> {
    this.ending.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.allSettled(this.running);
  }

  /** Looks once. Returns how many deliveries had never come and were fetched. Throws a `Failure`. */
  async repair(name: string): Promise<number> {
    const source = this.sources.find((one) => one.name === name);
    if (source === undefined) return 0;
    const { store, clock } = this.settings;
    const now = clock.now();
    const listed = await source.deliveryList.list(now - LISTED_MS, { signal: this.signal() });
    const due = listed.filter(({ at }) => at < now - ON_ITS_WAY_MS);
    const ids = [...new Set(due.map(({ id }) => id))];
    const missing = new Set(await neverCame(store.db, name, ids));
    let repaired = 0;
    for (const one of due) {
      if (!missing.delete(one.id)) continue;
      if (await this.fetch(source, one)) repaired += 1;
    }
    return repaired;
  }

  private async fetch({ name, deliveryList }: Listing, listed: ListedDelivery): Promise<boolean> {
    const { store, clock, receiver, log } = this.settings;
    const gap = { source: name, name: listed.id, at: listed.at, foundAt: clock.now() };
    await store.write(({ db }) => noteGap(db, { ...gap, repairedAt: null }));
    const message = await deliveryList.open(listed, { signal: this.signal() });
    const end = await receiver.take(name, 'list', { ...message, name: listed.id });
    if (end !== 'accepted' && end !== 'duplicate') return false;
    await store.write(({ db }) => noteGap(db, { ...gap, repairedAt: clock.now() }));
    log.warn({ source: name, delivery: listed.id }, 'a delivery never came and was fetched');
    return true;
  }

  private later(source: Listing, ms: number): void {
    if (this.ending.signal.aborted) return;
    const timer = setTimeout(() => {
      const look = this.look(source).finally(() => this.running.delete(look));
      this.running.add(look);
    }, ms);
    timer.unref();
    this.timers.set(source.name, timer);
  }

  private async look(source: Listing): Promise<void> {
    try {
      await this.repair(source.name);
    } catch (error) {
      if (this.ending.signal.aborted) return;
      const { kind } = asFailure(error);
      this.settings.log.warn({ source: source.name, kind }, 'the list of deliveries was not read');
    }
    this.later(source, source.deliveryList.everySeconds * 1000);
  }

  private signal(): AbortSignal {
    return AbortSignal.any([this.ending.signal, AbortSignal.timeout(CALL_MS)]);
  }
}
