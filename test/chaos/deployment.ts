import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ADMIN } from '../helpers/five.ts';
import { temporaryDatabase } from '../helpers/postgres.ts';
import { freePort, startProcess, until } from '../helpers/process.ts';
import type { AgentProcess } from '../helpers/process.ts';
import { startRedis } from '../helpers/redis.ts';
import type { TestRedis } from '../helpers/redis.ts';
import { DEPLOYMENTS } from './figures.ts';
import type { DeploymentKind } from './figures.ts';
import { startFront } from './front.ts';
import { hasServers } from './stores.ts';

const PATIENCE_MS = 60_000;

type Settings = Readonly<Record<string, string>>;

/** One program of a deployment: it dies and is started again on the same port. */
export interface Part {
  /** Of this deployment, e.g. `gateway 2`. */
  readonly name: string;
  readonly roles: string;
  readonly url: string;
  /** False from the moment in which it was killed or stopped, and before its first answer. */
  readonly isUp: boolean;
  /** What all its lives wrote to stderr. */
  readonly errors: () => string;
  /** What all its lives logged, from `warn` on. */
  readonly log: () => string;
  /** Resolves when `/health` answers. `more` holds for this life only. Throws when it dies before that. */
  readonly start: (more?: Settings) => Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code, or the signal that ended it otherwise. */
  readonly stop: () => Promise<string>;
  /** Of the life that runs now. */
  readonly pid: () => number;
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** Resolves with the signal or code by which this life ends. */
  readonly ended: () => Promise<string>;
  /** As the admin. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
}

/** The programs of one company, as processes of their own; they end with the test. */
export interface Deployment {
  readonly kind: ProcessKind;
  readonly parts: readonly Part[];
  /** Where webhooks are sent: a balancer before the gateways, which passes by those that are dead. */
  readonly front: string;
  /** Those that take webhooks. */
  readonly gateways: readonly Part[];
  readonly workers: readonly Part[];
  /** One that answers `/api`. */
  readonly api: Part;
  /** As `openStore` takes it. */
  readonly storeUrl: string;
  /** Null in one process. */
  readonly redis: TestRedis | null;
  /** Where the programs were started; the file of the store lies here. */
  readonly folder: string;
  /** SIGTERM to all that run; resolves with how each ended, by its name. */
  readonly stop: () => Promise<ReadonlyMap<string, string>>;
}

const ROLES = {
  single: [['program', 'gateway,poller,scheduler,worker,api,mcp,dashboard']],
  many: [
    ['gateway 1', 'gateway'],
    ['gateway 2', 'gateway'],
    ['worker 1', 'worker'],
    ['worker 2', 'worker'],
    ['worker 3', 'worker'],
    ['leader 1', 'poller,scheduler'],
    ['leader 2', 'poller,scheduler'],
    ['api', 'api'],
  ],
  apis: [
    ['gateway', 'gateway'],
    ['api 1', 'api'],
    ['api 2', 'api'],
  ],
} as const satisfies Partial<Record<DeploymentKind, readonly (readonly [string, string])[]>>;
/** Those that are started as processes of their own. */
export type ProcessKind = keyof typeof ROLES;
const OVER_REDIS: ReadonlySet<ProcessKind> = new Set(['many', 'apis']);

/** The deployments that this machine can run; says loudly which it cannot. */
export async function possibleDeployments(): Promise<ProcessKind[]> {
  const isPossible = await hasServers();
  if (!isPossible) console.warn(`SKIPPED: ${DEPLOYMENTS.many}`);
  return isPossible ? ['single', 'many'] : ['single'];
}

/**
 * Starts every program of a deployment over an empty store, and resolves when all answer. Settings come over those of the
 * rig: with `DATABASE_URL` or `REDIS_URL` in them, no database and no Redis are made here.
 */
export async function startDeployment(
  kind: ProcessKind,
  settings: Settings = {},
): Promise<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), `pm-agent-chaos-${kind}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ownRedis = OVER_REDIS.has(kind) && settings['REDIS_URL'] === undefined;
  const redis = ownRedis ? await startRedis() : null;
  const storeUrl = settings['DATABASE_URL'] ?? (await storeFor(kind, folder));
  const env = {
    ENVIRONMENT: 'test',
    PM_AGENT_MODE: 'production',
    PM_AGENT_ADMIN_TOKEN: ADMIN,
    PM_AGENT_LOG_LEVEL: 'warn',
    PM_AGENT_WINDOW_MS: '0',
    PM_AGENT_SETTLE_SECONDS: '1',
    PM_AGENT_API_RATE: '100000',
    PM_AGENT_CACHE_SECONDS: '0',
    DATABASE_URL: storeUrl,
    ...(redis === null ? {} : { REDIS_URL: redis.url }),
    ...settings,
  };
  const parts: Part[] = [];
  for (const [name, roles] of ROLES[kind]) {
    const port = await freePort();
    parts.push(partOf({ name, roles, port, folder, env: { ...env, PM_AGENT_ROLES: roles } }));
  }
  await Promise.all(parts.map((part) => part.start()));
  const withRole = (role: string) => parts.filter(({ roles }) => roles.split(',').includes(role));
  const [api] = withRole('api');
  if (api === undefined) throw new Error(`${kind} has no part that answers /api`);
  const gateways = withRole('gateway');
  const { url: front } = await startFront(gateways);
  return {
    kind,
    parts,
    front,
    gateways,
    workers: withRole('worker'),
    api,
    storeUrl,
    redis,
    folder,
    stop: async () => {
      const running = parts.filter(({ isUp }) => isUp);
      const ends = running.map(async (part) => [part.name, await part.stop()] as const);
      return new Map(await Promise.all(ends));
    },
  };
}

async function storeFor(kind: ProcessKind, folder: string): Promise<string> {
  return kind === 'single' ? `sqlite:${join(folder, 'store.db')}` : await temporaryDatabase();
}

interface PartGiven {
  readonly name: string;
  readonly roles: string;
  readonly port: number;
  readonly folder: string;
  readonly env: Settings;
}

function partOf({ name, roles, port, folder, env }: PartGiven): Part {
  const url = `http://127.0.0.1:${port}`;
  // The token for the commands of one machine lies beside the store: each program has a place of its own.
  const home = join(folder, name.replaceAll(' ', '-'));
  mkdirSync(home);
  const lives: AgentProcess[] = [];
  let isUp = false;
  const now = (): AgentProcess => {
    const life = lives.at(-1);
    if (life === undefined) throw new Error(`${name} was never started`);
    return life;
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<string> => {
    isUp = false;
    now().child.kill(signal);
    return await now().ended;
  };
  onTestFinished(async () => {
    if (lives.length > 0) await end('SIGKILL');
  });
  return {
    name,
    roles,
    url,
    get isUp() {
      return isUp;
    },
    errors: () => lives.map(({ errors }) => errors()).join(''),
    log: () => lives.map(({ log }) => log()).join(''),
    start: async (more = {}) => {
      const life = startProcess({ ...env, PORT: String(port), ...more }, home);
      lives.push(life);
      let died: string | null = null;
      void life.ended.then((how) => {
        died = how;
        if (now() === life) isUp = false;
      });
      await until(
        `${name} answers`,
        async () => {
          if (died !== null) throw new Error(`${name} died of ${died}: ${life.errors()}`);
          return await isHealthy(url);
        },
        PATIENCE_MS,
      );
      isUp = life.child.exitCode === null && life.child.signalCode === null;
    },
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    pid: () => now().child.pid ?? 0,
    signal: (signal) => void now().child.kill(signal),
    ended: () => now().ended,
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${ADMIN}`);
      return fetch(`${url}${path}`, { ...init, headers });
    },
  };
}

async function isHealthy(url: string): Promise<boolean> {
  return await fetch(`${url}/health`).then(
    (answer) => answer.ok,
    () => false,
  );
}
