import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGate } from '../helpers/gate.ts';
import { canStartPostgres, startPostgresServer } from '../helpers/postgres-server.ts';
import { freePort, until } from '../helpers/process.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';
import { startDeployment } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import type { DeploymentKind } from './figures.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import { keepsTimes, missingRows, suffer, tellOutages } from './outage.ts';
import type { Outage, Seen } from './outage.ts';
import { pollAll, rest } from './storm.ts';
import { startSystems } from './systems.ts';
import type { Systems } from './systems.ts';
import { tallyOf } from './tally.ts';
import type { Tally } from './tally.ts';

const MINUTE = 60_000;
const AWAY_SECONDS = scaled(5, 60);
/** Of what a program says when it runs. */
const BEGUN = '/metrics';
const RESTARTS = scaled(2, 10);

interface Rig {
  readonly systems: Systems;
  readonly deployment: Deployment;
}

interface Promised extends Outage {
  /** Of docs/guarantees.md. */
  readonly promise: string;
}

/** One outage after the other under the same work; then all is polled again, and counted at the systems. */
async function live(rig: Rig, outages: readonly Promised[]) {
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
function recordAll(kind: DeploymentKind, outages: readonly Promised[], lived: Lived): void {
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

function expectAll(outages: readonly Promised[], { seen, tally, missing, ends }: Lived): void {
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

async function manyRig(redisUrl?: string) {
  const server = await startPostgresServer();
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

const hasServers = canStartPostgres() && (await redisMissing()) === null;

// For the gate, src/store/postgres.test.ts and test/e2e/parts.test.ts show each outage by itself.
if (IS_SOAK && hasServers)
  describe('PostgreSQL and Redis go away under a whole deployment', () => {
    test(
      'refused, swallowed, restarted hard, Redis emptied and gone: nothing is lost and nothing is done twice',
      { timeout: scaled(4, 20) * MINUTE },
      async () => {
        const rig = await manyRig();
        const { server, gate, redis } = rig;
        let flushing: NodeJS.Timeout | undefined;
        onTestFinished(() => clearInterval(flushing));
        const outages: Promised[] = [
          {
            promise: 'R5',
            name: `the database refuses for ${AWAY_SECONDS} s`,
            dependency: 'store',
            begin: gate.shut,
            end: gate.open,
            seconds: AWAY_SECONDS,
            worksOn: false,
          },
          {
            promise: 'R5',
            name: `all packets to the database are swallowed for ${AWAY_SECONDS} s`,
            dependency: 'store',
            begin: gate.silence,
            end: gate.speak,
            seconds: AWAY_SECONDS,
            worksOn: false,
          },
          ...Array.from({ length: RESTARTS }, (): Promised => {
            return {
              promise: 'R6',
              name: 'hard restart of the database',
              dependency: null,
              begin: () => server.crash(),
              end: () => server.start(),
              seconds: 0.5,
              worksOn: false,
            };
          }),
          {
            promise: 'R8',
            name: 'Redis emptied again and again',
            dependency: null,
            begin: () => {
              flushing = setInterval(() => void redis.command('FLUSHALL').catch(() => null), 50);
            },
            end: () => clearInterval(flushing),
            seconds: scaled(2, 30),
            worksOn: true,
          },
          {
            promise: 'R8',
            name: 'Redis gone',
            dependency: 'redis',
            begin: redis.stop,
            end: redis.start,
            seconds: scaled(4, 60),
            worksOn: true,
          },
        ];

        const lived = await live(rig, outages);

        recordAll('many', outages, lived);
        expectAll(outages, lived);
        // Without a database nothing is acknowledged; without Redis everything is.
        const [refuses, swallows] = lived.seen;
        expect(refuses!.kept).toBe(0);
        expect(refuses!.refused).toBeGreaterThan(0);
        expect(swallows!.refused).toBeGreaterThan(0);
        for (const one of lived.seen.slice(-2)) expect(one.refused, one.name).toBe(0);
      },
    );

    test(
      'Redis that was never there: nothing is lost and nothing is done twice',
      { timeout: 5 * MINUTE },
      async () => {
        const rig = await manyRig(`redis://127.0.0.1:${await freePort()}`);
        const outage: Promised = {
          promise: 'R8-never',
          name: 'Redis never there',
          dependency: 'redis',
          begin: () => undefined,
          end: () => undefined,
          seconds: 30,
          worksOn: true,
        };

        const lived = await live(rig, [outage]);

        recordAll('many', [outage], lived);
        expectAll([outage], lived);
      },
    );
  });

/** A small disk of its own that can be filled; null, and loudly, where none may be mounted and that is allowed. */
function smallDisk(): {
  readonly folder: string;
  readonly fill: () => void;
  readonly free: () => void;
} | null {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'none', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    const missing = 'a disk that is full, since none may be mounted here';
    if (process.env['PM_AGENT_REQUIRE_SERVICES'] === '1') {
      throw new Error(`PM_AGENT_REQUIRE_SERVICES=1 forbids to leave out ${missing}`);
    }
    console.warn(`SKIPPED: ${missing}`);
    return null;
  }
  onTestFinished(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      try {
        writeFileSync(filler, Buffer.alloc(64 * 1024 * 1024));
      } catch {
        // Until not a byte more fits: that is what it is for.
      }
    },
    free: () => rmSync(filler),
  };
}

describe('the file of the store cannot be written', () => {
  test(
    'locked by another process, a failing disk, a full disk: nothing is lost and nothing is done twice',
    { timeout: scaled(3, 15) * MINUTE },
    async () => {
      const disk = smallDisk();
      const systems = await startSystems();
      // So small a disk is nearly full from the beginning, by the usual measure.
      const place =
        disk === null
          ? {}
          : { DATABASE_URL: `sqlite:${disk.folder}/store.db`, PM_AGENT_DISK_WARN_MB: '0' };
      const deployment = await startDeployment('single', { ...systems.settings, ...place });
      const file = deployment.storeUrl.replace('sqlite:', '');
      const pid = String(deployment.api.pid());
      const limit = (bytes: string) =>
        void execFileSync('prlimit', ['--pid', pid, `--fsize=${bytes}`]);
      let other: DatabaseSync | undefined;
      const outages: Promised[] = [
        {
          promise: 'R5',
          name: `the file is locked for ${AWAY_SECONDS} s`,
          dependency: 'store',
          begin: async () => {
            other = new DatabaseSync(file);
            other.exec('pragma busy_timeout = 5000; begin immediate');
            await pause(0);
          },
          end: () => other?.close(),
          seconds: AWAY_SECONDS,
          worksOn: false,
        },
        {
          promise: 'R7',
          name: `every write of the disk fails for ${scaled(3, 60)} s`,
          dependency: 'store',
          begin: () => limit('1:unlimited'),
          end: () => limit('unlimited:unlimited'),
          seconds: scaled(3, 60),
          worksOn: false,
        },
        ...(disk === null
          ? []
          : [
              {
                promise: 'R7',
                name: `the disk is full for ${scaled(3, 60)} s`,
                dependency: 'store',
                begin: disk.fill,
                end: disk.free,
                seconds: scaled(3, 60),
                worksOn: false,
              },
            ]),
      ];

      const lived = await live({ systems, deployment }, outages);

      recordAll('single', outages, lived);
      expectAll(outages, lived);
      const raw = new DatabaseSync(file);
      onTestFinished(() => raw.close());
      expect(raw.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
      for (const one of lived.seen) expect(one.refused, one.name).toBeGreaterThan(0);
    },
  );
});
