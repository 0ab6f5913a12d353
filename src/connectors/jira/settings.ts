/** What the Jira connector is given. `baseUrl` is where calls go, `siteUrl` where people look. */
export interface JiraSettings {
  readonly baseUrl: string | null;
  readonly siteUrl: string | null;
  readonly email: string | null;
  readonly token: string | null;
  /** Keys of the watched projects; none means every project the account can see. */
  readonly projects: readonly string[];
  readonly webhookSecrets: readonly string[];
  /** Client secrets of an OAuth app: its dynamic webhooks carry tokens signed with one of them. */
  readonly appSecrets?: readonly string[];
  /** An OAuth 2.0 access token, to register dynamic webhooks; everything else goes by e-mail and token. */
  readonly oauthToken?: string | null;
  /** Where OAuth tokens are taken; Atlassian's own gateway unless told. */
  readonly gatewayUrl?: string;
  /** How often is looked for what the webhooks missed, in seconds; 3600 unless told. */
  readonly pollSeconds?: number;
  /** False in simulation: then nothing is built that could send a change. */
  readonly mayWrite: boolean;
  readonly fetch?: typeof fetch;
}

/** What is needed to make any call at all. */
export interface JiraAccess {
  readonly baseUrl: string;
  readonly email: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
}

/** The access that the settings give, `null` when a part of it is missing. */
export function accessOf(settings: JiraSettings): JiraAccess | null {
  const { baseUrl, email, token } = settings;
  if (!baseUrl || !email || !token) return null;
  return { baseUrl, email, token, ...(settings.fetch ? { fetch: settings.fetch } : {}) };
}

const POLL_SECONDS = 3_600;

/** How often is polled, in seconds. */
export function pollSecondsOf({ pollSeconds }: JiraSettings): number {
  return pollSeconds ?? POLL_SECONDS;
}

/** Where a person looks at an issue or one of its comments, `null` when the site is not known. */
export function browseUrl(
  settings: Pick<JiraSettings, 'baseUrl' | 'siteUrl'>,
  key: string,
  comment?: string,
): string | null {
  const site = settings.siteUrl ?? siteOf(settings.baseUrl);
  if (site === null) return null;
  const focus = comment === undefined ? '' : `?focusedCommentId=${encodeURIComponent(comment)}`;
  return `${site.replace(/\/+$/, '')}/browse/${key}${focus}`;
}

// The gateway of Atlassian serves calls, not people.
function siteOf(baseUrl: string | null): string | null {
  if (baseUrl === null || /\/ex\/jira\/[^/]+\/?$/.test(baseUrl)) return null;
  return baseUrl;
}
