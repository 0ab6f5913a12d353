import { expect, onTestFinished, test } from 'vitest';
import { Readiness } from '../../src/http/contract.ts';
import { freePort, until } from '../helpers/process.ts';
import { possibleDeployments, startDeployment } from './deployment.ts';
import type { Deployment, Part } from './deployment.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';

/** Questions a second that one token may ask. */
const RATE = 10;
const SECONDS = scaled(2, 20);
const LANES = 3;
const TOLERANCE = 0.05;

/** What passed in a stretch of time. */
interface Passed {
  readonly seconds: number;
  /** By program. */
  readonly each: readonly number[];
  /** Answers that were neither 200 nor 429. */
  readonly others: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Asks every program of the API as often as it can with one token. */
async function press(apis: readonly Part[], seconds: number): Promise<Passed> {
  const each = apis.map(() => 0);
  let others = 0;
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const lane = async (part: Part, at: number): Promise<void> => {
    while (elapsed() < seconds) {
      const answer = await part.ask('/api/status');
      await answer.arrayBuffer();
      if (answer.status === 200) each[at] = (each[at] ?? 0) + 1;
      else if (answer.status !== 429) others += 1;
    }
  };
  const lanes = apis.flatMap((part, at) => Array.from({ length: LANES }, () => lane(part, at)));
  await Promise.all(lanes);
  return { seconds: elapsed(), each, others };
}

/** No program lets through more than the limit in any window; one may have begun before, and one is not over. */
const most = ({ seconds }: Passed): number => RATE * (Math.ceil(seconds) + 1);

const isWithin = (passed: Passed): boolean =>
  passed.others === 0 && passed.each.every((one) => one <= most(passed));

const apisOf = ({ parts }: Deployment) => parts.filter(({ roles }) => roles === 'api');

/** Until all programs say the same of Redis. */
async function untilRedisIs(ok: boolean, deployment: Deployment): Promise<void> {
  const saysSo = async (part: Part): Promise<boolean> => {
    const { dependencies } = Readiness.parse(await (await part.ask('/ready')).json());
    return dependencies.some((one) => one.name === 'redis' && one.ok === ok);
  };
  await until(`redis is ${ok ? 'there' : 'away'}`, async () =>
    (await Promise.all(apisOf(deployment).map(saysSo))).every(Boolean),
  );
}

const SETTINGS = { PM_AGENT_API_RATE: String(RATE) };
const can = (await possibleDeployments()).includes('many');

test.skipIf(!can)(
  'S14: a token passes ten times a second over two programs, and Redis that is emptied or gone frees nobody',
  { timeout: 300_000 },
  async () => {
    const deployment = await startDeployment('apis', SETTINGS);
    const { redis } = deployment;
    if (redis === null) throw new Error('this deployment has no Redis');
    const apis = apisOf(deployment);
    await untilRedisIs(true, deployment);

    const there = await press(apis, SECONDS);
    const flushing = setInterval(() => void redis.command('FLUSHALL').catch(() => null), 50);
    onTestFinished(() => clearInterval(flushing));
    const emptied = await press(apis, SECONDS);
    clearInterval(flushing);
    await redis.stop();
    await untilRedisIs(false, deployment);
    const gone = await press(apis, SECONDS);

    const rate = sum(there.each) / there.seconds;
    const isExact = Math.abs(rate - RATE) <= RATE * TOLERANCE;
    record({
      promise: 'S14',
      deployment: 'apis',
      run: `one token, ${LANES} questions at a time to each program for ${SECONDS} s, ${RATE} a second allowed`,
      counted: `${rate.toFixed(2)} a second passed`,
      holds: sum(there.each) <= most(there) && there.others === 0 && isExact,
      seed: SEED,
    });
    record({
      promise: 'R8 limits',
      deployment: 'apis',
      run: `the same for ${SECONDS} s while Redis is emptied every 50 ms, and for ${SECONDS} s without it`,
      counted: `a second at most: ${tell(emptied)}; ${tell(gone)}`,
      holds: isWithin(emptied) && isWithin(gone),
      seed: SEED,
    });
    expect(sum(there.each)).toBeLessThanOrEqual(most(there));
    expect([there.others, emptied.others, gone.others]).toEqual([0, 0, 0]);
    for (const one of [emptied, gone]) expect(Math.max(...one.each)).toBeLessThanOrEqual(most(one));
    // So close only on a machine that does nothing else.
    if (IS_SOAK) expect(isExact, `${rate} a second`).toBe(true);
  },
);

const tell = ({ each, seconds }: Passed): string =>
  each.map((one, at) => `program ${at + 1} ${(one / seconds).toFixed(2)}`).join(', ');

if (IS_SOAK && can)
  test('R8: nor does Redis that was never there', { timeout: 300_000 }, async () => {
    const redis = `redis://127.0.0.1:${await freePort()}`;
    const deployment = await startDeployment('apis', { ...SETTINGS, REDIS_URL: redis });

    const never = await press(apisOf(deployment), SECONDS);

    record({
      promise: 'R8-never limits',
      deployment: 'apis',
      run: `the same for ${SECONDS} s where Redis was never there`,
      counted: `a second at most: ${tell(never)}`,
      holds: isWithin(never),
      seed: SEED,
    });
    expect(never.others).toBe(0);
    expect(Math.max(...never.each)).toBeLessThanOrEqual(most(never));
  });
