import type { Action } from '../domain/action.ts';
import type { Effect, Operation, WriteCall } from '../domain/connector.ts';
import { asFailure, Failure } from '../domain/failure.ts';
import type { Mode } from '../domain/mode.ts';
import { isOfTheMoment } from '../domain/purpose.ts';
import { iso, steadyNow } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from '../lib/crash.ts';
import { moveAction } from '../store/actions.ts';
import type { ActionChange } from '../store/actions.ts';
import { lookBack } from './aftermath.ts';
import type { LookedBack } from './aftermath.ts';
import type { Attempt, Patience } from './attempt.ts';
import { holdMailbox } from '../store/mailboxes.ts';
import type { Claim } from '../store/mailboxes.ts';
import type { Store } from '../store/open.ts';
import { readRestored } from '../store/restored.ts';
import type { Restored } from '../store/restored.ts';
import type { Work } from '../store/writer.ts';
import type { Stop } from './reserve.ts';
import { SettleWaits } from './settle-waits.ts';
import { FINAL, UNASKED, wantsSilence, writerOf } from './target-writer.ts';
import type { Find, Look, Writer } from './target-writer.ts';

export interface DoorParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  readonly modeOf: (operation: string) => Mode;
  /** The last look before something leaves, in the transaction that makes it `sending`. */
  readonly reserve: (db: Work['db'], action: Action) => Promise<Stop | null>;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly patience: Patience;
  readonly leaseMs: number;
}

const MOST_SENDS = 6;
const FIRST_BACKOFF_MS = 2000;
const GIVE_UP_READING_MS = 60 * 60 * 1000;

const MAY_BE_DONE = 'the store was restored, and it may have been done before';
const FOUND_BEFORE =
  'the store was restored; the target has this from before, so it was not done again';

/**
 * The one place from which an outside system is changed. Intent first (`sending`, committed), then one send with
 * the action's id as its marker, then the receipt. Before any second send the target is asked for the marker.
 */
export class Door {
  private readonly parts: DoorParts;
  private readonly waits: SettleWaits;
  /** Asked once: a store is put back only while nothing runs on it. */
  private restored: Promise<Restored | null> | null = null;

  constructor(parts: DoorParts) {
    this.parts = parts;
    this.waits = new SettleWaits(parts.clock, parts.patience.settleAfterCrashMs);
  }

  /** Carries out an allowed action, or goes on with one that was cut off. Throws `lease-lost` and store failures. */
  async carryOut(action: Action, claim: Claim): Promise<Attempt> {
    const writer = writerOf(action, this.parts);
    if (writer === null) return await this.withoutWriter(action, claim);
    const restored = await this.lastRestore();
    if (action.attempts === 0 && restored !== null) {
      return await this.afterRestore(action, claim, { writer, restored });
    }
    if (action.state === 'proposed') return await this.send(action, claim, writer);
    return await this.goOn(action, claim, writer);
  }

  private async lastRestore(): Promise<Restored | null> {
    this.restored ??= readRestored(this.parts.store.db);
    try {
      return await this.restored;
    } catch (error) {
      this.restored = null;
      throw error;
    }
  }

  /** It was not sent as far as this store knows, but the store was put back: it may have been sent before that. */
  private async afterRestore(
    action: Action,
    claim: Claim,
    given: { writer: Writer; restored: Restored },
  ): Promise<Attempt> {
    const { writer, restored } = given;
    const looked = await this.lookedBack(action, given).catch((error: unknown) => ({ error }));
    if ('error' in looked) {
      const since = Math.max(restored.at, Date.parse(action.createdAt));
      return await this.couldNotLook(action, claim, { ...looked, since });
    }
    if (looked.kind === 'free') return await this.send(action, claim, writer);
    if (looked.kind === 'unclear') return await this.cannotTell(action, claim, MAY_BE_DONE);
    return await this.doneBefore(action, claim, looked.effect);
  }

  private async lookedBack(
    action: Action,
    { writer, restored }: { writer: Writer; restored: Restored },
  ): Promise<LookedBack> {
    const { find, ours } = writer;
    const { store, clock } = this.parts;
    const looking = {
      find: find === null ? null : () => find(this.call(action)),
      ours: ours === null ? null : (since: number) => ours(since, this.call(action)),
    };
    return await lookBack(action, { store, restored, looking, now: clock.now() });
  }

  private async doneBefore(action: Action, claim: Claim, effect: Effect): Promise<Attempt> {
    // Nobody was reminded of this now: its problem comes up anew, with what holds then.
    const state = action.purpose === 'reminder' ? 'suppressed' : 'done';
    return await this.settle(action, claim, {
      state,
      effect_id: effect.id,
      effect_url: effect.url,
      note: FOUND_BEFORE,
    });
  }

  /** What was never sent is written down; what may have been sent stays open to a person's eyes. */
  private async withoutWriter(action: Action, claim: Claim): Promise<Attempt> {
    if (action.state === 'proposed') {
      const mode = this.parts.modeOf(action.operation);
      const note = `mode is ${mode} and there is no way to write: not sent`;
      return await this.settle(action, claim, { state: 'simulated', note });
    }
    const note = 'it may have been sent before the way to write was closed; look at the target';
    return await this.settle(action, claim, { state: 'unknown', note });
  }

  private call(action: Action): WriteCall {
    return { marker: action.id, signal: AbortSignal.timeout(this.parts.patience.callMs) };
  }

  /** It was sent before, or may have been: ask the target first. */
  private async goOn(action: Action, claim: Claim, writer: Writer): Promise<Attempt> {
    if (writer.find === null) return await this.cannotTell(action, claim, 'it was cut off');
    const now = this.parts.clock.now();
    const sentAt = action.sentAt === null ? now : Date.parse(action.sentAt);
    try {
      const found = await writer.find(this.call(action));
      if (found !== null) return await this.done(action, claim, found);
    } catch (error) {
      const since = Math.max(sentAt, (await this.lastRestore())?.at ?? 0);
      return await this.couldNotLook(action, claim, { error, since });
    }
    const until = this.earliest(action, now);
    if (now < until) return await this.wait(action, claim, { until, note: 'settling' });
    if (action.attempts >= MOST_SENDS) {
      const note = `not arrived after ${action.attempts} tries`;
      return await this.settle(action, claim, { state: 'failed', note });
    }
    return await this.send(action, claim, writer);
  }

  /** Tries again for a while; then a person has to look. */
  private async couldNotLook(
    action: Action,
    claim: Claim,
    given: { error: unknown; since: number },
  ): Promise<Attempt> {
    const failure = asFailure(given.error);
    if (failure.kind === 'lease-lost' || failure.kind === 'store-unavailable') throw failure;
    const now = this.parts.clock.now();
    const note = `could not look whether it arrived: ${failure.kind}`;
    if (now - given.since > GIVE_UP_READING_MS || FINAL.has(failure.kind)) {
      return await this.settle(action, claim, { state: 'unknown', note });
    }
    // The target may still be at work: a look that failed ends no wait.
    const until = Math.max(now + this.backoff(action, failure), this.earliest(action, now));
    return await this.wait(action, claim, { until, note });
  }

  /** When what was sent may be sent again, if the target does not have it by then. Epoch milliseconds. */
  private earliest(action: Action, now: number): number {
    if (action.attempts === 0) return now;
    const kept = action.resendAfter === null ? now : Date.parse(action.resendAfter);
    return Math.max(kept, now + this.waits.left(action.id));
  }

  private async send(action: Action, claim: Claim, writer: Writer): Promise<Attempt> {
    const { clock, crash, patience, leaseMs } = this.parts;
    const from = steadyNow(clock);
    const now = clock.now();
    const attempts = action.attempts + 1;
    const settleAt = now + patience.settleAfterCrashMs;
    this.waits.begin(action.id, patience.settleAfterCrashMs);
    const intent = { state: 'sending', attempts, sent_at: now, resend_after: settleAt } as const;
    const stop = await this.intend(action, claim, intent);
    if (stop !== null) return await this.stopped(action, claim, stop);
    crash('action.sending');
    // A process that stood still since then may have lost its lease: another one looks for the marker and sends by itself.
    if (steadyNow(clock) - from >= leaseMs) {
      throw new Failure('lease-lost', `${action.subject} may go on elsewhere, so nothing is sent`);
    }
    const sent: Action = { ...action, state: 'sending', attempts };
    try {
      const effect = await writer.run(this.call(action));
      crash('action.sent');
      return await this.done(sent, claim, effect);
    } catch (error) {
      const failure = asFailure(error);
      if (failure.kind === 'lease-lost' || failure.kind === 'store-unavailable') throw failure;
      return await this.afterFailure(sent, claim, { failure, writer });
    }
  }

  /** A reported failure is no proof that nothing happened: look for the marker, then decide. */
  private async afterFailure(
    action: Action,
    claim: Claim,
    given: { failure: Failure; writer: Writer },
  ): Promise<Attempt> {
    const { failure, writer } = given;
    if (writer.find === null) return await this.withoutLook(action, claim, failure);
    const look = wantsSilence(failure) ? UNASKED : await this.look(action, writer.find);
    if (look.found !== null) return await this.done(action, claim, look.found);
    const note = `${failure.kind}: ${failure.message}`;
    // Not found is an answer; not being able to look is none: then it is looked for again before anything is said.
    if (look.blind === null && FINAL.has(failure.kind)) {
      return await this.settle(action, claim, { state: 'failed', note });
    }
    const clear = failure.kind === 'rate-limited';
    const settle = clear ? 0 : this.parts.patience.settleAfterBreakMs;
    const wait = Math.max(settle, this.backoff(action, failure), look.blind?.retryAfterMs ?? 0);
    return await this.wait(action, claim, { until: this.parts.clock.now() + wait, note });
  }

  private async look(action: Action, find: Find): Promise<Look> {
    try {
      return { found: await find(this.call(action)), blind: null };
    } catch (error) {
      return { found: null, blind: asFailure(error) };
    }
  }

  /** Only what the target has surely refused may be tried again, or counts as failed. */
  private async withoutLook(action: Action, claim: Claim, failure: Failure): Promise<Attempt> {
    const note = `${failure.kind}: ${failure.message}`;
    if (FINAL.has(failure.kind)) return await this.settle(action, claim, { state: 'failed', note });
    if (failure.kind !== 'rate-limited') return await this.cannotTell(action, claim, note);
    const until = this.parts.clock.now() + this.backoff(action, failure);
    return await this.wait(action, claim, { until, note });
  }

  /** Nothing can be read back, so it is never sent again and a person looks. */
  private async cannotTell(action: Action, claim: Claim, why: string): Promise<Attempt> {
    const note = `${why}; the target cannot be asked whether it arrived, look there`;
    return await this.settle(action, claim, { state: 'unknown', note });
  }

  private backoff(action: Action, failure: Failure): number {
    const growing = FIRST_BACKOFF_MS * 2 ** Math.min(action.attempts, MOST_SENDS);
    return failure.retryAfterMs ?? growing;
  }

  private async wait(
    action: Action,
    claim: Claim,
    wait: { until: number; note: string },
  ): Promise<Attempt> {
    this.waits.begin(action.id, wait.until - this.parts.clock.now());
    await this.move(action, claim, {
      state: 'sending',
      resend_after: wait.until,
      note: wait.note,
    });
    return { kind: 'wait', ...wait };
  }

  private async done(action: Action, claim: Claim, effect: Effect): Promise<Attempt> {
    return await this.settle(action, claim, {
      state: 'done',
      effect_id: effect.id,
      effect_url: effect.url,
      note: null,
    });
  }

  private async settle(action: Action, claim: Claim, change: ActionChange): Promise<Attempt> {
    const settled = { ...change, settled_at: this.parts.clock.now() };
    await this.move(action, claim, settled);
    this.waits.end(action.id);
    this.parts.crash('action.settled');
    return { kind: 'settled', state: change.state };
  }

  /** Writes the intent down, unless the last look says no. */
  private async intend(action: Action, claim: Claim, change: ActionChange): Promise<Stop | null> {
    return await this.parts.store.write(async (work) => {
      const stop = await this.parts.reserve(work.db, action);
      if (stop === null) await this.commit(work, { action, claim, change });
      return stop;
    });
  }

  /** What was never sent is judged again at its time; what may have been sent waits with its intent. */
  private async stopped(action: Action, claim: Claim, stop: Stop): Promise<Attempt> {
    if (action.attempts > 0) {
      return await this.wait(action, claim, { until: stop.until, note: stop.reason });
    }
    const { rule, reason, until } = stop;
    const verdict = JSON.stringify({ answer: 'deny', rule, reason, until: iso(until) });
    // A reminder is never sent from a stale decision: its problem comes up anew.
    const change: ActionChange = isOfTheMoment(action.purpose)
      ? { state: 'suppressed', note: reason, verdict, settled_at: this.parts.clock.now() }
      : { state: 'deferred', due_at: until, note: reason, verdict };
    await this.move(action, claim, change);
    return { kind: 'settled', state: change.state };
  }

  /** Commits the step with its journal line, as long as the lease holds. */
  private async move(action: Action, claim: Claim, change: ActionChange): Promise<void> {
    await this.parts.store.write((work) => this.commit(work, { action, claim, change }));
  }

  private async commit(
    { db, journal }: Work,
    step: { action: Action; claim: Claim; change: ActionChange },
  ): Promise<void> {
    const { action, claim, change } = step;
    await holdMailbox(db, claim, this.parts.clock.now() + this.parts.leaseMs);
    await moveAction(db, action.id, { ...change, from: ['proposed', 'sending'] });
    journal({
      kind: change.state === 'sending' ? 'action.sending' : 'action.settled',
      subject: action.subject,
      cycle: action.cycle,
      data: {
        action: action.id,
        operation: action.operation,
        digest: action.digest,
        state: change.state,
        attempts: change.attempts ?? action.attempts,
        effect: change.effect_id ?? null,
        note: change.note ?? null,
      },
    });
  }
}
