import type { RequestRecord } from '../http/emulator-server.ts';
import { startEmulatorServer } from '../http/emulator-server.ts';
import type { FaultPlan } from '../http/fault-plan.ts';
import { faultPlan } from '../http/fault-plan.ts';
import type { WebhookFault, WebhookRecord, WebhookTarget } from '../http/webhook-sender.ts';
import type { Limit } from './github-handler.ts';
import { handleGithub } from './github-handler.ts';
import type { People } from './github-people.ts';
import { githubPeople } from './github-people.ts';
import type { Site } from './github-site.ts';
import type { GithubState, Person } from './github-state.ts';
import { AGENT, smallTeam } from './github-state.ts';
import type { Hooks } from './hooks.ts';
import { githubHooks } from './hooks.ts';

export interface GithubEmulatorOptions {
  readonly token: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly webhook?: WebhookTarget;
  readonly now?: () => Date;
  /** Decides which requests and deliveries a fault with a probability strikes. */
  readonly faultSeed?: number;
  /** So long after a change, by `now`, do lists over a repository, time lines and the search show it; 0 unless told. */
  readonly indexLagMs?: number;
  /** Calls per hour; 5,000 unless told. */
  readonly callsPerHour?: number;
}

/** GitHub on 127.0.0.1. People act through it directly, the agent through REST. */
export interface GithubEmulator extends People {
  readonly url: string;
  /** Whose token it is. */
  readonly account: Person;
  readonly state: GithubState;
  readonly requests: readonly RequestRecord[];
  /** How many changes came through REST and were applied, whatever their sender was told. */
  readonly writes: number;
  /** What was sent to all hooks. */
  readonly deliveries: readonly WebhookRecord[];
  readonly faults: FaultPlan;
  /** Uses up the primary limit until it resets. */
  exhaustLimit(): void;
  /** The next calls hit the secondary limit; `retryAfter` in seconds, `null` for an answer that does not say. */
  hitSecondaryLimit(times: number, retryAfter: number | null): void;
  /** A hook on every repository, instead of the one before; `undefined` takes it away. Hooks over REST stay. */
  aimWebhook(target: WebhookTarget | undefined): void;
  pushWebhookFault(...faults: readonly WebhookFault[]): void;
  /** Signs and sends any bytes to where `aimWebhook` points. */
  deliverWebhook(event: string, body: Buffer): void;
  /** Resolves when no delivery and no late change is in flight. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a site. Throws when the port is taken, or the webhook's address is not on this machine. */
export async function startGithubEmulator(options: GithubEmulatorOptions): Promise<GithubEmulator> {
  const now = options.now ?? (() => new Date());
  const state = smallTeam();
  const where = { url: '' };
  const hooks = githubHooks({ state, now, seed: options.faultSeed });
  const site: Site = {
    view: () => ({ url: where.url, state }),
    state,
    now,
    announce: (announcement) => hooks.announce(announcement),
  };
  const counted = { writes: 0 };
  const most = options.callsPerHour ?? 5_000;
  const limit = { most, left: most, resets: 0 };
  const { token, indexLagMs = 0 } = options;
  const wrote = () => void (counted.writes += 1);
  const parts = { site, hooks, account: AGENT, token, indexLagMs, limit, wrote };
  const faults = faultPlan(options.faultSeed);
  const server = await startEmulatorServer({
    port: options.port ?? 0,
    faults,
    handle: (request) => handleGithub(parts, request),
  });
  where.url = server.url;
  hooks.aim(options.webhook);
  return {
    ...githubPeople(site),
    url: server.url,
    account: AGENT,
    state,
    requests: server.requests,
    faults,
    get writes() {
      return counted.writes;
    },
    get deliveries() {
      return hooks.records;
    },
    ...withLimits({ limit, now, faults }),
    ...withHooks(hooks),
    idle: async () => {
      await server.settled();
      await hooks.idle();
    },
    close: () => {
      hooks.close();
      return server.close();
    },
  };
}

function withLimits({ limit, now, faults }: { limit: Limit; now: () => Date; faults: FaultPlan }) {
  return {
    exhaustLimit: () => {
      limit.left = 0;
      if (limit.resets <= now().getTime()) limit.resets = now().getTime() + 3_600_000;
    },
    hitSecondaryLimit: (times: number, retryAfter: number | null) =>
      faults.push(secondaryLimit(times, retryAfter)),
  };
}

function withHooks(hooks: Hooks) {
  return {
    aimWebhook: (target: WebhookTarget | undefined) => hooks.aim(target),
    pushWebhookFault: (...given: readonly WebhookFault[]) => hooks.pushFault(...given),
    deliverWebhook: (event: string, body: Buffer) => hooks.deliver(event, body),
  };
}

function secondaryLimit(times: number, retryAfter: number | null) {
  const headers = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  const body = { message, documentation_url: 'https://docs.github.com/rest' };
  return { kind: 'status', status: 403, headers, body, times } as const;
}
