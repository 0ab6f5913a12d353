import { EXIT } from './exit.ts';
import { localTokenFile } from './client.ts';
import { countUp, sceneLines, totalLines, wrap } from './demo-report.ts';
import type { Played, Totals } from './demo-report.ts';
import { instantOf } from './demo-clock.ts';
import { SCENES } from './demo-scenario.ts';
import type { Scene } from './demo-told.ts';
import { seenSince, seenSoFar } from './demo-seen.ts';
import { passTime, settle, startWorld } from './demo-world.ts';
import type { World } from './demo-world.ts';
import type { Given } from './given.ts';
import { leaveLocalToken } from './start.ts';

const SCRIPTED =
  "Jira, Slack, GitHub, Bitbucket, Sentry and the model are emulated on this machine: real HTTP, real signatures, real faults. The model's answers are scripted per scene; everything else is the program as it runs in production. The story has its own clock (UTC), by which the agent and all systems go.";

interface Run {
  readonly given: Given;
  readonly world: World;
  readonly ending: AbortSignal;
}

interface Day {
  readonly scenes: readonly Played[];
  readonly totals: Totals;
  readonly seconds: number;
  readonly ok: boolean;
}

/** A scripted day against emulated systems. Ends with 0 only when everything that had to happen did. */
export async function demo(given: Given, options: { readonly keep: boolean }): Promise<number> {
  const startedAt = performance.now();
  const ending = new AbortController();
  const stop = () => ending.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  given.out.say('starting five emulated systems, an emulated model and the agent on 127.0.0.1 ...');
  const world = await startWorld();
  try {
    const run = { given, world, ending: ending.signal };
    const day = await playDay(run, startedAt);
    await end(run, day, options.keep);
    return day.ok ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    given.out.say('stopped; the demo and its data are gone');
    return EXIT.interrupted;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await world.close();
  }
}

function print(given: Given, lines: readonly string[]): void {
  if (!given.out.json) given.out.result(null, lines);
}

async function playDay(run: Run, startedAt: number): Promise<Day> {
  const { given, world } = run;
  const title = given.out.paint('bold', 'pm-agent demo: one day of a small team');
  print(given, [title, ...wrap(SCRIPTED, 80), '']);
  const scenes: Played[] = [];
  let refused = 0;
  for (const [at, scene] of SCENES.entries()) {
    // In a terminal the story itself is the progress.
    if (!process.stdout.isTTY) given.out.say(`scene ${at + 1} of ${SCENES.length}  ${scene.time}`);
    const { played, statuses } = await play(run, scene);
    scenes.push(played);
    refused += statuses.filter((status) => status === 401).length;
    print(given, sceneLines(given.out, played));
  }
  given.out.say('counting at Jira and recomputing the journal ...');
  const totals = await countUp(world, refused);
  const ok = [...scenes, totals].every(({ checks }) => Object.values(checks).every(Boolean));
  return { scenes, totals, ok, seconds: (performance.now() - startedAt) / 1000 };
}

async function play(run: Run, scene: Scene) {
  const { world, ending } = run;
  const quiet = await seenSoFar(world);
  await passTime(world, instantOf(world.day, scene), ending);
  // What came due on the way belongs to no scene, unless it is the scene.
  const before = scene.passes === true ? quiet : await seenSoFar(world);
  scene.play?.(world);
  const statuses = (await scene.send?.(world)) ?? [];
  await settle(world, ending);
  const seen = seenSince(before, await seenSoFar(world));
  const told = scene.tell({ world, seen, statuses });
  const ok = Object.values(told.checks).every(Boolean);
  const { time, title } = scene;
  const played: Played = { time, title, did: told.did, why: told.why, ok, checks: told.checks };
  return { played, statuses };
}

/** The sums, the next commands, and with `--keep` the wait for a signal. */
async function end(run: Run, day: Day, keep: boolean): Promise<void> {
  const { given, world, ending } = run;
  const { ok, seconds, scenes, totals } = day;
  const urls = { app: world.app.url, jira: world.jira.url, model: world.model.url };
  const tokenFile = keep ? localTokenFile(world.config.databaseUrl) : null;
  if (keep) await leaveLocalToken(world.app, world.config.databaseUrl);
  const { checks, ...counts } = totals;
  const document = { ok, scripted: SCRIPTED, seconds, urls, tokenFile, scenes, ...counts, checks };
  given.out.result(document, [
    ...totalLines(given.out, totals, { ok, seconds }),
    '',
    ...nextLines(world, tokenFile),
  ]);
  if (!keep) return;
  given.out.say('still running; Ctrl-C ends the demo and removes its data');
  if (ending.aborted) return;
  await new Promise((resolve) => ending.addEventListener('abort', resolve, { once: true }));
}

function nextLines({ app }: World, tokenFile: string | null): string[] {
  if (tokenFile === null) {
    return [
      'next: pm-agent demo --keep   the same day, then look at it through the API',
      '      pm-agent doctor        what your own settings still need',
      '      pm-agent start         the server; it begins in simulation',
    ];
  }
  return [
    `api   ${app.url}/docs  ${app.url}/api/status`,
    `data  ${tokenFile.replace(/[^/\\]+$/, '')}`,
    'next, in another terminal:',
    `      export PM_AGENT_TOKEN="$(cat ${tokenFile})"`,
    `      pm-agent --url ${app.url} status`,
    `      pm-agent --url ${app.url} cycles why ECD-5`,
    `      pm-agent --url ${app.url} cycles why "Tom Weber"`,
    `      pm-agent --url ${app.url} approve list --state any`,
  ];
}
