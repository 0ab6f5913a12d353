import type { Clock } from '../lib/clock.ts';

/** The clock of the story: time passes in it as everywhere, and a scene moves it on to its own hour. */
export interface StoryClock extends Clock {
  /** Goes on to an instant, epoch milliseconds; one that has passed already changes nothing. */
  readonly moveTo: (at: number) => void;
}

const DAY_MS = 86_400_000;
const TUESDAY = 2;

/** A clock that begins at an instant. */
export function storyClock(start: number): StoryClock {
  const begun = performance.now();
  let ahead = start;
  const now = () => Math.floor(ahead + performance.now() - begun);
  return { now, moveTo: (at) => void (ahead += Math.max(0, at - now())) };
}

/**
 * Midnight UTC of the last Tuesday: the day before it and the day after are working days, whatever day it is today, so
 * that everybody sees the same hours counted.
 */
export function storyDay(today: number): number {
  const midnight = Math.floor(today / DAY_MS) * DAY_MS;
  const since = (new Date(midnight).getUTCDay() - TUESDAY + 7) % 7;
  return midnight - since * DAY_MS;
}

/** The instant of a time such as `09:05` on the day, or on a day after it. */
export function instantOf(
  day: number,
  { time, later = 0 }: { time: string; later?: number },
): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return day + later * DAY_MS + (hours * 60 + minutes) * 60_000;
}
