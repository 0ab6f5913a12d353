/** What the Bitbucket connector is given. */
export interface BitbucketSettings {
  /** Where calls go, with the version: `https://api.bitbucket.org/2.0`. */
  readonly baseUrl: string | null;
  /** With it the token is sent as Basic (API token of a user), without it as Bearer (access token). */
  readonly email: string | null;
  readonly token: string | null;
  /** Slug of the workspace. */
  readonly workspace: string | null;
  /** Slugs of the watched repositories; none means every repository of the workspace. */
  readonly repos: readonly string[];
  readonly webhookSecrets: readonly string[];
  /** False in simulation: then nothing is built that could send a change. */
  readonly mayWrite: boolean;
  /** How often is polled; 3600 unless told. */
  readonly pollSeconds?: number;
  readonly fetch?: typeof fetch;
}

/** What is needed to make any call at all. */
export interface BitbucketAccess {
  readonly baseUrl: string;
  readonly email: string | null;
  readonly token: string;
  readonly workspace: string;
  readonly fetch?: typeof fetch;
}

/** The access that the settings give, `null` when a part of it is missing. */
export function accessOf(settings: BitbucketSettings): BitbucketAccess | null {
  const { baseUrl, email, token, workspace } = settings;
  if (!baseUrl || !token || !workspace) return null;
  return {
    baseUrl,
    email: email === '' ? null : email,
    token,
    workspace,
    ...(settings.fetch ? { fetch: settings.fetch } : {}),
  };
}
