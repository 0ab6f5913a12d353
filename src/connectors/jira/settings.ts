/** What the Jira connector is given. `baseUrl` is where calls go, `siteUrl` where people look. */
export interface JiraSettings {
  readonly baseUrl: string | null;
  readonly siteUrl: string | null;
  readonly email: string | null;
  readonly token: string | null;
  /** Keys of the watched projects; none means every project the account can see. */
  readonly projects: readonly string[];
  readonly webhookSecrets: readonly string[];
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
