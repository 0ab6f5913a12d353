import type { Shared } from './app-shared.ts';
import type { Config } from './config.ts';
import { BITBUCKET_PACES } from './connectors/bitbucket/paces.ts';
import { cachedFetch } from './connectors/cached-fetch.ts';
import { GITHUB_PACES } from './connectors/github/paces.ts';
import { JIRA_PACES } from './connectors/jira/paces.ts';
import { pacedFetch } from './connectors/pace.ts';
import type { Pace } from './connectors/pace.ts';
import { RARELY_CHANGING } from './connectors/rarely-changing.ts';
import { SENTRY_PACES } from './connectors/sentry/paces.ts';
import { SLACK_PACES } from './connectors/slack/paces.ts';
import { sha256 } from './lib/digest.ts';
import { sealOf } from './lib/sealed.ts';

const PACES: Readonly<Record<string, readonly Pace[]>> = {
  jira: JIRA_PACES,
  bitbucket: BITBUCKET_PACES,
  github: GITHUB_PACES,
  slack: SLACK_PACES,
  sentry: SENTRY_PACES,
};

/** Whose calls they are. */
interface Account {
  /** Null: the usual address of the system. */
  readonly baseUrl: string | null;
  readonly token: string | null;
}

/** The `fetch` with which a connector speaks to its system. */
export type Outgoing = (system: string, account: Account) => { readonly fetch?: typeof fetch };

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** A stand-in on this machine has no limits to stay under. */
function isHere(baseUrl: string | null): boolean {
  return baseUrl !== null && LOOPBACK.test(new URL(baseUrl).hostname);
}

type OutgoingConfig = Pick<Config, 'callLimits' | 'cacheSeconds'>;

/**
 * Remembers what rarely changes, and keeps the calls of all processes under the limits of the systems, for each account
 * of its own.
 */
export function outgoingOf(config: OutgoingConfig, shared: Shared): Outgoing {
  return (system, { baseUrl, token }) => {
    if (token === null) return {};
    // Tokens are long and random: their digest tells nothing of them.
    const account = sha256(`pm-agent account ${system} ${token}`).slice(0, 24);
    const given = { system, baseUrl, token, account };
    return { fetch: remembering(config, shared, given)(pacing(config, shared, given)(fetch)) };
  };
}

interface Asking {
  readonly system: string;
  readonly baseUrl: string | null;
  readonly token: string;
  readonly account: string;
}

type Around = (doFetch: typeof fetch) => typeof fetch;

function pacing({ callLimits }: OutgoingConfig, shared: Shared, asking: Asking): Around {
  const { system, baseUrl, account } = asking;
  const isFree = callLimits === 'off' || (callLimits === 'outside' && isHere(baseUrl));
  if (isFree) return (doFetch) => doFetch;
  const kept = (PACES[system] ?? []).map((pace) => ({ pace, limit: shared.limit(pace) }));
  return (doFetch) => pacedFetch(doFetch, { kept, account });
}

function remembering({ cacheSeconds }: OutgoingConfig, shared: Shared, asking: Asking): Around {
  const { system, token, account } = asking;
  const covers = RARELY_CHANGING[system];
  if (covers === undefined || cacheSeconds === 0) return (doFetch) => doFetch;
  const seal = sealOf(token, 'pm-agent answers');
  const now = () => performance.now();
  const settings = { covers, ms: cacheSeconds * 1000, account, seal, shared: shared.memory, now };
  return (doFetch) => cachedFetch(doFetch, settings);
}
