import { asFailure } from '../domain/failure.ts';
import type { FailureKind } from '../domain/failure.ts';
import type { Observer } from '../domain/observer.ts';
import type { Queue } from '../domain/queue.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from '../lib/crash.ts';
import type { Logger } from '../lib/logger.ts';
import { closeCycle } from '../store/cycles.ts';
import { endEvents } from '../store/events.ts';
import {
  claimMailboxes,
  holdMailbox,
  nextDue,
  parkMailbox,
  releaseMailbox,
} from '../store/mailboxes.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';

/** How a pass over a cycle ended. A finished cycle has released its mailbox itself, in its last commit. */
type CycleEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'parked'; readonly until: number; readonly note: string };

type RunCycle = (claim: Claim, signal: AbortSignal) => Promise<CycleEnd>;

export interface WorkerSettings {
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  readonly log: Logger;
  readonly runCycle: RunCycle;
  readonly owner: string;
  readonly mode: string;
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly maxAttempts: number;
  /** How often the store is asked although nothing was announced. */
  readonly sweepMs: number;
  /** True while senders wait for their answer: cycles then take a smaller share. */
  readonly pressed: () => boolean;
  readonly observer?: Observer;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

// While senders are served first, work goes on in small steps, so that it never stands still.
const PRESSED_CONCURRENCY = 8;
const PRESSED_PAUSE_MS = 250;

// Heard without room: after so long somebody is told again, who may be another worker.
const NO_ROOM_MS = 250;

// One that was cut off still has so long to hear of it.
const CUT_OFF_MS = 4_000;

const GATHERED = 16;
const GATHER_MS = 50;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Running {
  readonly claim: Claim;
  readonly done: Promise<void>;
}

/** Claims due mailboxes and runs one cycle at a time on each; sets its events aside after the last attempt. */
export class Worker {
  private readonly settings: WorkerSettings;
  private readonly running = new Map<string, Running>();
  private readonly ending = new AbortController();
  private beating: NodeJS.Timeout | undefined;
  private sweeping: NodeJS.Timeout | undefined;
  private looking = false;
  private looked: Promise<void> = Promise.resolve();
  private lookAgain = false;
  private stopping = false;

  constructor(settings: WorkerSettings) {
    this.settings = settings;
  }

  /** Takes mail from now on, and looks at once for what is there. */
  start(): void {
    const { queue, leaseMs, sweepMs } = this.settings;
    queue.onDue(() => this.hear());
    this.beating = setInterval(() => void this.beat(), leaseMs / 3).unref();
    this.sweeping = setInterval(() => this.look(), sweepMs).unref();
    this.look();
  }

  /** Looks for due mailboxes; calls that come while it looks are joined into one more look. */
  look(): void {
    this.lookAgain = true;
    if (this.looking || this.stopping) return;
    this.looking = true;
    this.looked = this.lookWhileAsked();
  }

  /**
   * Takes no more mail and waits for the open cycles, at most `graceMs`; then they are cut off, and what does not end for all
   * that is left to its lease and its intents.
   */
  async stop(graceMs: number, cutOffMs = CUT_OFF_MS): Promise<void> {
    this.stopping = true;
    clearInterval(this.sweeping);
    const late = Promise.withResolvers<undefined>();
    const grace = setTimeout(() => this.ending.abort(), graceMs);
    const last = setTimeout(() => late.resolve(undefined), graceMs + cutOffMs);
    // Who drains holds its leases to the end: nobody else may think the same thought meanwhile.
    await Promise.race([this.drained(), late.promise]);
    clearTimeout(grace);
    clearTimeout(last);
    clearInterval(this.beating);
    this.ending.abort();
  }

  private async drained(): Promise<void> {
    // A claim under way is carried out: left behind, its mailbox would rest until the lease ends.
    await this.looked;
    await Promise.allSettled([...this.running.values()].map((entry) => entry.done));
  }

  /** The word to look reaches one worker only: one that is full passes it on. Its own next look comes with its room. */
  private hear(): void {
    if (this.stopping || this.room() <= 0) {
      const { queue, clock } = this.settings;
      queue.announce('inbox:any:room', clock.now() + NO_ROOM_MS);
      return;
    }
    this.look();
  }

  private async lookWhileAsked(): Promise<void> {
    while (this.lookAgain && !this.stopping) {
      this.lookAgain = false;
      await this.claim().catch((error: unknown) =>
        this.settings.log.error({ err: error }, 'claiming mailboxes failed'),
      );
    }
    this.looking = false;
  }

  private async claim(): Promise<void> {
    const { store, queue, clock, crash } = this.settings;
    if (this.settings.pressed()) await pause(PRESSED_PAUSE_MS);
    if (this.room() <= 0) return;
    const dueAt = await nextDue(store.db);
    if (dueAt === null) return;
    if (dueAt > clock.now()) {
      queue.announce('inbox:any:next', dueAt);
      return;
    }
    const claims = await store.write(async ({ db }) => {
      // Counted here and not before: the cycles that ended meanwhile make room for one larger claim.
      const except = [...this.running.keys()];
      const request = { ...this.settings, now: clock.now(), limit: this.room(), except };
      return await claimMailboxes(db, request);
    });
    if (claims.length > 0) crash('mailbox.claimed');
    for (const claim of claims) this.begin(claim);
    // Due, and not to be had: the clock was set, and it is our own leases that have ended.
    if (claims.length === 0) await this.beat();
    // There may be more due, or the next one has its time; few at once are let gather, to share a commit.
    this.lookAgain = true;
    if (claims.length < GATHERED) await pause(GATHER_MS);
  }

  private room(): number {
    const { concurrency, pressed } = this.settings;
    return (pressed() ? PRESSED_CONCURRENCY : concurrency) - this.running.size;
  }

  private begin(claim: Claim): void {
    const { at, waitedSince } = claim;
    if (waitedSince !== null) {
      this.settings.observer?.lag('event-claim', at - waitedSince);
      this.settings.observer?.step({ name: 'wait', pass: claim, from: waitedSince, to: at });
    }
    const done = this.run(claim).finally(() => {
      this.running.delete(claim.subject);
      this.look();
    });
    this.running.set(claim.subject, { claim, done });
  }

  private async run(claim: Claim): Promise<void> {
    try {
      const end = await this.observed(claim);
      if (end.kind === 'parked') await this.park(claim, end);
    } catch (error) {
      if (this.ending.signal.aborted) return;
      // If even this fails, the lease runs out and the cycle is taken up again.
      await this.failed(claim, error).catch((next: unknown) =>
        this.settings.log.error({ err: next, cycle: claim.cycle }, 'could not note the failure'),
      );
    }
  }

  private async observed(claim: Claim): Promise<CycleEnd> {
    const { clock, observer, runCycle } = this.settings;
    const tell = (failure?: FailureKind): void => {
      const step = { name: 'cycle', pass: claim, from: claim.at, to: clock.now() } as const;
      observer?.step(failure === undefined ? step : { ...step, failure });
    };
    try {
      const end = await runCycle(claim, this.ending.signal);
      tell();
      return end;
    } catch (error) {
      tell(asFailure(error).kind);
      throw error;
    }
  }

  private async park(claim: Claim, end: { until: number; note: string }): Promise<void> {
    const pause = { dueAt: end.until, attempts: claim.attempts, error: end.note };
    await this.settings.store.write(({ db }) => parkMailbox(db, claim, pause));
    this.settings.queue.announce(claim.subject, end.until);
  }

  private async failed(claim: Claim, error: unknown): Promise<void> {
    const { log, clock, maxAttempts } = this.settings;
    const failure = asFailure(error);
    const about = { subject: claim.subject, cycle: claim.cycle, kind: failure.kind };
    this.settings.observer?.retry('cycle', failure.kind);
    if (failure.kind === 'lease-lost') {
      log.warn(about, 'lease lost, the cycle goes on elsewhere');
      return;
    }
    // A store that is away says nothing of the mail: however often it goes, nothing is set aside for it.
    const attempts = claim.attempts + (failure.kind === 'store-unavailable' ? 0 : 1);
    log.error({ ...about, attempts, err: failure }, 'cycle failed');
    if (attempts >= maxAttempts) {
      await this.setAside(claim, `${failure.kind}: ${failure.message}`);
      return;
    }
    const wait = Math.min(FIRST_RETRY_MS * 2 ** claim.attempts, LONGEST_RETRY_MS);
    const until = clock.now() + Math.max(wait, failure.retryAfterMs ?? 0);
    await this.park({ ...claim, attempts }, { until, note: failure.kind });
  }

  /** The last attempt failed: the events become dead letters, the mailbox goes on without them. */
  private async setAside(claim: Claim, reason: string): Promise<void> {
    const now = this.settings.clock.now();
    await this.settings.store.write(async ({ db, journal }) => {
      await holdMailbox(db, claim, now);
      const end = { state: 'failed', outcome: 'failed', error: reason, now } as const;
      await closeCycle(db, claim.cycle, end);
      await endEvents(db, claim.cycle, 'dead');
      await releaseMailbox(db, claim);
      journal({
        kind: 'cycle.failed',
        subject: claim.subject,
        cycle: claim.cycle,
        data: { attempts: claim.attempts + 1, reason },
      });
    });
  }

  private async beat(): Promise<void> {
    const { store, clock, leaseMs } = this.settings;
    const until = clock.now() + leaseMs;
    const held = [...this.running.values()].map(({ claim }) =>
      // A lost lease shows when the cycle writes next; a store that is away, too.
      store.write(({ db }) => holdMailbox(db, claim, until)).catch(() => null),
    );
    await Promise.all(held);
  }
}
