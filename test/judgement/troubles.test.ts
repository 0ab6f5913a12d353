import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../emulators/slack/slack-seed.ts';
import { diskSpace } from '../../src/lib/disk.ts';
import { latest, startWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MIB = 1024 * 1024;

/** The world whose operations channel is the private one of the stand-in; leadership then has none. */
const withChannel = (options: WorldOptions = {}) =>
  startWorld({
    ...options,
    directives: { [`leadership: ${CHANNELS.leads}`]: `operations: ${CHANNELS.leads}` },
  });

const told = (world: World): string[] => world.said(CHANNELS.leads).map(latest);

/** Lets the watch look, and everything follow. */
async function look(world: World): Promise<void> {
  await world.program.app.judgement.timely.troubles.look();
  await world.settle();
}

/** Lets time pass in steps in which the watch looks as often as it would. */
async function watchFor(world: World, ms: number): Promise<void> {
  for (let past = 0; past < ms; past += 15 * MINUTE_MS) {
    await world.pass(15 * MINUTE_MS);
    await look(world);
  }
}

/** Moves the clock to an hour of a later day in Berlin, which is an hour ahead of UTC in these weeks. */
async function passTo(world: World, hour: number): Promise<void> {
  const berlin = (world.five.clock.now() + HOUR_MS) % (24 * HOUR_MS);
  await world.pass((((hour * HOUR_MS - berlin) % (24 * HOUR_MS)) + 24 * HOUR_MS) % (24 * HOUR_MS));
}

const SECRET_LINE = 'agent: { orchid: xoxb-planted-in-the-file }';

/** Breaks the file of the directives; resolves with what mends it. */
async function breakDirectives(world: World): Promise<() => Promise<void>> {
  const sound = readFileSync(world.file, 'utf8');
  const write = async (text: string): Promise<void> => {
    writeFileSync(world.file, text);
    await world.program.app.judgement.directives.look();
  };
  await write(`${SECRET_LINE}\n${sound}`);
  return () => write(sound);
}

const store = (world: World) => world.program.app.store;

describe('a trouble of the program', () => {
  test('is told once in the channel for it, and its end once', { timeout: 60_000 }, async () => {
    const world = await withChannel();
    const mend = await breakDirectives(world);

    await look(world);
    await watchFor(world, 3 * HOUR_MS);
    const during = told(world);
    await mend();
    await look(world);
    await watchFor(world, HOUR_MS);

    expect(during).toHaveLength(1);
    expect(during[0]).toMatch(/fault.*stays in force[^]*More: pm-agent directives check/);
    expect(told(world).slice(1)).toEqual(['pm-agent: over: directives-broken.']);
    expect(told(world).join(' ')).not.toMatch(/orchid|xoxb/);
    const actions = (await world.actions()).filter(({ purpose }) => purpose === 'operations');
    expect(actions.map(({ state, author }) => `${state} ${author}`)).toEqual([
      'done rules',
      'done rules',
    ]);
    // Nor does it cost a cycle while nothing is to be told.
    const cycles = await store(world).db.selectFrom('cycles').select('subject').execute();
    const own = cycles.filter(({ subject }) => subject.startsWith('pm:operations:'));
    expect(own).toHaveLength(2);
    expect(await world.journalHolds()).toBe(true);
  });

  test('of each kind has a message of its own, with ids and a command', async () => {
    const world = await withChannel();
    world.five.jira.addComment('ECD-1', '712020:mia-0001', 'Hello');
    await world.settle();
    const [cycle] = await store(world).db.selectFrom('cycles').select('id').execute();
    await store(world).write(async ({ db }) => {
      await db.updateTable('cycles').set({ state: 'failed' }).where('id', '=', cycle!.id).execute();
      await db.updateTable('polls').set({ failures: 5 }).where('source', '=', 'jira').execute();
      await db.updateTable('journal').set({ data: '{"x":1}' }).where('seq', '=', 1).execute();
    });

    await look(world);
    await look(world);

    const all = told(world).toSorted();
    expect(all).toHaveLength(3);
    expect(all[0]).toContain('critical: The journal does not fit its hashes from entry 1 on');
    expect(all[1]).toContain(cycle!.id);
    expect(all[1]).toContain('pm-agent cycles list --status failed');
    expect(all[2]).toContain('Polls of jira have failed');
    const metrics = await (await world.ask('/metrics')).text();
    expect(metrics).toContain('pm_agent_trouble{id="polls-failing-jira",level="high"} 1');
    expect((await world.cli('status')).out).toContain('Polls of jira have failed');
  });

  test('waits for the hours of the team, unless it is critical', { timeout: 60_000 }, async () => {
    const free = (await diskSpace('.')).freeBytes / MIB;
    const full = await withChannel({ env: { PM_AGENT_DISK_WARN_MB: String(free * 64) } });
    await passTo(full, 23);
    await look(full);
    const world = await withChannel();
    await passTo(world, 23);
    await breakDirectives(world);
    await look(world);
    await watchFor(world, 2 * HOUR_MS);
    const atNight = told(world);
    await passTo(world, 9);
    await watchFor(world, 2 * HOUR_MS);

    expect(told(full)).toEqual([expect.stringMatching(/critical: The disk of the store is full/)]);
    expect(atNight).toEqual([]);
    expect(told(world)).toHaveLength(1);
  });

  test('is not told while the agent is paused, nor at all when it is over by then', async () => {
    const world = await withChannel();
    await world.cli('pause', '--for', '2h');
    const mend = await breakDirectives(world);
    await look(world);
    await watchFor(world, HOUR_MS);
    await mend();
    await look(world);
    await watchFor(world, 2 * HOUR_MS);

    expect(told(world)).toEqual([]);
    const states = (await world.actions()).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['suppressed']));
  });

  test('is written down once and not sent in simulation', async () => {
    const world = await withChannel({ mode: 'simulation' });
    await breakDirectives(world);
    await look(world);
    await watchFor(world, 2 * HOUR_MS);

    expect(told(world)).toEqual([]);
    expect(await world.actions()).toMatchObject([{ purpose: 'operations', state: 'simulated' }]);
  });

  test('that comes and goes is not told each time', async () => {
    const world = await withChannel();
    for (let round = 0; round < 4; round += 1) {
      const mend = await breakDirectives(world);
      await look(world);
      await world.pass(5 * MINUTE_MS);
      await mend();
      await look(world);
      await world.pass(5 * MINUTE_MS);
    }

    expect(told(world)).toHaveLength(2);
  });

  test('is told nowhere when the directives name no channel for it', async () => {
    const world = await startWorld();
    await breakDirectives(world);
    await look(world);

    expect(await world.actions()).toEqual([]);
    expect(world.said()).toEqual([]);
  });
});
