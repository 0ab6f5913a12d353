import { expect, onTestFinished, test, vi } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { Status } from '../../src/http/contract.ts';
import { saveSweep } from '../../src/store/sweeps.ts';
import { reserveSpending, settleSpending } from '../../src/store/spendings.ts';
import { asked } from '../helpers/approvals.ts';
import { constitutionOf } from '../helpers/judging.ts';
import { handClock } from '../helpers/store.ts';
import { ADMIN, startWorld } from './http-world.ts';
import type { World } from './http-world.ts';

const BUDGET = { perCycleUsd: null, perDayUsd: 2, perMonthUsd: null, perPersonAndDayUsd: null };
const MINUTE_MS = 60_000;

/** What a command printed. */
async function printed({ url }: Pick<World, 'url'>, ...words: string[]): Promise<string> {
  vi.stubEnv('PM_AGENT_TOKEN', ADMIN);
  onTestFinished(() => void vi.unstubAllEnvs());
  const out: string[] = [];
  const catching = (text: unknown): boolean => out.push(String(text)) > 0;
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(catching),
    vi.spyOn(process.stderr, 'write').mockImplementation(catching),
  ];
  await runCli(['node', 'pm-agent', '--url', url, ...words]);
  for (const spy of spies) spy.mockRestore();
  return out.join('');
}

/** A server on which something waits, something is spent and something is watched. */
async function busy() {
  const clock = handClock();
  const world = await startWorld({
    clock,
    parts: {
      judgement: {
        constitution: () => ({ ...constitutionOf(), budget: BUDGET }),
        modes: [{ operations: 'slack.*', mode: 'ask' }],
        lookAtDeferred: () => undefined,
      },
    },
  });
  await asked(world.store, clock, {});
  const subject = 'jira:issue:ECD-12';
  const sweep = { subject, level: 'high', rules: [], calm: 0, checkedAt: clock.now() } as const;
  const call = { cycle: 'c1', person: null, model: 'm', now: clock.now(), budget: BUDGET };
  await world.store.write(async ({ db }) => {
    await saveSweep(db, { ...sweep, nextAt: clock.now() + 20 * MINUTE_MS });
    const paid = await reserveSpending(db, { ...call, usd: 0.5 });
    if (paid.kind === 'reserved') await settleSpending(db, paid.id, 0.25);
    await reserveSpending(db, { ...call, usd: 0.5 });
  });
  return { clock, world };
}

test('the status fits one screen and says what waits, what is spent and what is watched', async () => {
  const { world } = await busy();

  const text = await printed(world, 'status');

  const lines = text.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(text).toMatch(/^modes +slack\.\* ask$/m);
  expect(text).toMatch(
    /^approvals +1 waits for a person; the next ends in 9 h, 2026-03-02 18:00 UTC$/m,
  );
  expect(text).toMatch(
    /^budget +today 0\.25 of 2\.00 USD \(0\.50 set aside\); month 0\.25 USD, no limit/m,
  );
  expect(text).toMatch(/^watched +1 item, the next is looked at in 20 min$/m);
  expect(text).toContain('next: pm-agent approve list');
  expect(text).not.toContain('NOTHING LEAVES');
});

test('a pause is the first thing the status tells, and what to do about it', async () => {
  const { clock, world } = await busy();

  await printed(world, 'pause', '--for', '2h');
  const paused = await printed(world, 'status');
  clock.move(121 * MINUTE_MS);
  const over = await printed(world, 'status');

  expect(paused).toContain('NOTHING LEAVES until 2026-03-02 11:00 UTC; listening goes on');
  expect(paused).toContain('next: pm-agent resume');
  expect(over).not.toContain('NOTHING LEAVES');
  expect(over).toContain('up 2 h');
});

test('the status as JSON is what the API says', async () => {
  const { world } = await busy();

  const document: unknown = JSON.parse(await printed(world, '--json', 'status'));

  expect(Status.parse(document).judgement).toMatchObject({
    approvals: { open: 1 },
    budget: { today: { spentUsd: 0.25, reservedUsd: 0.5, limitUsd: 2 } },
  });
});

test('the metrics count what waits, what is spent and what is watched', async () => {
  const { clock, world } = await busy();
  const metrics = async () => await (await world.ask('/metrics')).text();

  const before = await metrics();
  await printed(world, 'pause');
  clock.move(10 * 3_600_000);
  const after = await metrics();

  for (const line of [
    'pm_agent_approvals_open 1',
    'pm_agent_approvals_next_expiry_seconds 32400',
    'pm_agent_paused 0',
    'pm_agent_directives_problem 0',
    'pm_agent_sweeps_watched 1',
    'pm_agent_model_spent_usd{period="day"} 0.25',
    'pm_agent_model_reserved_usd{period="month"} 0.5',
    'pm_agent_model_limit_usd{period="day"} 2',
    'pm_agent_actions_today{state="deferred"} 0',
    'pm_agent_actions{state="held"} 1',
  ]) {
    expect(before).toContain(`${line}\n`);
  }
  expect(before).not.toContain('pm_agent_model_limit_usd{period="month"}');
  expect(after).toContain('pm_agent_paused 1\n');
});
