import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

/** A connection for short questions that somebody waits for: it fails at once rather than late. */
export interface RedisLine {
  readonly client: Redis;
  /** False while Redis is away, or was a moment ago: nobody should wait for it then. */
  isThere(): boolean;
  /** Says that a question failed: nothing is asked for a second. */
  failed(error: unknown): void;
  close(): void;
}

const LONGEST_RECONNECT_MS = 2_000;
const CONNECT_MS = 2_000;
const COMMAND_MS = 500;
const AWAY_MS = 1_000;
const WARN_EVERY_MS = 60_000;

/** Connects in the background; what was asked before the connection stands fails at once. */
export function redisLine(url: string, log: Logger, what: string): RedisLine {
  const client = new Redis(url, {
    retryStrategy: (times) => Math.min(times * 100, LONGEST_RECONNECT_MS),
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  let awayUntil = -Infinity;
  let warnedAt = -Infinity;
  const warn = (error: unknown): void => {
    if (performance.now() - warnedAt < WARN_EVERY_MS) return;
    warnedAt = performance.now();
    log.warn({ err: error }, what);
  };
  client.on('error', warn);
  return {
    client,
    isThere: () => client.status === 'ready' && performance.now() >= awayUntil,
    failed: (error) => {
      awayUntil = performance.now() + AWAY_MS;
      warn(error);
    },
    close: () => client.disconnect(),
  };
}
