import { describe, expect, onTestFinished, test } from 'vitest';
import { httpLimits, sharedOf } from '../../src/app-shared.ts';
import type { Shared } from '../../src/app-shared.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { RateLimit } from '../../src/lib/rate-limit.ts';
import { until } from '../helpers/process.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';
import type { TestRedis } from '../helpers/redis.ts';
import { ADMIN, problemIn, startWorld } from './http-world.ts';
import type { World } from './http-world.ts';

const RATE = 10;

async function sharedOver(redisUrl: string | null): Promise<Shared> {
  const shared = await sharedOf({ config: { redisUrl }, log: silentLogger });
  onTestFinished(() => shared.close());
  return shared;
}

/** Resolves when a process has reached Redis (again): what it counts by itself is then over. */
async function untilThere(shared: Shared): Promise<void> {
  const probe = shared.limit({ name: 'probe', points: 1, seconds: 1, alone: 0 });
  await until('redis is reached', async () => {
    const passage = await probe.look('probe');
    return passage.passes || !passage.isAway;
  });
}

/** Servers of their own over one Redis, as several processes would be. */
async function servers(redis: TestRedis, count: number, rate = RATE): Promise<readonly World[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const shared = await sharedOver(redis.url);
      await untilThere(shared);
      return await startWorld({ parts: { limits: httpLimits(shared, rate) } });
    }),
  );
}

const ask = (world: World, token: string = ADMIN) => world.ask('/api/tokens', { token });

async function statuses(worlds: readonly World[], each: number, token: string = ADMIN) {
  const answers = await Promise.all(
    worlds.flatMap((world) => Array.from({ length: each }, () => ask(world, token))),
  );
  return answers.map(({ status }) => status);
}

const count = (all: readonly number[], status: number) =>
  all.filter((one) => one === status).length;

test('a token that asks too often hears for how long to wait', async () => {
  const limits = httpLimits(await sharedOver(null), RATE);
  const world = await startWorld({ parts: { limits } });
  const other = await world.token('viewer');

  const first = await statuses([world], RATE);
  const refused = await ask(world);

  expect(count(first, 200)).toBe(RATE);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await problemIn(refused)).toMatchObject({ status: 429, kind: 'rate-limited' });
  expect((await world.ask('/api/status', { token: other })).status).toBe(200);
});

test('senders of webhooks are not counted, however fast they are', async () => {
  const limits = httpLimits(await sharedOver(null), 1);
  const world = await startWorld({ parts: { limits } });

  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      world.deliver(JSON.stringify({ comment: String(at) }), { id: `delivery-${at}` }),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200));
});

const missing = await redisMissing();

describe.skipIf(missing !== null)('over two servers and one Redis', () => {
  test('a token passes ten times in each window, whoever is asked', async () => {
    const redis = await startRedis();
    const shares = await Promise.all([sharedOver(redis.url), sharedOver(redis.url)]);
    await Promise.all(shares.map(untilThere));
    const limits = shares.map((shared) => httpLimits(shared, RATE).api);
    const WINDOWS = 3;

    // Of each window every passage says what it left: 9, 8, ... 0. Counted by that, no clock is read.
    const left: number[] = [];
    const begun = () => count(left, RATE - 1);
    const press = async (limit: RateLimit | null): Promise<void> => {
      while (begun() <= WINDOWS) {
        const passage = await limit!.take('a token');
        if (passage.passes) left.push(passage.left);
      }
    };
    await Promise.all(limits.flatMap((limit) => [press(limit), press(limit)]));

    // The window after the last one had just begun.
    for (let one = 0; one < RATE; one += 1) {
      expect(count(left, one)).toBeGreaterThanOrEqual(WINDOWS);
      expect(count(left, one)).toBeLessThanOrEqual(WINDOWS + 1);
    }
  });

  test('at once, two servers let through what one would', async () => {
    const worlds = await servers(await startRedis(), 2, 20);

    const all = await statuses(worlds, 40);

    // Eighty at once on a slow machine may touch the next window.
    expect([20, 40]).toContain(count(all, 200));
    expect(count(all, 200) + count(all, 429)).toBe(80);
  });

  test('wrong tokens of one address are counted together', async () => {
    const worlds = await servers(await startRedis(), 2, 1000);

    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) => ask(worlds[at % 2]!, `pma_wrong_${at}`)),
    );
    const right = await ask(worlds[0]!);

    const all = answers.map(({ status }) => status);
    expect(count(all, 401)).toBe(5);
    expect(count(all, 429)).toBe(35);
    expect(right.status).toBe(429);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(50);
  });

  test('without Redis each lets through its own limit and never more, not even when Redis comes back empty', async () => {
    const redis = await startRedis();
    const shares = await Promise.all([sharedOver(redis.url), sharedOver(redis.url)]);
    await Promise.all(shares.map(untilThere));
    const limit = { name: 'long', points: RATE, seconds: 600, alone: RATE };
    const limits = shares.map((shared) => shared.limit(limit));
    const passages = async (index: number) => {
      const all = [];
      for (let at = 0; at < 3 * RATE; at += 1) all.push(await limits[index]!.take('a token'));
      return all.filter(({ passes }) => passes).length;
    };

    const there = [await passages(0), await passages(1)];
    await redis.stop();
    const away = [await passages(0), await passages(1)];
    await redis.start();
    await Promise.all(shares.map(untilThere));
    const back = [await passages(0), await passages(1)];

    expect(there).toEqual([RATE, 0]);
    expect(away).toEqual([0, RATE]);
    expect(back).toEqual([0, 0]);
  });

  test('what a share is smaller than the limit holds while Redis is away', async () => {
    const redis = await startRedis();
    const shared = await sharedOver(redis.url);
    await untilThere(shared);
    const limit = shared.limit({ name: 'calls', points: 100, seconds: 600, alone: 25 });
    await redis.stop();

    const all = [];
    for (let at = 0; at < 100; at += 1) all.push(await limit.take('an account'));

    expect(all.filter(({ passes }) => passes)).toHaveLength(25);
    expect(all.at(-1)).toMatchObject({ passes: false, isAway: true });
  });

  test('without Redis an address may guess once; then only tokens that opened something before are let in', async () => {
    const redis = await startRedis();
    const [world] = await servers(redis, 1, 1000);
    const known = await world!.token('viewer', 'known');
    const fresh = await world!.token('viewer', 'fresh');
    const unknown = await world!.token('viewer', 'unknown');
    expect((await ask(world!)).status).toBe(200);
    expect((await world!.ask('/api/status', { token: known })).status).toBe(200);

    await redis.stop();
    expect((await world!.ask('/api/status', { token: fresh })).status).toBe(200);
    expect((await ask(world!, 'pma_wrong')).status).toBe(401);
    const guess = await ask(world!, 'pma_wrong_too');

    expect((await ask(world!)).status).toBe(200);
    expect((await world!.ask('/api/status', { token: known })).status).toBe(200);
    for (const answer of [guess, await world!.ask('/api/status', { token: unknown })]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(await problemIn(answer)).toMatchObject({ kind: 'unavailable' });
    }
    await redis.start();
    await until('redis is reached again', async () => {
      return (await world!.ask('/api/status', { token: unknown })).status === 200;
    });
  });

  test('no token and no address stands in Redis', async () => {
    const redis = await startRedis();
    const [world] = await servers(redis, 1);

    await ask(world!);
    await ask(world!, 'pma_wrong');
    const keys = await redis.command('KEYS', '*');

    expect(keys).toContain('pm-agent:limit:api');
    expect(keys).toContain('pm-agent:limit:wrong-token');
    expect(keys).not.toContain(ADMIN);
    expect(keys).not.toContain('127.0.0.1');
  });
});
