import type { Shared } from './app-shared.ts';
import type { Config } from './config.ts';
import { BITBUCKET_PACES } from './connectors/bitbucket/paces.ts';
import { GITHUB_PACES } from './connectors/github/paces.ts';
import { JIRA_PACES } from './connectors/jira/paces.ts';
import { pacedFetch } from './connectors/pace.ts';
import type { Pace } from './connectors/pace.ts';
import { SENTRY_PACES } from './connectors/sentry/paces.ts';
import { SLACK_PACES } from './connectors/slack/paces.ts';
import { sha256 } from './lib/digest.ts';

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

/** Keeps the calls of all processes under the limits of the systems, for each account of its own. */
export function outgoingOf(config: Pick<Config, 'callLimits'>, shared: Shared): Outgoing {
  return (system, { baseUrl, token }) => {
    const { callLimits } = config;
    const isFree = callLimits === 'off' || (callLimits === 'outside' && isHere(baseUrl));
    if (isFree || token === null) return {};
    const kept = (PACES[system] ?? []).map((pace) => ({ pace, limit: shared.limit(pace) }));
    // Tokens are long and random: their digest tells nothing of them.
    const account = sha256(`pm-agent account ${system} ${token}`).slice(0, 24);
    return { fetch: pacedFetch(fetch, { kept, account }) };
  };
}
