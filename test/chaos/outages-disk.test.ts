import { execFileSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { canStartPostgres } from '../helpers/postgres-server.ts';
import { redisMissing } from '../helpers/redis.ts';
import { smallDisk } from '../helpers/small-disk.ts';
import { startDeployment } from './deployment.ts';
import { IS_SOAK, scaled } from './figures.ts';
import { expectAll, live, manyRig, recordAll } from './outage-rig.ts';
import type { Promised } from './outage-rig.ts';
import { startSystems } from './systems.ts';

const MINUTE = 60_000;
const AWAY_SECONDS = scaled(5, 60);
const FILE_MB = 64;
/** An empty database has 40 MB, and its log at least two files of 16 MB. */
const DATABASE_MB = 160;

describe('the file of the store cannot be written', () => {
  test(
    'locked by another process, a failing disk, a full disk: nothing is lost and nothing is done twice',
    { timeout: scaled(3, 15) * MINUTE },
    async () => {
      const disk = smallDisk(FILE_MB);
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

// For the gate, src/store/postgres.test.ts shows what a full disk of the server means.
if (IS_SOAK && canStartPostgres() && (await redisMissing()) === null)
  describe('the disk of the database', () => {
    test(
      'is full under a whole deployment: nothing is lost and nothing is done twice',
      { timeout: 10 * MINUTE },
      async ({ skip }) => {
        const disk = smallDisk(DATABASE_MB);
        if (disk === null) return skip();
        const rig = await manyRig({ disk: disk.folder });
        const outage: Promised = {
          promise: 'R7',
          name: `the disk of the database is full for ${AWAY_SECONDS} s`,
          dependency: 'store',
          begin: disk.fill,
          // A server that cannot write its log ends, and somebody starts it again when there is room.
          end: async () => {
            disk.free();
            await rig.server.crash();
            await rig.server.start();
          },
          seconds: AWAY_SECONDS,
          worksOn: false,
        };

        const lived = await live(rig, [outage]);

        recordAll('many', [outage], lived);
        expectAll([outage], lived);
        expect(lived.seen[0]?.refused).toBeGreaterThan(0);
      },
    );
  });
