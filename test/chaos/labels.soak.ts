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

const DEATHS = 25;
// Each life ends at its third passing, so that other work is under way at that moment, and some of it gets done.
const HITS = 3;
/** So long a round waits for a death before more is asked: several programs share the passings. */
const ROUND_MS = 5_000;
const MOST_ROUNDS = 10 * DEATHS;

interface Rig {
  readonly systems: Systems;
  readonly deployment: Deployment;
}

let asked = 0;

/** All five in turn. */
function nextSystem(): (typeof SYSTEMS)[number] {
  asked += 1;
  return SYSTEMS[asked % SYSTEMS.length] ?? 'jira';
}

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

/** Starts it to die at the label; resolves with how often it died before it even answered, of what it found to do. */
async function startMarked(part: Part, label: CrashLabel): Promise<number> {
  for (let deaths = 0; ; deaths += 1) {
    try {
      await part.start({ PM_AGENT_CRASH_AT: `${label}:${HITS}` });
      return deaths;
    } catch (error) {
      if ((await part.ended()) !== 'SIGKILL' || deaths > DEATHS) throw error;
    }
  }
}

/** Asks, and resolves with the programs that died of it; none where too few of them passed the label. */
async function askUntilDeath(
  label: CrashLabel,
  { systems, deployment }: Rig,
  marked: readonly Part[],
): Promise<readonly Part[]> {
  const begun = new Date();
  for (let n = 0; n < HITS; n += 1) systems.ask(nextSystem());
  // It may die of a poll of its own before it is asked for one.
  if (label.startsWith('poll.')) await pollSoon(deployment, begun).catch(() => null);
  const died = () => marked.filter(({ isUp }) => !isUp);
  await until(`a program died at ${label}`, () => died().length > 0, ROUND_MS).catch(() => null);
  const dead = died();
  expect(await Promise.all(dead.map(({ ended }) => ended()))).toEqual(dead.map(() => 'SIGKILL'));
  return dead;
}

/** Programs that pass the label die of it again and again while people ask, and come back each time. */
async function dieAt(label: CrashLabel, rig: Rig): Promise<number> {
  const marked = passing(rig.deployment, label);
  let deaths = 0;
  for (const part of marked) {
    await part.stop();
    deaths += await startMarked(part, label);
  }
  for (let round = 0; deaths < DEATHS && round < MOST_ROUNDS; round += 1) {
    const dead = await askUntilDeath(label, rig, marked);
    deaths += dead.length;
    for (const part of dead) deaths += await startMarked(part, label);
  }
  for (const part of marked) {
    // Those that live are marked still; one of them may die before it is told to end.
    if (part.isUp) await part.stop();
    await part.start();
  }
  await rest(rig);
  expect(deaths, label).toBeGreaterThanOrEqual(DEATHS);
  return deaths;
}

// The gate kills at every label over one process: test/e2e/crash.test.ts.
describe.each(await possibleDeployments())('a death at every label (%s)', (kind) => {
  test('25 deaths each: lost 0, doubled 0', { timeout: 45 * 60_000 }, async () => {
    const begun = new Date();
    const systems = await startSystems();
    const deployment = await startDeployment(kind, systems.settings);
    systems.aim(deployment.front);

    let deaths = 0;
    asked = 0;
    for (const label of CRASH_LABELS) deaths += await dieAt(label, { systems, deployment });
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
      run: `${CRASH_LABELS.length} labels, ${deaths} deaths, ${asked} questions in five systems`,
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
