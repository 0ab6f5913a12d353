import { describe, expect, test } from 'vitest';
import { Status } from '../../src/http/contract.ts';
import { verifyJournal } from '../../src/store/journal.ts';
import { startFive, startProgram, SYSTEMS } from '../helpers/five.ts';
import type { Five, Program, System } from '../helpers/five.ts';
import { seededRandom } from '../helpers/random.ts';
import { askUnderFaults, endsOf } from './answers.ts';
import type { Ended } from './answers.ts';
import { drive, handTimer } from './drive.ts';
import { faultKinds } from './fault-kinds.ts';
import type { FaultKind } from './fault-kinds.ts';
import { record, scaled, SEED } from './figures.ts';
import { STORES, storeSettings } from './stores.ts';
import type { StoreKind } from './stores.ts';

const MOST_SENDS = 6;
const LONGEST_CALL_MS = 30_000;
const LATEST_MS = 60_000;
const SOAK_MS = 1_800_000;

async function start(store: StoreKind): Promise<{ five: Five; program: Program }> {
  const five = await startFive({ callsPerHour: 1_000_000_000 });
  const env = { PM_AGENT_SETTLE_SECONDS: '', ...(await storeSettings(store)) };
  const program = await startProgram(five, { push: true, poll: true, mode: 'production', env });
  five.aim(program.app.url);
  return { five, program };
}

/** What people would have to look for: a case that did not end as its kind must. */
function amiss(ends: readonly Ended[]): readonly string[] {
  return ends.flatMap(({ system, kind, ...end }) => {
    const { ends: state, effects, sends, silentMs = 0 } = kind;
    const isSilent = silentMs === 0 || (end.silentMs ?? Infinity) >= silentMs;
    const isAsSaid = end.state === state && end.effects === effects && end.sends === sends;
    return isAsSaid && isSilent ? [] : [`${system}: ${kind.name}: ${JSON.stringify(end)}`];
  });
}

const longestCall = (five: Five): number =>
  Math.max(...SYSTEMS.flatMap((one) => five[one].requests.map(({ tookMs }) => tookMs ?? 0)));

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

describe.each(STORES)('answers in five systems, %s', (deployment) => {
  test(
    'R9: whatever a system does to a change, it is there once, or failed and shown, or held',
    { timeout: SOAK_MS },
    async () => {
      const { five, program } = await start(deployment);
      const timer = handTimer(five.clock);
      const kinds = faultKinds(timer);
      const times = scaled(2, 10);

      const cases = askUnderFaults(
        five,
        kinds.flatMap((kind) => Array.from({ length: times }, () => kind)),
      );
      await drive(five, program, { timer, patienceMs: SOAK_MS });

      const ends = await endsOf(program, cases);
      const doubled = ends.filter(({ effects }) => effects > 1).length;
      const hasty = ends.filter(
        ({ kind, silentMs }) => (silentMs ?? Infinity) < (kind.silentMs ?? 0),
      ).length;
      const sends = Math.max(...ends.map((one) => one.sends));
      const call = longestCall(five);
      const wrong = amiss(ends);
      record({
        promise: 'R9',
        deployment,
        run: `${kinds.length} kinds of faults x ${times} answers in each of ${SYSTEMS.length} systems`,
        counted:
          `${ends.length - wrong.length} of ${ends.length} ended as they must, doubled ${doubled}, before Retry-After ${hasty}, ` +
          `most sends ${sends}, longest call ${(call / 1000).toFixed(1)} s`,
        holds: wrong.length === 0,
        seed: SEED,
      });
      expect(kinds).toHaveLength(22);
      expect(wrong).toEqual([]);
      expect(sends).toBeLessThanOrEqual(MOST_SENDS);
      expect(call).toBeLessThanOrEqual(LONGEST_CALL_MS);
      for (const system of SYSTEMS) expect(five[system].faults.pending).toBe(0);
      const status = Status.parse(await (await program.ask('/api/status')).json());
      const expected = (state: string) => cases.filter(({ kind }) => kind.ends === state).length;
      expect(status.actions).toMatchObject({
        failed: expected('failed'),
        unknown: expected('unknown'),
      });
      expect(await verifyJournal(program.app.store.db)).toMatchObject({ brokenAt: null });
    },
  );

  test(
    'R10: what was done and reported as failed is there exactly once',
    { timeout: SOAK_MS },
    async () => {
      const { five, program } = await start(deployment);
      const times = scaled(10, 500);
      const before = writesOf(five);

      const cases = askUnderFaults(
        five,
        Array.from({ length: times }, (_, number) => doneButFailed(number)),
      );
      await drive(five, program, { patienceMs: SOAK_MS });

      const ends = await endsOf(program, cases);
      const writes = SYSTEMS.map((system) => writesOf(five)[system] - before[system]);
      const wrong = amiss(ends);
      record({
        promise: 'R10',
        deployment,
        run: `${times} answers in each of ${SYSTEMS.length} systems, each done and reported as failed`,
        counted: SYSTEMS.map((system, at) => `${system} ${writes[at]} effects`).join(', '),
        holds: wrong.length === 0 && writes.every((count) => count === times),
        seed: SEED,
      });
      expect(wrong).toEqual([]);
      expect(writes).toEqual(SYSTEMS.map(() => times));
    },
  );

  test(
    'R11: what a system does up to a minute after the line broke is not done twice',
    { timeout: SOAK_MS },
    async () => {
      const { five, program } = await start(deployment);
      const timer = handTimer(five.clock);
      const random = seededRandom(SEED);
      const times = scaled(10, 100);
      const late = (): FaultKind => {
        const ms = Math.ceil(random() * LATEST_MS);
        const told = random() < 0.5 ? {} : { status: 504 };
        const send = { kind: 'apply-late', ms, wait: timer.wait, ...told } as const;
        return { name: `done ${ms} ms later`, send, ends: 'done', effects: 1, sends: 1 };
      };

      const cases = askUnderFaults(five, Array.from({ length: times }, late));
      await drive(five, program, { timer, patienceMs: SOAK_MS });

      const ends = await endsOf(program, cases);
      const wrong = amiss(ends);
      record({
        promise: 'R11',
        deployment,
        run: `${times} answers in each of ${SYSTEMS.length} systems, done up to ${LATEST_MS / 1000} s after the line broke`,
        counted: `doubled ${ends.filter(({ effects }) => effects > 1).length}, lost ${ends.filter(({ effects }) => effects < 1).length}, effects ${sum(ends.map(({ effects }) => effects))}`,
        holds: wrong.length === 0,
        seed: SEED,
      });
      expect(wrong).toEqual([]);
    },
  );
});

function writesOf(five: Five): Readonly<Record<System, number>> {
  const { jira, bitbucket, github, slack, sentry } = five;
  return {
    jira: jira.writes,
    bitbucket: bitbucket.writes,
    github: github.writes,
    slack: slack.writes,
    sentry: sentry.writes,
  };
}

const REPORTS = [
  { kind: 'status', status: 500, apply: true },
  { kind: 'hang-up-after' },
  { kind: 'status', status: 502, apply: true },
  { kind: 'cut-off' },
] as const;

function doneButFailed(number: number): FaultKind {
  const send = REPORTS[number % REPORTS.length] ?? REPORTS[0];
  return { name: `done, and reported by ${send.kind}`, send, ends: 'done', effects: 1, sends: 1 };
}
