const MOST_KEYS = 20_000;

interface Window {
  readonly endsAt: number;
  readonly used: number;
}

/**
 * Counts in windows of time, by key: a window begins with the first count after the last one ended. Time is given by the
 * caller, in milliseconds of any clock that does not jump. Bounded: the key that was not counted for longest goes first.
 */
export class Windows {
  private readonly windows = new Map<string, Window>();

  /** What is counted in the window that is open now; `endsIn` is 0 when none is. */
  look(key: string, now: number): { readonly used: number; readonly endsIn: number } {
    const window = this.windows.get(key);
    if (window === undefined || window.endsAt <= now) return { used: 0, endsIn: 0 };
    return { used: window.used, endsIn: window.endsAt - now };
  }

  /** Counts `points`; a window that begins with them ends at `endsAt`. */
  count(key: string, points: number, at: { readonly now: number; readonly endsAt: number }): void {
    const { used, endsIn } = this.look(key, at.now);
    const endsAt = endsIn === 0 ? at.endsAt : at.now + endsIn;
    // Taken out and put back: the map keeps its order.
    this.windows.delete(key);
    this.windows.set(key, { used: used + points, endsAt });
    if (this.windows.size <= MOST_KEYS) return;
    const [oldest] = this.windows.keys();
    if (oldest !== undefined) this.windows.delete(oldest);
  }
}
