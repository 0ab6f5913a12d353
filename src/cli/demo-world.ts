import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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
  readonly hook: { readonly url: string; readonly secret: string };
  readonly close: () => Promise<void>;
}

const DAY_MS = 86_400_000;
const SETTLED_WITHIN_MS = 30_000;
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
}

/** Every setting by name: nothing is taken from the user's environment or `.env`. */
function demoConfig({ folder, jira, model, systems, secrets }: Addresses): Config {
  return readConfig({
    ENVIRONMENT: 'development',
    HOST: '127.0.0.1',
    PORT: '0',
    PM_AGENT_MODE: 'production',
    PM_AGENT_LOG_LEVEL: 'silent',
    PM_AGENT_WINDOW_MS: '150',
    PM_AGENT_SETTLE_SECONDS: '0.5',
    PM_AGENT_DIRECTIVES: configFile('pm-directives.yaml'),
    PM_AGENT_MODELS: configFile('models.yaml'),
    DATABASE_URL: `sqlite:${join(folder, 'demo.db')}`,
    JIRA_BASE_URL: jira.url,
    JIRA_PROJECTS: 'ECD',
    ATLASSIAN_EMAIL: secrets.email,
    ATLASSIAN_API_TOKEN: secrets.token,
    JIRA_WEBHOOK_SECRET: secrets.webhook,
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
  };
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
  const day = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const secrets = newSecrets();
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-demo-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const { email, token, apiKey } = secrets;
  const jira = await startJiraEmulator({ email, token, seed: demoSeed(day) });
  closers.push(() => jira.close());
  const model = await startAnthropicEmulator({ apiKey, script: scriptedModel });
  closers.push(() => model.close());
  const systems = await startSystems();
  closers.push(() => systems.close());
  const config = demoConfig({ folder, jira, model, systems, secrets });
  const app = await startApp(config, silentLogger);
  closers.push(() => app.stop());
  await app.introduced;
  const hook = { url: `${app.url}/webhooks/jira`, secret: secrets.webhook };
  jira.aimWebhook(hook);
  systems.aim(app.url);
  // The first polls find nothing new; they are over before the day begins.
  for (const { name } of app.connectors) await app.watching.poller.pollDue(name);
  return { jira, model, systems, app, config, folder, hook, close };
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

/** Waits until nothing is in flight and nothing waits. Throws when that takes too long, or at the signal. */
export async function settle(world: World, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const sent = sentBy(world);
    await world.jira.idle();
    await world.systems.idle();
    // What the agent did meanwhile comes back as a delivery: then it is not over yet.
    if ((await isIdle(world)) && sentBy(world) === sent) return;
    if (Date.now() > deadline) throw new Failure('timeout', 'the agent did not come to rest');
    await delay(POLL_MS);
  }
}
