/** What the Sentry connector is given. */
export interface SentrySettings {
  /** Where calls go, with `/api/0`; `null` is the usual address. */
  readonly baseUrl: string | null;
  /** Where people look; `null` is the usual address, or the host of `baseUrl`. */
  readonly siteUrl: string | null;
  readonly token: string | null;
  /** The slug of the organisation. */
  readonly organization: string | null;
  /** Slugs of the watched projects; none means every project of the organisation. */
  readonly projects: readonly string[];
  readonly webhookSecrets: readonly string[];
  readonly pollSeconds: number;
  /** False in simulation: then nothing is built that could send a change. */
  readonly mayWrite: boolean;
  readonly fetch?: typeof fetch;
}

/** What is needed to make any call at all. */
export interface SentryAccess {
  readonly baseUrl: string;
  readonly token: string;
  readonly organization: string;
  readonly fetch?: typeof fetch;
}

const USUAL_BASE = 'https://sentry.io/api/0';
const USUAL_SITE = 'https://sentry.io';

/** The access that the settings give, `null` when a part of it is missing. */
export function accessOf(settings: SentrySettings): SentryAccess | null {
  const { token, organization } = settings;
  if (!token || !organization) return null;
  return {
    baseUrl: settings.baseUrl ?? USUAL_BASE,
    token,
    organization,
    ...(settings.fetch ? { fetch: settings.fetch } : {}),
  };
}

/** Where a person looks at an issue: the link that Sentry gave, if it leads to our site, else one of our own making. */
export function issueUrl(settings: SentrySettings, id: string, given: string | null): string {
  const site = siteOf(settings);
  if (given !== null && isOnSite(site, given)) return given;
  const organization = settings.organization ?? '-';
  return `${site}/organizations/${organization}/issues/${id}/`;
}

function siteOf({ siteUrl, baseUrl }: SentrySettings): string {
  if (siteUrl !== null) return siteUrl.replace(/\/+$/, '');
  if (baseUrl === null || !URL.canParse(baseUrl)) return USUAL_SITE;
  const { hostname, origin } = new URL(baseUrl);
  // Regions have addresses of their own for calls, and one for people.
  return hostname === 'sentry.io' || hostname.endsWith('.sentry.io') ? USUAL_SITE : origin;
}

// Each organisation has its own name below that of the site.
function isOnSite(site: string, given: string): boolean {
  if (!URL.canParse(given) || !URL.canParse(site)) return false;
  const url = new URL(given);
  const home = new URL(site);
  if (url.protocol !== home.protocol || url.port !== home.port) return false;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return false;
  if (url.username !== '' || url.password !== '') return false;
  return url.hostname === home.hostname || url.hostname.endsWith(`.${home.hostname}`);
}
