import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { until } from '../helpers/process.ts';
import { directivesOf, startWorld, TEAM } from './world.ts';
import type { World } from './world.ts';

interface InForce {
  readonly version: string;
  readonly problem: string | null;
}

async function inForce(world: World): Promise<InForce> {
  const status = (await (await world.ask('/api/status')).json()) as {
    judgement: { directives: InForce };
  };
  return status.judgement.directives;
}

async function request(world: World, words: string) {
  world.five.clock.move(60_000);
  world.five.jira.addComment('ECD-2', TEAM.mia.jira, `@pm-agent ${words}`);
  await world.settle();
  const [newest] = (await world.actions()).filter(({ purpose }) => purpose === 'request');
  return newest;
}

const cyclesOf = async (world: World) =>
  ((await (await world.ask('/api/cycles?limit=1')).json()) as { items: { directives: string }[] })
    .items;

test('a limit that is lowered in the file holds for the next verdict, and cycles name the version', async () => {
  const world = await startWorld();
  const first = await request(world, 'move ECD-2 to In Review');
  const before = await inForce(world);

  writeFileSync(
    world.file,
    directivesOf({ 'approvals_per_subject_and_day: 5': 'approvals_per_subject_and_day: 1' }),
  );
  await until('the new directives are in force', async () => {
    return (await inForce(world)).version !== before.version;
  });
  const second = await request(world, 'assign ECD-2 to Ines');

  expect(first).toMatchObject({ state: 'held', directives: before.version });
  expect(second).toMatchObject({
    state: 'denied',
    verdict: { rule: 'approvals-limit', numbers: { today: 1, most: 1 } },
    directives: (await inForce(world)).version,
  });
  expect((await cyclesOf(world))[0]?.directives).toBe((await inForce(world)).version);
  const applied = (await world.journal()).filter(({ kind }) => kind === 'directives.applied');
  expect(applied.map(({ data }) => (data as { version: string }).version)).toEqual([
    before.version,
    (await inForce(world)).version,
  ]);
});

test('a broken file changes nothing, and the status says what is wrong with it', async () => {
  const world = await startWorld();
  const before = await inForce(world);
  const broken = directivesOf({
    'approvals_per_subject_and_day: 5': 'approvals_per_subject: many',
  });
  const at = broken.split('\n').findIndex((line) => line.includes('approvals_per_subject:')) + 1;

  writeFileSync(world.file, broken);
  await until('the fault is told', async () => (await inForce(world)).problem !== null);
  const held = await request(world, 'move ECD-2 to In Review');
  const status = await world.cli('status');
  writeFileSync(world.file, directivesOf());
  await until('the fault is gone', async () => (await inForce(world)).problem === null);

  expect(await inForce(world)).toEqual(before);
  expect(held).toMatchObject({ state: 'held', directives: before.version });
  expect(status.out).toContain(`:${at}:`);
  expect((await cyclesOf(world))[0]?.directives).toBe(before.version);
});
