import { describe, expect, onTestFinished, test } from 'vitest';
import { canStartPostgres } from '../helpers/postgres-server.ts';
import { freePort } from '../helpers/process.ts';
import { redisMissing } from '../helpers/redis.ts';
import { scaled } from './figures.ts';
import { expectAll, live, manyRig, recordAll } from './outage-rig.ts';
import type { Promised } from './outage-rig.ts';

const MINUTE = 60_000;
const AWAY_SECONDS = scaled(5, 60);
const RESTARTS = scaled(2, 10);

const hasServers = canStartPostgres() && (await redisMissing()) === null;

// For the gate, src/store/postgres.test.ts and test/e2e/parts.test.ts show each outage by itself.
describe.skipIf(!hasServers)('PostgreSQL and Redis go away under a whole deployment', () => {
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
      const rig = await manyRig({ redisUrl: `redis://127.0.0.1:${await freePort()}` });
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
