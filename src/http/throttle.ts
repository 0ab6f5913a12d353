const TRIES = 10;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** One IPv6 customer holds a whole /64: counting single addresses would not slow anybody. */
export function placeOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  return address.split(':').slice(0, 4).join(':');
}

/** Remembers when tries failed, per address: at most ten in any minute. Bounded, so that guessing fills no memory. */
export class Throttle {
  private readonly failures = new Map<string, number[]>();

  /** How long this address has to wait, in milliseconds; 0 when it may try. */
  wait(address: string, now: number): number {
    const times = this.failures.get(placeOf(address)) ?? [];
    const first = times[0];
    if (times.length < TRIES || first === undefined) return 0;
    return Math.max(0, first + WINDOW_MS - now);
  }

  /** Notes a failed try. */
  failed(address: string, now: number): void {
    const place = placeOf(address);
    const times = this.failures.get(place) ?? [];
    // Taken out and put back: the map keeps its order, and the oldest is forgotten first.
    this.failures.delete(place);
    this.failures.set(place, [...times, now].slice(-TRIES));
    if (this.failures.size <= MOST_ADDRESSES) return;
    const [oldest] = this.failures.keys();
    if (oldest !== undefined) this.failures.delete(oldest);
  }
}
