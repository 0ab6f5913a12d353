import { asFailure } from '../domain/failure.ts';
import type { Logger } from '../lib/logger.ts';
import { giveLeaseBack, takeLease } from '../store/leases.ts';
import type { Store } from '../store/open.ts';

/** Something that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

export interface StandbyParts {
  readonly store: Store;
  readonly log: Logger;
  /** What only one process may run, e.g. `poller`. */
  readonly name: string;
  readonly owner: string;
  readonly leaseMs: number;
  /** Begins anew; called each time the lease has come to this process. */
  readonly begin: () => Promise<Running>;
}

const BEATS_PER_LEASE = 3;

/**
 * Runs a part in one process at a time: whoever holds its lease in the store. The others stand by and take over when the
 * lease has run out or was given back. Who cannot renew it stops before it ends, also while the store does not answer.
 */
export class Standby {
  private readonly parts: StandbyParts;
  private running: Running | null = null;
  private fence: number | null = null;
  private heldUntil = -Infinity;
  private timer: NodeJS.Timeout | null = null;
  private deadline: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  /** The end of what ran here before: the next one begins after it. */
  private ended: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(parts: StandbyParts) {
    this.parts = parts;
  }

  /** Whether the part runs here. */
  get leads(): boolean {
    return this.running !== null;
  }

  /** Tries for the lease; resolves when the part runs here or somebody else has it. Then goes on trying. */
  async start(): Promise<void> {
    await this.beat();
    if (this.isStopped) return;
    this.timer = setInterval(() => void this.beat(), this.parts.leaseMs / BEATS_PER_LEASE);
    this.timer.unref();
  }

  /** Ends the part and gives the lease back. */
  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.timer !== null) clearInterval(this.timer);
    // At once: a beat under way may wait for a store that does not answer.
    const { fence } = this;
    await Promise.all([this.end(), this.turn]);
    if (fence === null && this.fence === null) return;
    const { store, name, owner } = this.parts;
    await store.write(({ db }) => giveLeaseBack(db, { name, owner })).catch(() => undefined);
  }

  /** Takes or renews the lease now. One beat at a time: a late one must not overtake the next. */
  async beat(): Promise<void> {
    this.turn = this.turn.then(() => this.renew());
    await this.turn;
  }

  private async renew(): Promise<void> {
    if (this.isStopped) return;
    const { store, log, name, owner, leaseMs } = this.parts;
    // Before the store is asked: the lease ends no later than this process believes.
    const until = performance.now() + leaseMs;
    try {
      const request = { name, owner, leaseMs, now: store.clock.now() };
      const fence = await store.write(({ db }) => takeLease(db, request));
      if (fence === null || fence !== this.fence) await this.end();
      this.fence = fence;
      if (fence === null) return;
      this.hold(until);
      if (this.running === null) await this.begin(fence);
    } catch (error) {
      log.warn({ part: name, kind: asFailure(error).kind }, 'the lease was not renewed');
      const beat = leaseMs / BEATS_PER_LEASE;
      if (performance.now() + beat >= this.heldUntil) await this.end();
    }
  }

  /** The part ends by itself shortly before this instant, unless it is renewed until then. */
  private hold(until: number): void {
    this.heldUntil = until;
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => void this.end(), this.left());
    this.deadline.unref();
  }

  /** Until when the part has to be told to stop: half a beat before somebody else may begin. */
  private left(): number {
    return this.heldUntil - this.parts.leaseMs / BEATS_PER_LEASE / 2 - performance.now();
  }

  private mayRun(): boolean {
    return !this.isStopped && this.left() > 0;
  }

  private async begin(fence: number): Promise<void> {
    await this.ended;
    // The store may have answered too late, or what ran here may have taken long to end.
    if (!this.mayRun()) return;
    this.running = await this.parts.begin();
    this.parts.log.info({ part: this.parts.name, fence }, 'this process runs the part');
    // Meanwhile it was stopped, or the lease ran out.
    if (!this.mayRun()) await this.end();
  }

  private async end(): Promise<void> {
    const { running } = this;
    const { log, name: part } = this.parts;
    clearTimeout(this.deadline);
    this.running = null;
    if (running !== null) {
      this.ended = running.stop().then(
        () => log.info({ part }, 'this process no longer runs the part'),
        (error: unknown) => log.error({ part, err: error }, 'the part did not end as it should'),
      );
    }
    await this.ended;
  }
}
