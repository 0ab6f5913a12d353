import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startAnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import type { AnthropicEmulator } from '../../emulators/anthropic/start-anthropic-emulator.ts';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import type { JiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { startApp } from '../app.ts';
import type { App } from '../app.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { silentLogger } from '../lib/logger.ts';
import { countByState, waitingMailboxes } from '../store/counts.ts';
import { instantOf, storyClock, storyDay } from './demo-clock.ts';
import type { StoryClock } from './demo-clock.ts';
import { demoDirectives } from './demo-directives.ts';
import { scriptedModel } from './demo-model.ts';
import { demoSeed } from './demo-seed.ts';
import { startSystems } from './demo-systems.ts';
import type { Systems } from './demo-systems.ts';

/** The whole demo: the emulated systems, the agent against them, and where its data is. */
export interface World {
  readonly jira: JiraEmulator;
  readonly model: AnthropicEmulator;
  readonly systems: Systems;
  readonly app: App;
  readonly config: Config;
  readonly folder: string;
  /** One clock for the agent and all systems. */
  readonly clock: StoryClock;
  /** Midnight of the story's day, epoch milliseconds. */
  readonly day: number;
  /** Calls the agent's API as an admin does; resolves with the JSON of its answer, throws when it refuses. */
  readonly call: (path: string, body: object) => Promise<unknown>;
  /** What the agent writes to Jira with, and nobody may ever read. */
  readonly token: string;
  readonly hook: { readonly url: string; readonly secret: string };
  readonly close: () => Promise<void>;
}

const BEGINS = '09:00';
const SETTLED_WITHIN_MS = 30_000;
// One poll at the start; the others happen when the story says so.
const POLLED_DAILY = '86400';
const POLL_MS = 20;

/** A file of `config/`: beside `src/` in a checkout, one folder further up in `dist/`. */
function configFile(name: string): string {
  const places = ['../../config/', '../../../config/'].map((place) =>
    fileURLToPath(new URL(`${place}${name}`, import.meta.url)),
  );
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new Failure('not-found', `config/${name} is missing`, { fix: 'Install pm-agent again.' });
}

interface Addresses {
  readonly folder: string;
  readonly jira: JiraEmulator;
  readonly model: AnthropicEmulator;
  readonly systems: Systems;
  readonly secrets: Secrets;
}

interface Secrets {
  readonly email: string;
  readonly token: string;
  readonly apiKey: string;
  readonly webhook: string;
  readonly admin: string;
}

/** Every setting by name: nothing is taken from the user's environment or `.env`. */
function demoConfig({ folder, jira, model, systems, secrets }: Addresses): Config {
  return readConfig({
    ENVIRONMENT: 'development',
    HOST: '127.0.0.1',
    PORT: '0',
    PM_AGENT_MODE: 'production',
    PM_AGENT_LOG_LEVEL: 'silent',
    PM_AGENT_ADMIN_TOKEN: secrets.admin,
    PM_AGENT_WINDOW_MS: '60',
    PM_AGENT_API_RATE: '1000',
    PM_AGENT_CACHE_SECONDS: '0',
    PM_AGENT_SETTLE_SECONDS: '0.5',
    PM_AGENT_DIRECTIVES: directivesIn(folder),
    PM_AGENT_PEOPLE: join(folder, 'people.yaml'),
    PM_AGENT_MODELS: configFile('models.yaml'),
    DATABASE_URL: `sqlite:${join(folder, 'demo.db')}`,
    JIRA_BASE_URL: jira.url,
    JIRA_PROJECTS: 'ECD',
    ATLASSIAN_EMAIL: secrets.email,
    ATLASSIAN_API_TOKEN: secrets.token,
    JIRA_WEBHOOK_SECRET: secrets.webhook,
    JIRA_BACKUP_POLL_INTERVAL: POLLED_DAILY,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: secrets.apiKey,
    ...systems.settings,
  });
}

function newSecrets(): Secrets {
  const random = () => randomBytes(24).toString('hex');
  return {
    email: 'pm-agent@demo.example',
    token: random(),
    apiKey: random(),
    webhook: random(),
    admin: random(),
  };
}

/** The directives that ship, with the invented team, in the demo's own folder. */
function directivesIn(folder: string): string {
  const path = join(folder, 'pm-directives.yaml');
  writeFileSync(path, demoDirectives(readFileSync(configFile('pm-directives.yaml'), 'utf8')));
  return path;
}

async function asAdmin(
  url: string,
  { token, body }: { readonly token: string; readonly body: object },
): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  throw new Failure('bad-answer', `${url} answers ${answer.status}: ${text.slice(0, 200)}`);
}

/** Starts the emulators and the agent against them. What was started is closed again when a part fails. */
export async function startWorld(): Promise<World> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    return await build(closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  closers: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<World> {
  const day = storyDay(Date.now());
  const clock = storyClock(instantOf(day, { time: BEGINS }));
  const now = () => new Date(clock.now());
  const secrets = newSecrets();
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-demo-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const { email, token, apiKey } = secrets;
  const jira = await startJiraEmulator({ now, email, token, seed: demoSeed(day) });
  closers.push(() => jira.close());
  const model = await startAnthropicEmulator({ now, apiKey, script: scriptedModel(token) });
  closers.push(() => model.close());
  const systems = await startSystems(now);
  closers.push(() => systems.close());
  const config = demoConfig({ folder, jira, model, systems, secrets });
  const app = await startApp(config, silentLogger, clock);
  closers.push(() => app.stop());
  await app.introduced;
  const hook = { url: `${app.url}/webhooks/jira`, secret: secrets.webhook };
  jira.aimWebhook(hook);
  systems.aim(app.url);
  // The first polls find nothing new; they are over before the day begins.
  for (const { name } of app.connectors) await app.watching.poller.pollDue(name);
  const call = (path: string, body: object) =>
    asAdmin(`${app.url}${path}`, { token: secrets.admin, body });
  return { jira, model, systems, app, config, folder, clock, day, call, token, hook, close };
}

async function isIdle(world: World): Promise<boolean> {
  const { db } = world.app.store;
  const deliveries = await countByState(db, 'deliveries');
  const events = await countByState(db, 'events');
  const cycles = await countByState(db, 'cycles');
  const waiting = [deliveries['kept'], events['waiting'], events['taken'], cycles['open']];
  return waiting.every((count) => (count ?? 0) === 0) && (await waitingMailboxes(db)) === 0;
}

function sentBy({ jira, systems }: World): number {
  const { bitbucket, github, slack, sentry } = systems;
  const all = [jira, bitbucket, github, slack, sentry];
  return all.reduce((sum, one) => sum + one.deliveries.length, 0);
}

/** Lets time pass up to an instant: what is due by then is looked at, as the program does by itself every few seconds. */
export async function passTime(world: World, to: number, signal: AbortSignal): Promise<void> {
  const { scheduler, deferred, approvals } = world.app.judgement.timely;
  world.clock.moveTo(to);
  await scheduler.look();
  await deferred.look();
  await approvals.expireDue();
  await settle(world, signal);
}

/** Waits until nothing is in flight and nothing waits. Throws when that takes too long, or at the signal. */
export async function settle(world: World, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const sent = sentBy(world);
    await world.jira.idle();
    await world.systems.idle();
    // What the agent did meanwhile comes back as a delivery: then it is not over yet.
    if ((await isIdle(world)) && sentBy(world) === sent) return;
    if (performance.now() > deadline)
      throw new Failure('timeout', 'the agent did not come to rest');
    await delay(POLL_MS);
  }
}
