import type { Queue } from '../domain/queue.ts';

// Timers beyond this overflow; the worker's sweep looks again long before.
const LONGEST_WAIT_MS = 60_000;

/** The queue of a single process: one timer for the earliest announcement. */
export function localQueue(now: () => number): Queue {
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | null = null;
  let at = Infinity;

  const fire = (): void => {
    timer = null;
    at = Infinity;
    for (const listener of listeners) listener();
  };

  return {
    announce: (_subject, dueAt) => {
      if (dueAt >= at) return;
      if (timer !== null) clearTimeout(timer);
      at = dueAt;
      timer = setTimeout(fire, Math.min(Math.max(0, dueAt - now()), LONGEST_WAIT_MS));
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
