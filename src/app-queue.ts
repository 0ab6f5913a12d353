import type { Config } from './config.ts';
import type { ProgramPart } from './domain/program-part.ts';
import type { Queue } from './domain/queue.ts';
import type { Dependency } from './http/parts.ts';
import { localQueue } from './inbox/local-queue.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';

interface QueueParts {
  readonly config: Pick<Config, 'redisUrl' | 'parts' | 'systems'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The queue that the settings ask for, and what the health of the program says of it. */
export interface ChosenQueue {
  readonly queue: Queue;
  readonly dependencies: readonly Dependency[];
}

const PREFIX = 'pm-agent';

const SHOWING: ReadonlySet<ProgramPart> = new Set(['mcp', 'dashboard']);

/** What only shows wakes nobody, and needs no Redis. */
function putsMail({ parts, systems }: QueueParts['config']): boolean {
  return systems === null && parts.some((part) => !SHOWING.has(part));
}

/** The queue in the process, or over Redis where there is an address: the embedded default loads none of it. */
export async function queueOf({ config, clock, log }: QueueParts): Promise<ChosenQueue> {
  const now = () => clock.now();
  if (config.redisUrl === null || !putsMail(config))
    return { queue: localQueue(now), dependencies: [] };
  const { RedisQueue } = await import('./inbox/redis-queue.ts');
  const queue = new RedisQueue({ url: config.redisUrl, prefix: PREFIX, now, log });
  // Not required: without it mail is found a little later, and nothing is lost.
  const redis: Dependency = { name: 'redis', required: false, check: () => queue.check() };
  return { queue, dependencies: [redis] };
}
