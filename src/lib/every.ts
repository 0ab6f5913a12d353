/** Something that is done again and again until it is stopped. */
export interface Repeated {
  /** The first time comes after one interval. */
  start(): void;
  /** Once more now, beside the interval. */
  now(): void;
  /** Does it no more, for good: tells what is under way to end, and resolves when it has. */
  stop(): Promise<void>;
}

/**
 * Repeats work at an interval in milliseconds, without keeping the program alive. What the work throws goes to `failed`
 * and is forgotten: the next time tries again. The signal says that it is stopped; the reason of it is no failure.
 */
export function every(
  ms: number,
  work: (signal: AbortSignal) => Promise<unknown>,
  failed: (error: unknown) => void,
): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const ending = new AbortController();
  const { signal } = ending;
  const now = (): void => {
    running = running
      .then(() => work(signal))
      .catch((error: unknown) => {
        if (!signal.aborted || error !== signal.reason) failed(error);
      });
  };
  return {
    now,
    start: () => {
      timer ??= setInterval(now, ms);
      timer.unref();
    },
    stop: async () => {
      ending.abort();
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
