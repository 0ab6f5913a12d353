/** Something that is done again and again until it is stopped. */
export interface Repeated {
  /** The first time comes after one interval. */
  start(): void;
  /** Once more now, beside the interval. */
  now(): void;
  /** Does it no more, and resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/**
 * Repeats work at an interval in milliseconds, without keeping the program alive. What the work throws goes to `failed`
 * and is forgotten: the next time tries again.
 */
export function every(
  ms: number,
  work: () => Promise<unknown>,
  failed: (error: unknown) => void,
): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const now = (): void => {
    running = running.then(work).catch(failed);
  };
  return {
    now,
    start: () => {
      timer ??= setInterval(now, ms);
      timer.unref();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
