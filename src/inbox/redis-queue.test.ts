import { describe, expect, onTestFinished, test } from 'vitest';
import { queueSuite } from '../../test/conformance/queue.ts';
import { freePort, until } from '../../test/helpers/process.ts';
import { redisMissing, startRedis } from '../../test/helpers/redis.ts';
import { silentLogger } from '../lib/logger.ts';
import { RedisQueue } from './redis-queue.ts';

const SUBJECT = 'jira:issue:ECD-7';

const now = () => Date.now();

function open(url: string): RedisQueue {
  const queue = new RedisQueue({ url, prefix: 'test', now, log: silentLogger });
  onTestFinished(() => queue.close());
  return queue;
}

const answers = (queue: RedisQueue) =>
  queue.check().then(
    () => true,
    () => false,
  );

const untilThere = (queue: RedisQueue) => until('redis is reached', () => answers(queue));

const missing = await redisMissing();

describe.skipIf(missing !== null)('over a server', () => {
  queueSuite('the queue over Redis', async () => {
    const queue = open((await startRedis()).url);
    await untilThere(queue);
    return { queue, now };
  });

  queueSuite('the queue over a Redis that was not reached yet', async () => ({
    queue: open((await startRedis()).url),
    now,
  }));

  test('what one process announces wakes exactly one of the others', async () => {
    const redis = await startRedis();
    const gateway = open(redis.url);
    const heard = [0, 0, 0];
    for (const [n] of heard.entries()) open(redis.url).onDue(() => void (heard[n]! += 1));
    await untilThere(gateway);

    const subjects = Array.from({ length: 30 }, (_, n) => `jira:issue:ECD-${n}`);
    for (const subject of subjects) gateway.announce(subject, now());
    const total = () => heard.reduce((sum, one) => sum + one, 0);
    await until('all are heard', () => total() >= 30);
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(total()).toBe(30);
  });

  test('many announcements of one subject leave one job, which tells nothing of it', async () => {
    const redis = await startRedis();
    const gateway = open(redis.url);
    await untilThere(gateway);

    const dueAt = now() + 3_600_000;
    for (let n = 0; n < 50; n += 1) gateway.announce(SUBJECT, dueAt);
    await until('it stands in redis', async () =>
      (await redis.command('ZCARD', 'test:wake:delayed')).startsWith(':1'),
    );

    expect(await redis.command('ZCARD', 'test:wake:delayed')).toBe(':1\r\n');
    expect(await redis.command('KEYS', '*')).not.toContain('ECD-7');
    expect(await redis.command('HGETALL', 'test:wake:1')).not.toContain('ECD-7');
  });

  test('an emptied Redis hands on what is announced afterwards', async () => {
    const redis = await startRedis();
    const gateway = open(redis.url);
    let heard = 0;
    open(redis.url).onDue(() => void (heard += 1));
    await untilThere(gateway);
    gateway.announce(SUBJECT, now());
    await until('the first is heard', () => heard === 1);

    gateway.announce('jira:issue:ECD-8', now() + 3_600_000);
    expect(await redis.command('FLUSHALL')).toBe('+OK\r\n');
    gateway.announce(SUBJECT, now());

    await until('the next is heard', () => heard === 2);
  });

  test('after a stop in the middle the process wakes itself, and Redis again once it is back', async () => {
    const redis = await startRedis();
    const gateway = open(redis.url);
    let own = 0;
    gateway.onDue(() => void (own += 1));
    await untilThere(gateway);

    await redis.stop();
    gateway.announce(SUBJECT, now());
    await until('the process wakes itself', () => own === 1);
    expect(await answers(gateway)).toBe(false);

    await redis.start();
    await untilThere(gateway);
    let heard = 0;
    open(redis.url).onDue(() => void (heard += 1));
    for (let n = 0; n < 40; n += 1) gateway.announce(`jira:issue:ECD-${n + 100}`, now());
    await until('both wake', () => own > 1 && heard > 0);
  });
});

test('without any Redis a process wakes itself, says so in its check, and closes at once', async () => {
  const queue = open(`redis://127.0.0.1:${await freePort()}`);
  let heard = 0;
  queue.onDue(() => void (heard += 1));

  queue.announce(SUBJECT, now());

  await until('it is heard', () => heard === 1);
  await expect(queue.check()).rejects.toMatchObject({ kind: 'unavailable' });
  await queue.close();
});
