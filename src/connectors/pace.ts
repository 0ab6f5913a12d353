import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../domain/failure.ts';
import type { Limit, RateLimit } from '../lib/rate-limit.ts';

/** What of a system's calls one limit counts; the figures are in the system's contract. */
export interface Pace extends Limit {
  /** What is counted together, `null` for calls that this limit does not count. `url` is the whole address. */
  readonly covers: (call: { readonly method: string; readonly url: URL }) => string | null;
}

/** A limit of a system as it is kept, by this process or by all. */
interface KeptPace {
  readonly pace: Pace;
  readonly limit: RateLimit;
}

export interface PaceSettings {
  readonly kept: readonly KeptPace[];
  /** A digest of whose limit it is. */
  readonly account: string;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Longer than this nobody waits inside of a call, whose time is limited itself. */
const LONGEST_WAIT_MS = 5_000;

/**
 * A `fetch` that stays under the limits of a system: a call that has no room waits up to five seconds, and is then not
 * sent but refused as `rate-limited` with the time to wait, as the system itself would have done.
 */
export function pacedFetch(doFetch: typeof fetch, settings: PaceSettings): typeof fetch {
  const sleep = settings.sleep ?? ((ms, signal) => delay(ms, undefined, signal ? { signal } : {}));
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? 'GET';
    const patience = patienceOf((ms) => sleep(ms, init?.signal ?? undefined));
    for (const { pace, limit } of settings.kept) {
      const part = pace.covers({ method, url });
      if (part !== null) await room(limit, `${settings.account}:${part}`, patience);
    }
    return await doFetch(input, init);
  };
}

type Patience = (ms: number) => Promise<void>;

/** Waits, five seconds in all. Throws `rate-limited` instead of waiting longer. */
function patienceOf(sleep: Patience): Patience {
  let left = LONGEST_WAIT_MS;
  return async (ms) => {
    if (ms > left) {
      throw new Failure('rate-limited', 'This call would be one too many for the system.', {
        retryAfterMs: ms,
      });
    }
    left -= ms;
    await sleep(ms);
  };
}

async function room(limit: RateLimit, key: string, patience: Patience): Promise<void> {
  for (;;) {
    const passage = await limit.take(key);
    if (passage.passes) return;
    // Somebody else may be faster when the window ends: then it waits for the next one.
    await patience(Math.max(passage.waitMs, 1));
  }
}

/** Every call of an account, together. */
export const EVERY_CALL: Pace['covers'] = () => 'all';

/** What changes something. */
export const WRITES: Pace['covers'] = ({ method }) => (method === 'GET' ? null : 'writes');
