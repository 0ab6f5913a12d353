import type { Clock } from '../lib/clock.ts';

/** The clock of a database that several machines share, as far as this process has heard of it. */
export interface StoreClock extends Clock {
  /** The database has just said what time it is. */
  readonly heard: (databaseNow: number) => void;
}

const REMEMBERED = 16;

/**
 * Tells the time of the database between two answers of it. It never runs ahead of what the database said: an answer
 * takes its time to arrive, so that a lease seems younger here than it is there, and nobody claims too early.
 * `elapsed` counts milliseconds and never goes back, whatever is done to the clock of this machine.
 */
export function storeClock(elapsed: () => number): StoreClock {
  const offsets: number[] = [];
  let offset: number | null = null;
  return {
    heard: (databaseNow) => {
      offsets.push(databaseNow - elapsed());
      if (offsets.length > REMEMBERED) offsets.shift();
      // The largest came with the least delay.
      offset = Math.max(...offsets);
    },
    now: () => {
      if (offset === null) throw new TypeError('the database has not said what time it is');
      return Math.floor(elapsed() + offset);
    },
  };
}
