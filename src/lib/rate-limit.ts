import { Windows } from './windows.ts';

/** How much may pass in a window, which begins with the first that passes. */
export interface Limit {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
  /** What this process lets through by itself while the shared count is away: 0 is "nothing". */
  readonly alone: number;
}

/** Whether it may pass. `isAway`: the shared count cannot be asked, and the share of this process is used up. */
export type Passage =
  | { readonly passes: true; readonly left: number; readonly endsInMs: number }
  | { readonly passes: false; readonly waitMs: number; readonly isAway: boolean };

export interface RateLimit {
  /** Counts one of `key` if it may pass. */
  take(key: string): Promise<Passage>;
  /** Says whether one more would pass, and counts nothing. */
  look(key: string): Promise<Passage>;
}

/** In milliseconds of a clock that does not jump. */
type Now = () => number;

const monotonic: Now = () => performance.now();

/** A limit of this process alone. */
export function localLimit({ points, seconds }: Limit, now: Now = monotonic): RateLimit {
  const windows = new Windows();
  const length = seconds * 1000;
  const look = (key: string): Passage => {
    const { used, endsIn } = windows.look(key, now());
    if (used >= points) return { passes: false, waitMs: endsIn, isAway: false };
    return { passes: true, left: points - used, endsInMs: endsIn === 0 ? length : endsIn };
  };
  return {
    look: (key) => Promise.resolve(look(key)),
    take: (key) => {
      const passage = look(key);
      if (!passage.passes) return Promise.resolve(passage);
      windows.count(key, 1, { now: now(), endsAt: now() + length });
      return Promise.resolve({ ...passage, left: passage.left - 1 });
    },
  };
}
