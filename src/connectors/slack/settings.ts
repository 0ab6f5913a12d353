/** What the Slack connector is given. */
export interface SlackSettings {
  /** Where the Web API answers; `null` for Slack itself. */
  readonly baseUrl: string | null;
  /** `xoxb-...`: everything but Socket Mode and search. */
  readonly botToken: string | null;
  /** `xapp-...`: opens the line of Socket Mode and nothing else. */
  readonly appToken: string | null;
  /** `xoxp-...`: only for searching, which Slack gives to no bot. */
  readonly userToken: string | null;
  /** One, or two while it is being changed. */
  readonly signingSecrets: readonly string[];
  /** Ids or names (`#payments` or `payments`) of the watched channels; none means every channel the bot is in. Its DMs are always watched. */
  readonly channels: readonly string[];
  readonly pollSeconds: number;
  /** False in simulation: then nothing is built that could send a change. */
  readonly mayWrite: boolean;
  readonly fetch?: typeof fetch;
}

const SLACK = 'https://slack.com/api/';

/** What is needed to make a call with one token. */
export interface SlackAccess {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
}

/** Access with one of the tokens, `null` where it is not set. */
export function accessOf(settings: SlackSettings, token: string | null): SlackAccess | null {
  if (!token) return null;
  const baseUrl = settings.baseUrl ?? SLACK;
  return { baseUrl, token, ...(settings.fetch ? { fetch: settings.fetch } : {}) };
}
