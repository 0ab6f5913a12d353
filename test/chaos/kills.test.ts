import { describe, expect, test } from 'vitest';
import { seededRandom } from '../helpers/random.ts';
import { possibleDeployments, startDeployment } from './deployment.ts';
import type { Part, ProcessKind } from './deployment.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import { pollAll, rage, rest, statusOf } from './storm.ts';
import { startSystems } from './systems.ts';
import { tallyOf } from './tally.ts';
import type { Tally } from './tally.ts';

const kinds = await possibleDeployments();
const MINUTE = 60_000;
const STOP_MS = 30_000;
const number = (value: number) => value.toLocaleString('en-US');

/** Of a list of faults, as many as one can read. */
const some = (list: readonly string[]) => list.slice(0, 10);

interface Scale {
  readonly questions: number;
  readonly chats: number;
  readonly deliveries: number;
  readonly strikes: number;
}

/** One storm over one deployment, at rest, polled again, stopped and counted. */
async function weather(kind: ProcessKind, scale: Scale, strike: (part: Part) => Promise<void>) {
  const random = seededRandom(SEED);
  const begun = new Date();
  const systems = await startSystems();
  systems.slowDown(150, random);
  const deployment = await startDeployment(kind, systems.settings);
  systems.aim(deployment.front);
  const struck: string[] = [];

  await rage({
    ...scale,
    deployment,
    systems,
    random,
    strike: async (part) => {
      struck.push(part.name);
      await strike(part);
    },
  });
  await rest({ deployment, systems });
  await pollAll(deployment, begun);
  await rest({ deployment, systems });
  const status = await statusOf(deployment);
  const ends = await deployment.stop();
  const tally = await tallyOf(systems, deployment.storeUrl);
  const programs = [...new Set(struck)].sort().join(', ');
  const run =
    `${number(tally.acknowledged)} acknowledged deliveries of five systems, ` +
    `${number(tally.twice)} of ${number(tally.bodies)} bodies at least twice, ` +
    `${number(systems.questions.length)} questions, ${struck.length} SIG (${programs}), all polled again`;
  return { tally, status, run, ends: new Set(ends.values()) };
}

function expectWhole(tally: Tally): void {
  expect(some([...tally.lost, ...tally.unanswered])).toEqual([]);
  expect(some(tally.doubled)).toEqual([]);
  expect(tally.overlaps).toBe(0);
  expect(some(tally.unmatched)).toEqual([]);
  expect(tally.journalHolds).toBe(true);
}

describe.each(kinds)('deliveries of five systems (%s)', (kind) => {
  test(
    'while programs are killed, nothing that was acknowledged is lost, and nothing is answered twice',
    { timeout: scaled(5, 15) * MINUTE },
    async () => {
      const scale = {
        questions: scaled(40, 1_200),
        chats: scaled(1, 2),
        deliveries: scaled(300, 10_000),
        strikes: scaled(4, 54),
      };

      const { tally, status, run, ends } = await weather(kind, scale, (part) => part.kill());

      const { lost, unanswered, doubled, unmatched, overlaps, actions } = tally;
      const counts = [
        ['R1', 'lost', lost.length + unanswered.length],
        ['R2', 'doubled', doubled.length],
        ['R16', 'overlaps', overlaps],
        ['D2', 'unmatched', unmatched.length],
      ] as const;
      for (const [promise, what, count] of counts) {
        const counted = `${what} ${count}`;
        const holds = count === 0;
        const told = run.replace(' SIG (', ' SIGKILLs (');
        record({ promise, deployment: kind, run: told, counted, holds, seed: SEED });
      }

      expectWhole(tally);
      expect(tally.twice).toBeGreaterThanOrEqual(tally.bodies * 0.3);
      const { done = 0, failed = 0, unknown = 0, ...open } = actions;
      expect(open).toEqual({});
      expect(status.actions).toMatchObject({ done, failed, unknown, sending: 0 });
      expect(ends).toEqual(new Set(['0']));
    },
  );

  // Ends are waits: in the gate those of one deployment are enough.
  if (IS_SOAK || kind === 'single')
    test(
      'while programs are told to end, each ends by itself within 30 s, and the same holds',
      { timeout: scaled(5, 15) * MINUTE },
      async () => {
        const ends: string[] = [];
        let slowest = 0;
        const scale = {
          questions: scaled(20, 300),
          chats: 1,
          deliveries: scaled(100, 1_500),
          strikes: scaled(3, 20),
        };

        const { tally, run } = await weather(kind, scale, async (part) => {
          const from = performance.now();
          ends.push(await part.stop());
          slowest = Math.max(slowest, performance.now() - from);
        });

        const { lost, unanswered, doubled } = tally;
        const late = slowest > STOP_MS ? 1 : 0;
        const bad = ends.filter((end) => end !== '0').length;
        const counts = [lost.length + unanswered.length, doubled.length];
        record({
          promise: 'R18',
          deployment: kind,
          run: run.replace(' SIG (', ' SIGTERMs ('),
          counted: `slowest end ${(slowest / 1000).toFixed(1)} s, other exit codes than 0: ${bad}, lost ${counts[0] ?? 0}, doubled ${counts[1] ?? 0}`,
          holds: [...counts, bad, late].every((count) => count === 0),
          seed: SEED,
        });

        expect(new Set(ends)).toEqual(new Set(['0']));
        expect(late).toBe(0);
        expectWhole(tally);
      },
    );
});
