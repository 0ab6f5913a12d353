import type { Queue } from '../domain/queue.ts';

// Timers beyond this overflow; the worker's sweep looks again long before.
const LONGEST_WAIT_MS = 60_000;

/** The queue of a single process: one timer for the earliest announcement. */
export function localQueue(now: () => number): Queue {
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | null = null;
  // In the time of the process, which no clock change moves.
  let firesAt = Infinity;

  const fire = (): void => {
    timer = null;
    firesAt = Infinity;
    for (const listener of listeners) listener();
  };

  return {
    announce: (_subject, dueAt) => {
      const wait = Math.min(Math.max(0, dueAt - now()), LONGEST_WAIT_MS);
      if (performance.now() + wait >= firesAt) return;
      if (timer !== null) clearTimeout(timer);
      firesAt = performance.now() + wait;
      timer = setTimeout(fire, wait);
      timer.unref();
    },
    onDue: (listener) => void listeners.push(listener),
    close: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      return Promise.resolve();
    },
  };
}
