import type { Call } from './connector.ts';

/** One webhook at a system, as it stands after the call. */
export interface HookRow {
  readonly id: string;
  /** Where it hangs: a site, a workspace, a repository. */
  readonly where: string;
  /** `null` where the system does not show it. */
  readonly url: string | null;
  readonly events: readonly string[];
  readonly active: boolean;
  readonly change: 'created' | 'updated' | 'unchanged' | 'removed';
  /** ISO 8601 UTC, where webhooks end by themselves. */
  readonly expiresAt?: string;
}

export interface HookAsk {
  /** The whole address, e.g. `https://pm.acme.example/webhooks/jira`. */
  readonly url: string;
  readonly secret: string;
  /** The system's names; all that the connector understands unless given. */
  readonly events?: readonly string[];
}

/**
 * Sets up webhooks at a system, for the person who runs the command: with a client of its own that can do nothing else,
 * and never part of the running program. Every call may be repeated. All of it throws a `Failure`.
 */
export interface Registration {
  list(call: Call): Promise<readonly HookRow[]>;
  register(ask: HookAsk, call: Call): Promise<readonly HookRow[]>;
  /** Gives our webhooks at this address another secret. */
  rotate(ask: Pick<HookAsk, 'url' | 'secret'>, call: Call): Promise<readonly HookRow[]>;
  remove(ask: Pick<HookAsk, 'url'>, call: Call): Promise<readonly HookRow[]>;
}
