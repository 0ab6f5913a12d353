import { describe, expect, test } from 'vitest';
import { CRASH_LABELS } from '../../src/lib/crash.ts';
import type { CrashLabel } from '../../src/lib/crash.ts';
import { SYSTEMS } from '../helpers/five.ts';
import { until } from '../helpers/process.ts';
import { possibleDeployments, startDeployment } from './deployment.ts';
import type { Deployment, Part } from './deployment.ts';
import { record, SEED } from './figures.ts';
import { pollAll, pollSoon, rest } from './storm.ts';
import { startSystems } from './systems.ts';
import type { Systems } from './systems.ts';
import { tallyOf } from './tally.ts';

const QUESTIONS = 25;
// Each program dies at its third passing, so that other work is under way at that moment.
const HITS = 3;

/** What runs the step of a label, by the first word of the label. */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  delivery: ['gateway'],
  events: ['gateway', 'poller'],
  poll: ['poller'],
};

function passing({ parts }: Deployment, label: CrashLabel): Part[] {
  const runs = RUNS[label.split('.')[0] ?? ''] ?? ['worker'];
  return parts.filter(({ roles }) => runs.some((role) => roles.split(',').includes(role)));
}

/** Programs that pass the label die of it in the middle of 25 questions, and come back. */
async function dieAt(label: CrashLabel, systems: Systems, deployment: Deployment): Promise<number> {
  const marked = passing(deployment, label);
  for (const part of marked) {
    await part.stop();
    await part.start({ PM_AGENT_CRASH_AT: `${label}:${HITS}` });
  }
  const begun = new Date();
  for (let n = 0; n < QUESTIONS; n += 1) systems.ask(SYSTEMS[n % SYSTEMS.length] ?? 'jira');
  if (label.startsWith('poll.')) await pollSoon(deployment, begun);
  await until(`a program died at ${label}`, () => marked.some(({ isUp }) => !isUp), 60_000);
  const dead = marked.filter(({ isUp }) => !isUp);
  expect(await Promise.all(dead.map(({ ended }) => ended()))).toEqual(dead.map(() => 'SIGKILL'));
  for (const part of marked) {
    // Those that live are marked still; one of them may die before it is told to end.
    if (part.isUp) await part.stop();
    await part.start();
  }
  await rest({ deployment, systems });
  return dead.length;
}

// The gate kills at every label over one process: test/e2e/crash.test.ts.
describe.each(await possibleDeployments())('a death at every label (%s)', (kind) => {
  test('25 questions each: lost 0, doubled 0', { timeout: 15 * 60_000 }, async () => {
    const begun = new Date();
    const systems = await startSystems();
    const deployment = await startDeployment(kind, systems.settings);
    systems.aim(deployment.front);

    let deaths = 0;
    for (const label of CRASH_LABELS) deaths += await dieAt(label, systems, deployment);
    // Two of the five systems never send a second time what a dead program did not take.
    await pollAll(deployment, begun);
    await rest({ deployment, systems });
    await deployment.stop();
    const tally = await tallyOf(systems, deployment.storeUrl);

    const lost = [...tally.lost, ...tally.unanswered];
    const { doubled, unmatched } = tally;
    record({
      promise: 'R1 labels',
      deployment: kind,
      run: `${CRASH_LABELS.length} labels, ${QUESTIONS} questions in five systems at each, ${deaths} deaths`,
      counted: `lost ${lost.length}, doubled ${doubled.length}`,
      holds: lost.length + doubled.length === 0,
      seed: SEED,
    });
    expect(lost).toEqual([]);
    expect(doubled).toEqual([]);
    expect(unmatched).toEqual([]);
    expect(tally.journalHolds).toBe(true);
  });
});
