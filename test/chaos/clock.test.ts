import { pino } from 'pino';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { PEOPLE as BITBUCKET } from '../../emulators/bitbucket/bitbucket-seed.ts';
import { PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startFive, startProgram } from '../helpers/five.ts';
import type { Five, Program } from '../helpers/five.ts';
import { seededRandom } from '../helpers/random.ts';
import { lookAtAll, startWorld, TEAM } from '../judgement/world.ts';
import type { World } from '../judgement/world.ts';
import { askUnderFaults, endsOf } from './answers.ts';
import { drive, quiet } from './drive.ts';
import { record, scaled, SEED } from './figures.ts';
import type { DeploymentKind } from './figures.ts';
import { hasServers, STORES, storeSettings } from './stores.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const JUMP_MS = 10 * MINUTE_MS;
const SLOW_MS = 300;

afterEach(() => vi.restoreAllMocks());

/** Warnings of the runtime that somebody asked for a wait that ends before it begins. */
function negativeWaits(): () => number {
  let seen = 0;
  const count = (warning: Error): void => {
    if (warning.name === 'TimeoutNegativeWarning') seen += 1;
  };
  process.on('warning', count);
  onTestFinished(() => void process.off('warning', count));
  return () => seen;
}

/** Tells how often a worker found its mailbox in other hands. */
function leaseLog() {
  let lost = 0;
  const write = (line: string): void => void (lost += line.includes('lease lost') ? 1 : 0);
  return { log: pino({ level: 'warn' }, { write }), lost: () => lost };
}

/** A clock that is set ten minutes forward or back, from one step to the next. */
function setClock(random: () => number) {
  let skew = 0;
  let jumps = 0;
  let isOver = false;
  return {
    /** It goes right from now on. */
    end: () => {
      isOver = true;
      skew = 0;
    },
    skew: () => skew,
    jumps: () => jumps,
    jump: () => {
      if (isOver) return;
      const others = [-JUMP_MS, 0, JUMP_MS].filter((one) => Math.abs(one - skew) === JUMP_MS);
      skew = others[Math.floor(random() * others.length)] ?? 0;
      jumps += 1;
    },
  };
}

interface Setting {
  readonly deployment: DeploymentKind;
  readonly five: Five;
  readonly program: Program;
  readonly set: ReturnType<typeof setClock>;
  readonly lost: () => number;
}

/** While every answer is on its way, the clock is set and the worker looks for more work. */
async function answersWhileSet({ deployment, five, program, set, lost }: Setting): Promise<void> {
  const negative = negativeWaits();
  const times = scaled(8, 100);
  const slow = { kind: 'delay', ms: SLOW_MS } as const;
  const kind = { name: 'slow', send: slow, ends: 'done', effects: 1, sends: 1 } as const;
  const cases = askUnderFaults(
    five,
    Array.from({ length: times }, () => kind),
    {
      sent: () => {
        set.jump();
        program.app.worker?.look();
      },
    },
  );

  await quiet(five, program);
  // Mail that came while the clock was ahead waits for its time; what was refused as signed too long ago is polled.
  set.end();
  five.clock.move(2 * HOUR_MS);
  await program.poll();
  await drive(five, program);

  const ends = await endsOf(program, cases);
  const cycles = await program.app.store.db.selectFrom('cycles').select('attempts').execute();
  const doubled = ends.filter(({ effects, sends }) => effects > 1 || sends > 1).length;
  const answered = ends.filter(({ state, effects }) => state === 'done' && effects === 1).length;
  record({
    promise: 'R15 answers',
    deployment,
    run: `${ends.length} answers on their way, the program's clock set by 10 min ${set.jumps()} times`,
    counted: `answered ${answered}, doubled ${doubled}, leases lost ${lost()}, negative waits ${negative()}`,
    holds: answered === ends.length && doubled + lost() + negative() === 0,
    seed: SEED,
  });
  expect(ends.filter(({ state, sends }) => state !== 'done' || sends !== 1)).toEqual([]);
  expect(answered).toBe(ends.length);
  expect({ doubled, lost: lost(), negative: negative() }).toEqual({
    doubled: 0,
    lost: 0,
    negative: 0,
  });
  expect(cycles.filter(({ attempts }) => attempts > 0)).toEqual([]);
  expect(set.jumps()).toBeGreaterThan(times);
}

test(
  'R15: a clock that is set while answers are on their way loses no lease and doubles nothing',
  { timeout: 300_000 },
  async () => {
    const five = await startFive();
    const set = setClock(seededRandom(SEED));
    const clock: Clock = {
      now: () => five.clock.now() + set.skew(),
      steady: () => five.clock.now(),
    };
    const { log, lost } = leaseLog();
    const env = { PM_AGENT_SETTLE_SECONDS: '' };
    const program = await startProgram(five, {
      push: true,
      poll: true,
      mode: 'production',
      env,
      clock,
      log,
    });
    five.aim(program.app.url, { retryDelayMs: 1 });

    await answersWhileSet({ deployment: 'single', five, program, set, lost });
  },
);

test.skipIf(!(await hasServers()))(
  'R15: on a database, the clock of the machine is not asked for leases',
  { timeout: 300_000 },
  async () => {
    const wall = Date.now.bind(Date);
    const five = await startFive({ clock: { now: wall, move: () => undefined } });
    const set = setClock(seededRandom(SEED));
    const { log, lost } = leaseLog();
    const env = { PM_AGENT_SETTLE_SECONDS: '', ...(await storeSettings('redis')) };
    const program = await startProgram(five, {
      push: true,
      poll: true,
      mode: 'production',
      env,
      clock: systemClock,
      log,
    });
    five.aim(program.app.url, { retryDelayMs: 1 });
    vi.spyOn(Date, 'now').mockImplementation(() => wall() + set.skew());

    await answersWhileSet({ deployment: 'redis', five, program, set, lost });
  },
);

test.each(STORES)(
  'R15: a clock that is set back and forth brings nobody a second reminder on one day (%s)',
  { timeout: 600_000 },
  async (deployment) => {
    const set = setClock(seededRandom(SEED));
    const { log, lost } = leaseLog();
    const negative = negativeWaits();
    const world = await startWorld({
      log,
      env: await storeSettings(deployment),
      clock: (systems) => ({ now: () => systems.now() + set.skew() }),
    });
    world.five.aim(world.program.app.url, { retryDelayMs: 1 });
    await waitingFor(world);
    const days = scaled(2, 14);

    for (let hour = 0; hour < days * 24; hour += 1) {
      world.five.clock.move(HOUR_MS);
      for (let look = 0; look < scaled(1, 2); look += 1) {
        await lookAtAll(world.program);
        set.jump();
        await lookAtAll(world.program);
        // What was put in before the clock went back waits for its time.
        await quiet(world.five, world.program);
      }
    }

    const told = Object.values(SLACK).flatMap((person) =>
      world
        .directs(person)
        .filter(({ versions }) => versions[0]?.text.includes('Why this message:'))
        .map(({ ts }) => `${person} ${new Date(Number(ts) * 1000).toISOString().slice(0, 10)}`),
    );
    const second = told.length - new Set(told).size;
    record({
      promise: 'R15 reminders',
      deployment,
      run: `${days} days, ${told.length} reminders, the program's clock set by 10 min ${set.jumps()} times`,
      counted: `second reminders ${second}, leases lost ${lost()}, negative waits ${negative()}`,
      holds: second + lost() + negative() === 0,
      seed: SEED,
    });
    expect(told.length).toBeGreaterThan(1);
    expect({ second, lost: lost(), negative: negative() }).toEqual({
      second: 0,
      lost: 0,
      negative: 0,
    });
  },
);

/** A review by Tom, one by Ines, and a ticket of Jonas that is stuck. */
async function waitingFor(world: World): Promise<void> {
  const { github, bitbucket, jira } = world.five;
  const repo = 'acme/payments';
  const pull = { title: 'Tidy the log', branch: 'tidy' };
  const place = `${repo}#${github.openPullRequest(repo, 'ines-okafor', pull)}`;
  github.requestReview(place, 'ines-okafor', 'tom-weber');
  bitbucket.createPullRequest('web', BITBUCKET.tom.uuid, {
    title: 'Rounder buttons',
    branch: 'buttons',
    reviewers: [BITBUCKET.ines.uuid],
  });
  jira.assign('ECD-2', TEAM.jonas.jira, TEAM.jonas.jira);
  jira.transition('ECD-2', TEAM.jonas.jira, 'Blocked');
  await world.settle();
}
