import { expect, onTestFinished } from 'vitest';
import { startGate } from '../helpers/gate.ts';
import { startPostgresServer } from '../helpers/postgres-server.ts';
import { until } from '../helpers/process.ts';
import { startRedis } from '../helpers/redis.ts';
import { startDeployment } from './deployment.ts';
import type { Deployment, ProcessKind } from './deployment.ts';
import { record, SEED } from './figures.ts';
import { keepsTimes, missingRows, suffer, tellOutages } from './outage.ts';
import type { Outage, Seen } from './outage.ts';
import { pollAll, rest } from './storm.ts';
import { startSystems } from './systems.ts';
import type { Systems } from './systems.ts';
import { tallyOf } from './tally.ts';
import type { Tally } from './tally.ts';

/** Of what a program says when it runs. */
const BEGUN = '/metrics';

interface Rig {
  readonly systems: Systems;
  readonly deployment: Deployment;
}

export interface Promised extends Outage {
  /** Of docs/guarantees.md. */
  readonly promise: string;
}

/** One outage after the other under the same work; then all is polled again, and counted at the systems. */
export async function live(rig: Rig, outages: readonly Promised[]) {
  const { systems, deployment } = rig;
  const begun = new Date();
  systems.aim(deployment.front);
  // One that loses its database before it has begun ends, and nobody is here to start it again.
  await until('all have begun', () =>
    deployment.parts.every((one) => one.errors().includes(BEGUN)),
  );
  const seen: Seen[] = [];
  for (const outage of outages) {
    seen.push(await suffer(rig, outage));
    await rest(rig);
  }
  await pollAll(deployment, begun);
  await rest(rig);
  const ends = await deployment.stop();
  const tally = await tallyOf(systems, deployment.storeUrl);
  const missing = await missingRows(deployment.storeUrl, seen);
  return { seen, tally, missing, ends };
}

type Lived = Awaited<ReturnType<typeof live>>;

/** R1 and R2, as they were counted over all outages. */
const isWhole = ({ tally, missing }: Pick<Lived, 'tally' | 'missing'>): boolean =>
  tally.lost.length + tally.unanswered.length + tally.doubled.length + missing.length === 0;

const told = (tally: Tally, missing: readonly string[]): string =>
  `lost ${tally.lost.length + tally.unanswered.length + missing.length}, doubled ${tally.doubled.length}`;

/** One figure for each promise, and for D5 where something was down long enough to be named. */
export function recordAll(kind: ProcessKind, outages: readonly Promised[], lived: Lived): void {
  const { seen, tally, missing } = lived;
  const figure = { deployment: kind, seed: SEED };
  const pairs = outages.map((outage, n) => ({ outage, one: seen[n]! }));
  const inTime = (group: typeof pairs) => group.every(({ one, outage }) => keepsTimes(one, outage));
  for (const [promise, group] of Map.groupBy(pairs, ({ outage }) => outage.promise)) {
    record({
      ...figure,
      promise,
      run: tellOutages(group.map(({ one }) => one)),
      counted: told(tally, missing),
      holds: isWhole(lived) && inTime(group) && group.every(({ one }) => one.wrong.length === 0),
    });
  }
  const down = pairs.filter(({ outage }) => outage.dependency !== null);
  const unhealthy = seen.reduce((sum, one) => sum + one.unhealthy, 0);
  const slowest = Math.max(...down.map(({ one }) => one.namedAfter ?? Infinity));
  if (outages.length === 1) return;
  record({
    ...figure,
    promise: 'D5',
    run: `${down.length} outages: ${down.map(({ outage }) => outage.name).join(', ')}`,
    counted: `named after ${Math.round(slowest)} ms at most, answers of /health that were not 200: ${unhealthy}`,
    holds: unhealthy === 0 && inTime(down),
  });
}

export function expectAll(
  outages: readonly Promised[],
  { seen, tally, missing, ends }: Lived,
): void {
  expect(seen.map(({ name, wrong }) => [name, wrong])).toEqual(
    outages.map(({ name }) => [name, []]),
  );
  for (const [n, outage] of outages.entries()) {
    const one = seen[n]!;
    if (outage.dependency !== null) expect(one.namedAfter, outage.name).not.toBeNull();
    expect(keepsTimes(one, outage), tellOutages([one])).toBe(true);
    expect(one.unhealthy, outage.name).toBe(0);
  }
  expect(missing).toEqual([]);
  expect(tally.lost.slice(0, 10)).toEqual([]);
  expect(tally.unanswered.slice(0, 10)).toEqual([]);
  expect(tally.doubled.slice(0, 10)).toEqual([]);
  expect(tally.journalHolds).toBe(true);
  expect(new Set(ends.values())).toEqual(new Set(['0']));
}

interface ManyOptions {
  /** Instead of one that is started for it. */
  readonly redisUrl?: string;
  /** Where the database has its data; in the usual place for what is temporary unless told. */
  readonly disk?: string;
}

/** All programs over a database and a Redis of their own, which may be ended as hard as one likes. */
export async function manyRig({ redisUrl, disk }: ManyOptions = {}) {
  const server = await startPostgresServer(disk);
  onTestFinished(() => server.remove());
  const gate = await startGate({ host: '127.0.0.1', port: server.port });
  const redis = await startRedis();
  const systems = await startSystems();
  const deployment = await startDeployment('many', {
    ...systems.settings,
    DATABASE_URL: `postgres://postgres@127.0.0.1:${gate.port}/postgres`,
    REDIS_URL: redisUrl ?? redis.url,
  });
  return { server, gate, redis, systems, deployment };
}
