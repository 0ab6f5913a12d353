import type { Connector, Poll } from '../domain/connector.ts';
import { asFailure, Failure } from '../domain/failure.ts';
import type { Observer } from '../domain/observer.ts';
import type { Queue } from '../domain/queue.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from '../lib/crash.ts';
import type { Logger } from '../lib/logger.ts';
import type { Store } from '../store/open.ts';
import {
  beginPolls,
  claimPoll,
  holdPoll,
  movePoll,
  nextPoll,
  planScopes,
  pollFailed,
  pollSucceeded,
  restPolls,
  SCOPES,
} from '../store/polls.ts';
import type { PollClaim } from '../store/polls.ts';
import type { EventJudge } from './event-judge.ts';
import { keepAndWake } from './keep-and-wake.ts';

export interface PollerSettings {
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
  readonly judge: EventJudge;
  readonly owner: string;
  /** How long events of one subject are gathered before its cycle, in milliseconds. */
  readonly windowMs: number;
  /** From when on facts of a new scope are wanted; `null`: from the moment it is first known. */
  readonly since: number | null;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly observer?: Observer;
}

type Polled = Connector & { readonly poll: Poll };

// Held while a page is awaited, so that a dead process is missed for so long and no longer.
const LEASE_MS = 15_000;
const BEATS_PER_LEASE = 3;
const CALL_MS = 90_000;
/** The list of scopes is asked for again after so long, or after one interval where that is longer. */
const SCOPES_MS = 600_000;
/** Clocks may be five minutes apart, and lists are behind. */
const OVERLAP_MS = 600_000;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 900_000;
// Another process may have made something due.
const LONGEST_SLEEP_MS = 10_000;
const SHORTEST_SLEEP_MS = 50;
/** After "too many calls" the interval doubles, at most to 16 times, and comes back step by step. */
const MOST_SLOWDOWN = 16;
/** A source that gives page after page is left for a breath, so that the others get their turn. */
const MOST_PAGES = 200;

/**
 * Polls every scope of every connector in its interval, one scope of a source at a time. A page's events and its
 * cursor are one commit, so a crash at any moment costs a page read twice and nothing else.
 */
export class Poller {
  private readonly settings: PollerSettings;
  private readonly sources: readonly Polled[];
  /** How many scopes each source has. */
  private readonly counts = new Map<string, number>();
  private readonly slowdown = new Map<string, number>();
  private readonly loops = new Map<string, Promise<void>>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly ending = new AbortController();

  constructor(settings: PollerSettings) {
    this.settings = settings;
    this.sources = settings.connectors.filter((one): one is Polled => one.poll !== undefined);
  }

  /** Begins to poll, and goes on until `stop`. */
  async start(): Promise<void> {
    const { store, clock } = this.settings;
    for (const { name } of this.sources) {
      const at = { since: this.since(), now: clock.now() };
      await store.write(({ db }) => beginPolls(db, name, at));
      this.look(name);
    }
  }

  /** Polls what is due of a source, now; calls that come meanwhile are joined. Resolves when nothing is due. */
  async pollDue(source: string): Promise<void> {
    const connector = this.sources.find(({ name }) => name === source);
    if (connector === undefined) return;
    const running = this.loops.get(source);
    if (running !== undefined) await running;
    else this.look(source);
    await this.loops.get(source);
  }

  /** Takes no more scopes and waits for the pages under way, which are cut short. */
  async stop(): Promise<void> {
    this.ending.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.allSettled(this.loops.values());
  }

  private since(): number {
    return this.settings.since ?? this.settings.clock.now();
  }

  private look(source: string): void {
    if (this.ending.signal.aborted || this.loops.has(source)) return;
    clearTimeout(this.timers.get(source));
    const loop = this.pollAll(source).finally(() => {
      this.loops.delete(source);
    });
    this.loops.set(source, loop);
  }

  private async pollAll(source: string): Promise<void> {
    const connector = this.sources.find(({ name }) => name === source);
    if (connector === undefined) return;
    let wait = LONGEST_SLEEP_MS;
    try {
      let claim = await this.claim(source);
      while (claim !== null && !this.ending.signal.aborted) {
        await this.pollOne(connector, claim);
        claim = await this.claim(source);
      }
      const next = await nextPoll(this.settings.store.db, source);
      if (next !== null) wait = next - this.settings.clock.now();
    } catch (error) {
      // The store is away: the cursors stand, and the next look finds what is due.
      this.settings.log.error({ source, kind: asFailure(error).kind }, 'polling stands still');
      wait = FIRST_RETRY_MS;
    }
    this.sleep(source, wait);
  }

  private sleep(source: string, wait: number): void {
    if (this.ending.signal.aborted) return;
    const ms = Math.min(Math.max(wait, SHORTEST_SLEEP_MS), LONGEST_SLEEP_MS);
    const timer = setTimeout(() => this.look(source), ms);
    timer.unref();
    this.timers.set(source, timer);
  }

  private async claim(source: string): Promise<PollClaim | null> {
    const { store, owner, clock } = this.settings;
    const request = { source, owner, now: clock.now(), leaseMs: LEASE_MS };
    return await store.write(({ db }) => claimPoll(db, request));
  }

  private async pollOne(connector: Polled, claim: PollClaim): Promise<void> {
    const beat = setInterval(() => void this.hold(claim), LEASE_MS / BEATS_PER_LEASE);
    try {
      const isRead =
        claim.scope === SCOPES
          ? await this.plan(connector, claim)
          : await this.readPages(connector, claim);
      this.recover(connector.name);
      await this.succeed(connector, claim, isRead);
    } catch (error) {
      if (this.ending.signal.aborted) await this.giveBack(claim);
      else await this.failed(connector, claim, asFailure(error));
    } finally {
      clearInterval(beat);
    }
  }

  private async hold(claim: PollClaim): Promise<void> {
    const until = this.settings.clock.now() + LEASE_MS;
    // A lost lease shows when the page is kept; a store that is away, too.
    await this.settings.store.write(({ db }) => holdPoll(db, claim, until)).catch(() => undefined);
  }

  private async plan({ name, poll }: Polled, claim: PollClaim): Promise<true> {
    const scopes = await poll.scopes({ signal: this.signal() });
    const { store, clock } = this.settings;
    const now = clock.now();
    // What is new in a later list has begun after the list before: its first facts are not lost.
    const before = claim.succeeded_at;
    const since = claim.cursor === null || before === null ? claim.since : before - OVERLAP_MS;
    this.counts.set(name, scopes.length);
    await store.write(async ({ db }) => {
      await planScopes(db, name, { scopes, since, now });
      await movePoll(db, claim, { cursor: 'planned', leasedUntil: now + LEASE_MS });
    });
    return true;
  }

  /** Returns false when it stopped before the end, to let other scopes have their turn. */
  private async readPages(connector: Polled, claim: PollClaim): Promise<boolean> {
    let { cursor } = claim;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { clock, crash } = this.settings;
      const ask = { scope: claim.scope, cursor, since: claim.since, now: clock.now() };
      const got = await connector.poll.fetch(ask, { signal: this.signal() });
      crash('poll.fetched');
      await this.keep(connector, claim, got);
      crash('poll.committed');
      if (!got.more) return true;
      if (got.cursor === cursor) {
        throw new Failure('bad-answer', 'a page gave the same cursor again');
      }
      cursor = got.cursor;
    }
    return false;
  }

  /** Events and cursor in one transaction: the cursor never moves past a fact that was not kept. */
  private async keep(
    connector: Polled,
    claim: PollClaim,
    page: Awaited<ReturnType<Poll['fetch']>>,
  ): Promise<void> {
    const { store, queue, clock, judge, windowMs } = this.settings;
    const now = clock.now();
    const seen = judge(connector, page.events, { way: 'poll', delivery: null, keptAt: now });
    const dueAt = now + windowMs;
    const { subjects } = await store.write(async (work) => {
      const kept = await keepAndWake(work, seen, dueAt);
      await movePoll(work.db, claim, { cursor: page.cursor, leasedUntil: now + LEASE_MS });
      if (kept.fresh.size > 0) {
        const data = { source: claim.source, scope: claim.scope, events: [...kept.fresh] };
        work.journal({ kind: 'poll.found', subject: null, cycle: null, data });
      }
      return kept;
    });
    for (const subject of subjects) queue.announce(subject, dueAt);
  }

  private async succeed({ name, poll }: Polled, claim: PollClaim, isRead: boolean): Promise<void> {
    const now = this.settings.clock.now();
    const every = isRead ? this.intervalOf(name, poll) : 0;
    const interval = claim.scope === SCOPES ? Math.max(SCOPES_MS, every) : every;
    const next = now + interval * (this.slowdown.get(name) ?? 1) * this.jitter();
    await this.settings.store.write(({ db }) =>
      pollSucceeded(db, claim, { now, next: Math.round(next) }),
    );
  }

  private intervalOf(name: string, poll: Poll): number {
    const { everySeconds, mostPerMinute = Infinity } = poll;
    const scopes = this.counts.get(name) ?? 1;
    return Math.max(everySeconds * 1000, (scopes / mostPerMinute) * 60_000);
  }

  private async failed({ name, poll }: Polled, claim: PollClaim, failure: Failure): Promise<void> {
    const { store, log, clock } = this.settings;
    const { source, scope } = claim;
    if (failure.kind === 'lease-lost') {
      this.lost(claim);
      return;
    }
    log.warn({ source, scope, kind: failure.kind }, 'a poll failed, it is tried again');
    this.settings.observer?.retry('poll', failure.kind);
    const now = clock.now();
    const growing = Math.min(FIRST_RETRY_MS * 2 ** Math.min(claim.failures, 10), LONGEST_RETRY_MS);
    const retry = Math.min(growing, Math.max(poll.everySeconds * 1000, FIRST_RETRY_MS));
    const next = Math.round(now + Math.max(retry * this.jitter(), failure.retryAfterMs ?? 0));
    const error = `${failure.kind}: ${failure.message}`;
    if (failure.kind === 'rate-limited') {
      this.slowdown.set(name, Math.min((this.slowdown.get(name) ?? 1) * 2, MOST_SLOWDOWN));
      // By itself: it holds for the whole source, also when this scope was asked for anew meanwhile.
      await store.write(({ db }) => restPolls(db, source, next));
    }
    await store
      .write(({ db }) => pollFailed(db, claim, { now, next, error }))
      .catch((late: unknown) => {
        if (asFailure(late).kind !== 'lease-lost') throw late;
        this.lost(claim);
      });
  }

  /** Nothing is wrong: the scope was asked for anew, or somebody else polls it. */
  private lost({ source, scope }: PollClaim): void {
    this.settings.log.info({ source, scope }, 'the poll under way was overtaken');
  }

  private recover(source: string): void {
    const slow = this.slowdown.get(source) ?? 1;
    if (slow > 1) this.slowdown.set(source, Math.max(1, slow * 0.9));
  }

  /** The program ends: whoever starts next need not wait for the lease. */
  private async giveBack(claim: PollClaim): Promise<void> {
    const now = this.settings.clock.now();
    const error = 'cut short by the end of the program';
    await this.settings.store
      .write(({ db }) => pollFailed(db, { ...claim, failures: -1 }, { now, next: now, error }))
      .catch(() => undefined);
  }

  private jitter(): number {
    return 0.9 + this.settings.random() * 0.2;
  }

  private signal(): AbortSignal {
    return AbortSignal.any([this.ending.signal, AbortSignal.timeout(CALL_MS)]);
  }
}
