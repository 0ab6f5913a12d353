/** Time is an argument: whoever needs "now" is handed a clock. Epoch milliseconds. */
export interface Clock {
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets. Left out where `now` is such a clock itself. */
  steady?(): number;
}

export const systemClock: Clock = { now: () => Date.now(), steady: () => performance.now() };

/** What measures a stretch of time: it never jumps, whatever is done to the clock. Milliseconds. */
export function steadyNow(clock: Clock): number {
  return clock.steady?.() ?? clock.now();
}

/** Epoch milliseconds as ISO 8601 UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
