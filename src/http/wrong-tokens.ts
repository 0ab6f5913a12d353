import type { Clock } from '../lib/clock.ts';
import { sha256 } from '../lib/digest.ts';
import type { Limit, RateLimit } from '../lib/rate-limit.ts';
import { placeOf, Throttle } from './throttle.ts';

/** How long an address has to wait, in milliseconds, 0 when it may try; `away` when nobody can tell. */
export type Waiting = number | 'away';

/** Counts wrong tokens by address: at most ten in any minute. */
export interface WrongTokens {
  wait(address: string): Promise<Waiting>;
  /** Notes a wrong token, and says how long the address had to wait already. */
  failed(address: string): Promise<Waiting>;
}

/**
 * For all processes together. A minute touches two windows of a minute at most, so five in each are ten in any minute.
 * Alone a process takes one wrong token from an address: guesses at many of them add up, and whoever has a right token
 * must be able to look at a program whose Redis is away.
 */
export const WRONG_TOKENS: Limit = { name: 'wrong-token', points: 5, seconds: 60, alone: 1 };

/** The count of this process, and the one of all processes where there is one. */
export function wrongTokens(clock: Clock, shared: RateLimit | null): WrongTokens {
  const throttle = new Throttle();
  const keyOf = (address: string): string => sha256(placeOf(address)).slice(0, 32);
  const told = async (question: 'look' | 'take', address: string): Promise<Waiting> => {
    if (shared === null) return 0;
    const passage = await shared[question](keyOf(address));
    if (passage.passes) return 0;
    return passage.isAway ? 'away' : passage.waitMs;
  };
  return {
    wait: async (address) => {
      const own = throttle.wait(address, clock.now());
      return own > 0 ? own : await told('look', address);
    },
    failed: async (address) => {
      const own = throttle.wait(address, clock.now());
      if (own > 0) return own;
      throttle.failed(address, clock.now());
      return await told('take', address);
    },
  };
}
