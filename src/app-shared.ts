import type { HttpLimits } from './http/parts.ts';
import { WRONG_TOKENS } from './http/wrong-tokens.ts';
import type { Logger } from './lib/logger.ts';
import { localLimit } from './lib/rate-limit.ts';
import type { Limit, RateLimit } from './lib/rate-limit.ts';
import type { SharedMemory } from './lib/shared-memory.ts';

interface SharedParts {
  readonly config: { readonly redisUrl: string | null };
  readonly log: Logger;
}

/** What the processes over one Redis share beside the queue; in one process, its own. */
export interface Shared {
  /** Whether other processes count in the same limits. */
  readonly isShared: boolean;
  limit(limit: Limit): RateLimit;
  /** Null: each process remembers by itself. */
  readonly memory: SharedMemory | null;
  close(): void;
}

const PREFIX = 'pm-agent';

/** Limits in the process, or over Redis where there is an address: the embedded default loads none of it. */
export async function sharedOf({ config, log }: SharedParts): Promise<Shared> {
  if (config.redisUrl === null) {
    const limit = (one: Limit) => localLimit(one);
    return { isShared: false, limit, memory: null, close: () => undefined };
  }
  const { redisLine } = await import('./lib/redis-line.ts');
  const { sharedLimit } = await import('./lib/shared-limit.ts');
  const { sharedMemory } = await import('./lib/shared-memory.ts');
  const told = 'redis is away: each process keeps its own share of the limits';
  const line = redisLine(config.redisUrl, log, told);
  return {
    isShared: true,
    limit: (limit) => sharedLimit(limit, line, PREFIX),
    memory: sharedMemory(line, PREFIX),
    close: () => line.close(),
  };
}

/** How often the API may be asked: by a token in a second, and with wrong tokens from an address. */
export function httpLimits(shared: Shared, perSecond: number): HttpLimits {
  // Without Redis each process lets through the whole limit, never more.
  const perToken: Limit = { name: 'api', points: perSecond, seconds: 1, alone: perSecond };
  return {
    api: shared.limit(perToken),
    wrongTokens: shared.isShared ? shared.limit(WRONG_TOKENS) : null,
  };
}
