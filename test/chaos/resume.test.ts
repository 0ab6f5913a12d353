import { describe, expect, test } from 'vitest';
import { until } from '../helpers/process.ts';
import { possibleDeployments, startDeployment } from './deployment.ts';
import type { ProcessKind } from './deployment.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import { rest } from './storm.ts';
import { startSystems } from './systems.ts';
import { tallyOf } from './tally.ts';

const kinds = await possibleDeployments();
const MOST_MS = 30_000;
const PATIENCE_MS = 120_000;

// The step with the longest wait, since the target may still be working; in a soak also one without.
const STEPS = IS_SOAK ? ['action.sending', 'plan.received'] : ['action.sending'];

/** How long it takes from the answer of the restarted program to the effect of the cycle that was cut off. */
async function resumed(kind: ProcessKind, label: string): Promise<number> {
  const systems = await startSystems();
  // How long a target may still be working is left as it is in life.
  const settings = { ...systems.settings, PM_AGENT_SETTLE_SECONDS: '' };
  const deployment = await startDeployment(kind, settings);
  systems.aim(deployment.front);
  const [worker, ...others] = deployment.workers;
  for (const one of [worker, ...others]) await one!.stop();
  await worker!.start({ PM_AGENT_CRASH_AT: `${label}:1` });

  const { subject } = systems.ask('jira');
  expect(await worker!.ended()).toBe('SIGKILL');
  await worker!.start();
  const from = performance.now();
  await until(`${subject} is answered`, () => systems.effects().length > 0, PATIENCE_MS);
  const took = performance.now() - from;

  await rest({ deployment, systems });
  await deployment.stop();
  const { lost, doubled, unanswered } = await tallyOf(systems, deployment.storeUrl);
  expect([lost, doubled, unanswered]).toEqual([[], [], []]);
  return took;
}

// In the gate one deployment is enough: it is nothing but waiting.
const restarted = IS_SOAK ? kinds : kinds.slice(0, 1);

test.each(restarted)('work goes on after a restart (%s)', { timeout: 5 * 60_000 }, async (kind) => {
  const waits: number[] = [];
  for (const label of STEPS) waits.push(await resumed(kind, label));

  const slowest = Math.max(...waits);
  record({
    promise: 'R4',
    deployment: kind,
    run: `SIGKILL at ${STEPS.join(' and ')}, restarted with the settings of life`,
    counted: `${(slowest / 1000).toFixed(1)} s from the answer of the restarted program to the effect`,
    holds: slowest <= MOST_MS,
    seed: SEED,
  });
  // How long it takes is for the soak to say, with the machine to itself.
  expect(slowest).toBeLessThanOrEqual(scaled(PATIENCE_MS, MOST_MS));
});

const isRefusal = /lease lost, the cycle goes on elsewhere/g;

// For the gate, src/inbox/worker.test.ts shows it within one process.
if (IS_SOAK && kinds.includes('many'))
  describe('a worker that stands still beyond its lease', () => {
    test(
      'is refused whatever it brings late, and nothing is doubled',
      { timeout: 5 * 60_000 },
      async () => {
        const [rounds, each] = [scaled(1, 2), scaled(3, 25)];
        const systems = await startSystems();
        const deployment = await startDeployment('many', systems.settings);
        systems.aim(deployment.front);
        const [stalled, taker, third] = deployment.workers;
        await third!.stop();
        await taker!.stop();

        for (let round = 0; round < rounds; round += 1) {
          systems.slowDown(6_000);
          const asked = Array.from({ length: each }, () => systems.ask('slack'));
          await until(
            'the model was asked about each',
            () => asked.every(({ subject }) => systems.asked(subject) > 0),
            PATIENCE_MS,
          );
          stalled!.signal('SIGSTOP');
          systems.slowDown(0);
          await taker!.start();
          const total = systems.questions.length;
          await until('another answers', () => systems.effects().length >= total, PATIENCE_MS);
          await taker!.stop();
          stalled!.signal('SIGCONT');
          await until(
            'what comes late is refused',
            () => (stalled!.log().match(isRefusal) ?? []).length >= total,
            PATIENCE_MS,
          );
        }
        await rest({ deployment, systems });
        await deployment.stop();
        const tally = await tallyOf(systems, deployment.storeUrl);

        const late = rounds * each;
        const refused = (stalled!.log().match(isRefusal) ?? []).length;
        record({
          promise: 'R4 late results',
          deployment: 'many',
          run: `a worker stopped by SIGSTOP in the middle of ${late} cycles, woken after another had finished them`,
          counted: `refused ${refused} of ${late}, doubled ${tally.doubled.length}`,
          holds: refused === late && tally.doubled.length === 0,
          seed: SEED,
        });
        expect(refused).toBe(late);
        expect(tally.doubled).toEqual([]);
        expect(tally.unanswered).toEqual([]);
        expect(tally.lost).toEqual([]);
        expect(tally.unmatched).toEqual([]);
      },
    );
  });
