import { steadyNow } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';

const MOST_KEPT = 1000;

/**
 * How long this process still has to wait before it may send an action again, measured and not read off the clock: one
 * that is set forward must not end a wait while the target may still be at work. What another process sent, e.g. the one
 * before a restart, is waited for from the start of this one.
 */
export class SettleWaits {
  private readonly clock: Clock;
  private readonly ends = new Map<string, number>();
  private readonly inherited: number;

  /** `inheritedMs`: how long a target may be at work on what a process before this one sent. */
  constructor(clock: Clock, inheritedMs: number) {
    this.clock = clock;
    this.inherited = steadyNow(clock) + inheritedMs;
  }

  begin(action: string, ms: number): void {
    if (this.ends.size >= MOST_KEPT) this.forgetOver();
    this.ends.set(action, steadyNow(this.clock) + ms);
  }

  /** Milliseconds; 0 when it is over. */
  left(action: string): number {
    return Math.max(0, (this.ends.get(action) ?? this.inherited) - steadyNow(this.clock));
  }

  /** The action is settled. */
  end(action: string): void {
    this.ends.delete(action);
  }

  /** What another process has settled in the meantime is not told here. */
  private forgetOver(): void {
    const now = steadyNow(this.clock);
    if (now < this.inherited) return;
    for (const [action, end] of this.ends) if (end <= now) this.ends.delete(action);
  }
}
