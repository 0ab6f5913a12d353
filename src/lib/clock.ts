/** Time is an argument: whoever needs "now" is handed a clock. Epoch milliseconds. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Epoch milliseconds as ISO 8601 UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
