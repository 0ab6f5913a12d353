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
 * lease has run out or was given back. Who cannot renew it stops before it ends.
 */
export class Standby {
  private readonly parts: StandbyParts;
  private running: Running | null = null;
  private fence: number | null = null;
  private heldUntil = -Infinity;
  private timer: NodeJS.Timeout | null = null;
  private turn: Promise<void> = Promise.resolve();
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
    await this.turn;
    if (this.running === null) return;
    await this.end();
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
      if (fence === null) return;
      this.fence = fence;
      this.heldUntil = until;
      if (this.running !== null) return;
      this.running = await this.parts.begin();
      log.info({ part: name, fence }, 'this process runs the part');
    } catch (error) {
      log.warn({ part: name, kind: asFailure(error).kind }, 'the lease was not renewed');
      const beat = leaseMs / BEATS_PER_LEASE;
      if (performance.now() + beat >= this.heldUntil) await this.end();
    }
  }

  private async end(): Promise<void> {
    const { running } = this;
    this.running = null;
    if (running === null) return;
    await running.stop();
    this.parts.log.info({ part: this.parts.name }, 'this process no longer runs the part');
  }
}
