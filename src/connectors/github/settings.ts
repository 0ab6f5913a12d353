import { Failure } from '../../domain/failure.ts';
import { RepoName } from './payload.ts';

/** What the GitHub connector is given. `baseUrl` is where calls go, `siteUrl` where people look. */
export interface GithubSettings {
  /** Default `https://api.github.com`. */
  readonly baseUrl: string | null;
  /** Default `https://github.com`. */
  readonly siteUrl: string | null;
  readonly token: string | null;
  /** `owner/name` of the watched repositories. None: every pushed repository is watched, and nothing is polled or called. */
  readonly repos: readonly string[];
  readonly webhookSecrets: readonly string[];
  /** The public address that the webhooks go to; without it lost deliveries are not looked for. */
  readonly hookUrl: string | null;
  /** How often is polled; 3600 unless told. */
  readonly pollSeconds?: number;
  /** False in simulation: then nothing is built that could send a change. */
  readonly mayWrite: boolean;
  readonly fetch?: typeof fetch;
}

/** What is needed to make any call at all. */
export interface GithubAccess {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
}

const API = 'https://api.github.com';
const SITE = 'https://github.com';

/** The access that the settings give, `null` without a token. */
export function accessOf(
  settings: Omit<GithubSettings, 'repos' | 'mayWrite'>,
): GithubAccess | null {
  const { baseUrl, token } = settings;
  if (!token) return null;
  return {
    baseUrl: (baseUrl ?? API).replace(/\/+$/, ''),
    token,
    ...(settings.fetch ? { fetch: settings.fetch } : {}),
  };
}

/** Where a person looks at something of a repository; `path` begins with a slash. */
export function siteLink(settings: Pick<GithubSettings, 'siteUrl'>, path: string): string {
  return `${(settings.siteUrl ?? SITE).replace(/\/+$/, '')}${path}`;
}

/** Whether the settings name this repository, whatever its case. No names at all: every repository, for what is pushed. */
export function isWatched(repo: string, repos: readonly string[]): boolean {
  return repos.length === 0 || repos.some((one) => one.toLowerCase() === repo.toLowerCase());
}

/** Throws `denied` for a repository that is not among the configured ones. Nothing has been sent then. */
export function requireRepo(repo: string, repos: readonly string[]): void {
  const isNamed = repos.some((one) => one.toLowerCase() === repo.toLowerCase());
  if (isNamed && RepoName.safeParse(repo).success) return;
  throw new Failure('denied', 'The repository is not one of the configured ones.', {
    fix: 'Add it to GITHUB_REPOS if it should be.',
  });
}
