import { describe, expect, onTestFinished, test } from 'vitest';
import { seededRandom } from '../helpers/random.ts';
import { possibleDeployments, startDeployment } from './deployment.ts';
import type { Part } from './deployment.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import { pollAll, rage, rest, statusOf } from './storm.ts';
import { startSystems } from './systems.ts';
import { tallyOf } from './tally.ts';

const kinds = await possibleDeployments();
const MINUTE = 60_000;
const number = (value: number) => value.toLocaleString('en-US');

/** Of a list of faults, as many as one can read. */
const some = (list: readonly string[]) => list.slice(0, 10);

describe.each(kinds)('deliveries of five systems while programs die (%s)', (kind) => {
  test(
    'nothing that was acknowledged is lost, and nothing is answered twice',
    { timeout: scaled(3, 15) * MINUTE },
    async () => {
      const random = seededRandom(SEED);
      const begun = new Date();
      const systems = await startSystems();
      systems.slowDown(150, random);
      const deployment = await startDeployment(kind, systems.settings);
      systems.aim(deployment.front);
      const killed: string[] = [];

      await rage({
        deployment,
        systems,
        random,
        questions: scaled(50, 1_200),
        chats: scaled(1, 2),
        deliveries: scaled(300, 10_000),
        strikes: scaled(4, 54),
        strike: async (part) => {
          killed.push(part.name);
          await part.kill();
        },
      });
      await rest({ deployment, systems });
      await pollAll(deployment, begun);
      await rest({ deployment, systems });
      const status = await statusOf(deployment);
      const ends = await deployment.stop();
      const tally = await tallyOf(systems, deployment.storeUrl);

      const run = `${number(tally.acknowledged)} acknowledged deliveries of five systems, ${number(tally.twice)} of ${number(tally.bodies)} bodies at least twice, ${number(systems.questions.length)} questions, ${killed.length} SIGKILLs (${[...new Set(killed)].sort().join(', ')}), all polled again`;
      const lost = [...tally.lost, ...tally.unanswered];
      const figure = { deployment: kind, run, seed: SEED };
      record({
        ...figure,
        promise: 'R1',
        counted: `lost ${lost.length}`,
        holds: lost.length === 0,
      });
      const { doubled, unmatched, overlaps, actions } = tally;
      record({
        ...figure,
        promise: 'R2',
        counted: `doubled ${doubled.length}`,
        holds: doubled.length === 0,
      });
      record({ ...figure, promise: 'R16', counted: `overlaps ${overlaps}`, holds: overlaps === 0 });
      record({
        ...figure,
        promise: 'D2',
        counted: `unmatched ${unmatched.length}`,
        holds: unmatched.length === 0,
      });
      console.log(`${kind}: actions ${JSON.stringify(actions)}`);

      expect(some(lost)).toEqual([]);
      expect(some(doubled)).toEqual([]);
      expect(overlaps).toBe(0);
      expect(some(unmatched)).toEqual([]);
      expect(tally.journalHolds).toBe(true);
      expect(tally.twice).toBeGreaterThanOrEqual(tally.bodies * 0.3);
      expect(
        Object.keys(actions).filter((state) => !['done', 'failed', 'unknown'].includes(state)),
      ).toEqual([]);
      expect(status.actions).toMatchObject({
        unknown: actions['unknown'] ?? 0,
        failed: actions['failed'] ?? 0,
        sending: 0,
      });
      expect(new Set(ends.values())).toEqual(new Set(['0']));
    },
  );
});
