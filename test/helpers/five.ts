import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startBitbucketEmulator } from '../../emulators/bitbucket/start-bitbucket-emulator.ts';
import { startGithubEmulator } from '../../emulators/github/start-github-emulator.ts';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { startSentryEmulator } from '../../emulators/sentry/start-sentry-emulator.ts';
import { startSlackEmulator } from '../../emulators/slack/start-slack-emulator.ts';
import { startApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { countByState, waitingMailboxes } from '../../src/store/counts.ts';
import { emptyStore } from './postgres.ts';
import { handClock } from './store.ts';

export const ADMIN = 'the-admin-token-of-the-tests';

/** One secret per system; all different, so that none opens the door of another. */
export const SECRETS = {
  jira: 'jira-webhook-secret-of-the-tests',
  bitbucket: 'bb-webhook-secret-of-the-tests',
  github: 'github-webhook-secret-of-the-tests',
  slack: 'slack-signing-secret-of-the-tests',
  sentry: 'sentry-client-secret-of-the-tests',
} as const;
export type System = keyof typeof SECRETS;
export const SYSTEMS = ['jira', 'bitbucket', 'github', 'slack', 'sentry'] as const;

const TOKENS = {
  jira: 'jira-token-of-the-tests',
  bitbucket: 'bb-token-of-the-tests',
  github: 'github-token-of-the-tests',
  slack: 'xoxb-token-of-the-tests',
  app: 'xapp-token-of-the-tests',
  sentry: 'sentry-token-of-the-tests',
} as const;
const EMAIL = 'agent@example.com';
const PATIENCE_MS = 60_000;

/** The five systems on this machine, all by one clock that a test moves. */
export type Five = Awaited<ReturnType<typeof startFive>>;

/** Starts all five; they end with the test. Without a clock of the test's own it stands at one instant until it is moved. */
export async function startFive(
  options: {
    readonly indexLagMs?: number;
    readonly clock?: ReturnType<typeof handClock>;
    /** How many calls GitHub takes in an hour, where a test makes many of them in no time. */
    readonly callsPerHour?: number;
  } = {},
) {
  const clock = options.clock ?? handClock();
  const now = () => new Date(clock.now());
  const lag = options.indexLagMs === undefined ? {} : { indexLagMs: options.indexLagMs };
  const common = { now, ...lag };
  const calls = options.callsPerHour === undefined ? {} : { callsPerHour: options.callsPerHour };
  const systems = {
    jira: await startJiraEmulator({ ...common, email: EMAIL, token: TOKENS.jira }),
    bitbucket: await startBitbucketEmulator({ ...common, email: null, token: TOKENS.bitbucket }),
    github: await startGithubEmulator({ ...common, ...calls, token: TOKENS.github }),
    slack: await startSlackEmulator({ ...common, botToken: TOKENS.slack, appToken: TOKENS.app }),
    sentry: await startSentryEmulator({ ...common, token: TOKENS.sentry }),
  };
  const all = Object.values(systems);
  onTestFinished(async () => {
    await Promise.all(all.map((one) => one.close()));
  });
  return {
    ...systems,
    clock,
    /** Resolves when no delivery and no late change is in flight. */
    idle: async () => {
      for (const one of all) await one.idle();
    },
    /** Webhooks of all systems go to this program, or nowhere. */
    aim: (url: string | null, timing: { retryDelayMs?: number } = {}) => {
      for (const system of SYSTEMS) {
        const target = { url: `${url ?? ''}/webhooks/${system}`, secret: SECRETS[system] };
        systems[system].aimWebhook(
          url === null ? undefined : { ...target, timeoutMs: 20_000, ...timing },
        );
      }
    },
  };
}

interface ProgramOptions {
  /** Secrets: what is pushed is taken. */
  readonly push: boolean;
  /** Tokens: what is missing is polled, and the agent can act. */
  readonly poll: boolean;
  readonly mode?: 'simulation' | 'ask' | 'production';
  /** The program's own clock; without one, that of the systems. */
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: Logger;
}

/** Settings for the five systems, by name. */
export function fiveSettings(five: Five, options: ProgramOptions): Record<string, string> {
  const pushed = {
    JIRA_WEBHOOK_SECRET: SECRETS.jira,
    BITBUCKET_WEBHOOK_SECRET: SECRETS.bitbucket,
    GITHUB_WEBHOOK_SECRET: SECRETS.github,
    SLACK_SIGNING_SECRET: SECRETS.slack,
    SENTRY_CLIENT_SECRET: SECRETS.sentry,
  };
  const polled = {
    JIRA_BASE_URL: five.jira.url,
    ATLASSIAN_EMAIL: EMAIL,
    ATLASSIAN_API_TOKEN: TOKENS.jira,
    BITBUCKET_BASE_URL: five.bitbucket.url,
    BITBUCKET_TOKEN: TOKENS.bitbucket,
    BITBUCKET_WORKSPACE: 'acme',
    GITHUB_BASE_URL: five.github.url,
    GITHUB_TOKEN: TOKENS.github,
    GITHUB_REPOS: 'acme/payments,acme/web',
    SLACK_BASE_URL: five.slack.url,
    SLACK_BOT_TOKEN: TOKENS.slack,
    // All five in one interval: a test moves the clock by it.
    SLACK_POLL_INTERVAL: '3600',
    SENTRY_BASE_URL: five.sentry.baseUrl,
    SENTRY_TOKEN: TOKENS.sentry,
    SENTRY_ORGANIZATION: 'acme',
    SENTRY_POLL_INTERVAL: '3600',
  };
  return {
    ENVIRONMENT: 'test',
    PORT: '0',
    PM_AGENT_MODE: options.mode ?? 'simulation',
    PM_AGENT_ADMIN_TOKEN: ADMIN,
    PM_AGENT_WINDOW_MS: '0',
    PM_AGENT_SETTLE_SECONDS: '0.2',
    JIRA_PROJECTS: 'ECD',
    ...(options.push ? pushed : {}),
    ...(options.poll ? polled : {}),
    ...options.env,
  };
}

export const SLACK_APP_TOKEN = TOKENS.app;

/** The whole program against the five systems. */
export interface Program {
  readonly app: App;
  /** Resolves when every delivery is read and every mailbox at rest. */
  readonly idle: () => Promise<void>;
  /** Polls everything that is due by the program's clock. */
  readonly poll: () => Promise<void>;
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  /** Every event with its state, by key. Copies for linked tickets are left out. */
  readonly events: () => Promise<ReadonlyMap<string, KeptEvent>>;
  readonly stop: () => Promise<void>;
}

export interface KeptEvent {
  readonly key: string;
  readonly kind: string;
  readonly source: string;
  readonly state: string;
  readonly rule: string;
  readonly cycle: string | null;
}

/** Starts the program over a file of its own; it ends with the test. */
export async function startProgram(five: Five, options: ProgramOptions): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-five-'));
  const env = {
    DATABASE_URL: await emptyStore(folder),
    ...fiveSettings(five, options),
  };
  const app = await startApp(
    readConfig(env),
    options.log ?? silentLogger,
    options.clock ?? five.clock,
  );
  let running = true;
  const stop = async () => {
    if (running) await app.stop();
    running = false;
  };
  onTestFinished(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await app.introduced;
  const poll = async () => {
    for (const system of SYSTEMS) await app.watching.poller.pollDue(system);
  };
  // What is polled at the start is over before a test goes on.
  await poll();
  return {
    app,
    stop,
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${ADMIN}`);
      return fetch(`${app.url}${path}`, { ...init, headers });
    },
    idle: () => idleOf(app),
    poll,
    events: async () => {
      const rows = await app.store.db
        .selectFrom('events')
        .select(['key', 'kind', 'source', 'state', 'rule', 'cycle'])
        .where('key', 'not like', '%@jira:issue:%')
        .execute();
      return new Map(rows.map((row) => [row.key, row]));
    },
  };
}

async function idleOf(app: App): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const kept = (await countByState(app.store.db, 'deliveries'))['kept'] ?? 0;
    const waiting = (await countByState(app.store.db, 'events'))['waiting'] ?? 0;
    if (kept + waiting + (await waitingMailboxes(app.store.db)) === 0) return;
    if (Date.now() > end) throw new Error(`still not at rest after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
