import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Passage, RateLimit } from './rate-limit.ts';
import type { RedisLine } from './redis-line.ts';
import { Windows } from './windows.ts';

/**
 * A limit that all processes over one Redis keep together. Each of them also counts what it let through itself, in the
 * windows that Redis told, and never lets through more than the whole limit in one: an emptied Redis gives nobody a second
 * helping, and without Redis all together pass no more than `alone` times their number.
 */
export function sharedLimit(limit: Limit, line: RedisLine, prefix: string): RateLimit {
  return new SharedLimit(limit, line, prefix);
}

class SharedLimit implements RateLimit {
  private readonly limit: Limit;
  private readonly line: RedisLine;
  private readonly shared: RateLimiterRedis;
  private readonly own = new Windows();

  constructor(limit: Limit, line: RedisLine, prefix: string) {
    this.limit = limit;
    this.line = line;
    const keyPrefix = `${prefix}:limit:${limit.name}`;
    const { points, seconds: duration } = limit;
    this.shared = new RateLimiterRedis({ storeClient: line.client, keyPrefix, points, duration });
  }

  async look(key: string): Promise<Passage> {
    const asked = await this.ask(() => this.shared.get(key));
    if (asked === 'away') return this.alone(key);
    const used = asked?.consumedPoints ?? 0;
    const endsInMs = asked === null ? this.limit.seconds * 1000 : asked.msBeforeNext;
    if (used >= this.limit.points) return { passes: false, waitMs: endsInMs, isAway: false };
    return { passes: true, left: this.limit.points - used, endsInMs };
  }

  async take(key: string): Promise<Passage> {
    const own = this.own.look(key, performance.now());
    if (own.used >= this.limit.points) {
      return { passes: false, waitMs: own.endsIn, isAway: false };
    }
    // Before the question: so the own window never lasts longer than the shared one, and holds up nothing of the next.
    const now = performance.now();
    const asked = await this.ask(() => this.shared.consume(key));
    if (asked === 'away') return this.takeAlone(key);
    const { remainingPoints: left, msBeforeNext: endsInMs, consumedPoints } = asked;
    if (consumedPoints > this.limit.points) {
      return { passes: false, waitMs: endsInMs, isAway: false };
    }
    // Asked beside others of this process, which may have used up its share meanwhile.
    const meanwhile = this.own.look(key, now);
    if (meanwhile.used >= this.limit.points) {
      return { passes: false, waitMs: meanwhile.endsIn, isAway: false };
    }
    this.own.count(key, 1, { now, endsAt: now + endsInMs });
    return { passes: true, left, endsInMs };
  }

  private takeAlone(key: string): Passage {
    const passage = this.alone(key);
    if (!passage.passes) return passage;
    const now = performance.now();
    this.own.count(key, 1, { now, endsAt: now + this.limit.seconds * 1000 });
    return { ...passage, left: passage.left - 1 };
  }

  private alone(key: string): Passage {
    const length = this.limit.seconds * 1000;
    const { used, endsIn } = this.own.look(key, performance.now());
    const endsInMs = endsIn === 0 ? length : endsIn;
    if (used >= this.limit.alone) return { passes: false, waitMs: endsInMs, isAway: true };
    return { passes: true, left: this.limit.alone - used, endsInMs };
  }

  /** The library throws what it refuses, and errors as errors. */
  private async ask<Answer>(
    question: () => Promise<Answer>,
  ): Promise<Answer | RateLimiterRes | 'away'> {
    if (!this.line.isThere()) return 'away';
    try {
      return await question();
    } catch (error) {
      if (error instanceof RateLimiterRes) return error;
      this.line.failed(error);
      return 'away';
    }
  }
}
