import { Environment } from './config-environment.ts';
import type { System } from './config-environment.ts';

/** Where calls to a system go and what opens it; `null` means not set. */
interface JiraConfig {
  readonly baseUrl: string | null;
  readonly siteUrl: string | null;
  readonly email: string | null;
  readonly token: string | null;
  readonly oauthToken: string | null;
  readonly projects: readonly string[];
  readonly webhookSecrets: readonly string[];
  readonly appSecrets: readonly string[];
  readonly pollSeconds: number;
}

interface BitbucketConfig {
  readonly baseUrl: string | null;
  readonly email: string | null;
  readonly token: string | null;
  readonly workspace: string | null;
  readonly repos: readonly string[];
  readonly webhookSecrets: readonly string[];
  readonly pollSeconds: number;
}

interface GithubConfig {
  readonly baseUrl: string | null;
  readonly siteUrl: string | null;
  readonly token: string | null;
  readonly repos: readonly string[];
  readonly webhookSecrets: readonly string[];
  /** Where GitHub sends to, by which our hook is found in its list. */
  readonly hookUrl: string | null;
  readonly pollSeconds: number;
}

interface SlackConfig {
  readonly baseUrl: string | null;
  readonly botToken: string | null;
  readonly appToken: string | null;
  readonly userToken: string | null;
  readonly signingSecrets: readonly string[];
  readonly channels: readonly string[];
  readonly pollSeconds: number;
}

interface SentryConfig {
  readonly baseUrl: string | null;
  readonly siteUrl: string | null;
  readonly token: string | null;
  readonly organization: string | null;
  readonly projects: readonly string[];
  readonly webhookSecrets: readonly string[];
  readonly pollSeconds: number;
}

/** The settings of the five systems. */
export interface SystemsConfig {
  readonly jira: JiraConfig;
  readonly bitbucket: BitbucketConfig;
  readonly github: GithubConfig;
  readonly slack: SlackConfig;
  readonly sentry: SentryConfig;
}

/** Takes the settings of some systems out of the environment; of the others nothing is set. */
export function systemsOf(env: Environment, systems: readonly System[]): SystemsConfig {
  const all = settingsOf(env);
  const none = settingsOf(Environment.parse({}));
  return {
    ...none,
    ...Object.fromEntries(systems.map((system) => [system, all[system]])),
  };
}

function settingsOf(env: Environment): SystemsConfig {
  return {
    jira: jiraOf(env),
    bitbucket: {
      baseUrl: env.BITBUCKET_BASE_URL ?? 'https://api.bitbucket.org/2.0',
      email: env.BITBUCKET_EMAIL ?? null,
      token: env.BITBUCKET_TOKEN ?? null,
      workspace: env.BITBUCKET_WORKSPACE ?? null,
      repos: env.BITBUCKET_REPOS,
      webhookSecrets: set(env.BITBUCKET_WEBHOOK_SECRET, env.BITBUCKET_WEBHOOK_SECRET_PREVIOUS),
      pollSeconds: env.BITBUCKET_BACKUP_POLL_INTERVAL,
    },
    github: {
      baseUrl: env.GITHUB_BASE_URL ?? null,
      siteUrl: null,
      token: env.GITHUB_TOKEN ?? null,
      repos: env.GITHUB_REPOS,
      webhookSecrets: set(env.GITHUB_WEBHOOK_SECRET, env.GITHUB_WEBHOOK_SECRET_PREVIOUS),
      hookUrl: env.PM_AGENT_PUBLIC_URL ? `${env.PM_AGENT_PUBLIC_URL}/webhooks/github` : null,
      pollSeconds: env.GITHUB_BACKUP_POLL_INTERVAL,
    },
    slack: {
      baseUrl: env.SLACK_BASE_URL ?? null,
      botToken: env.SLACK_BOT_TOKEN ?? null,
      appToken: env.SLACK_APP_TOKEN ?? null,
      userToken: env.SLACK_USER_TOKEN ?? null,
      signingSecrets: set(env.SLACK_SIGNING_SECRET, env.SLACK_SIGNING_SECRET_PREVIOUS),
      channels: env.SLACK_CHANNELS,
      pollSeconds: env.SLACK_POLL_INTERVAL,
    },
    sentry: {
      baseUrl: env.SENTRY_BASE_URL ?? null,
      siteUrl: null,
      token: env.SENTRY_TOKEN ?? null,
      organization: env.SENTRY_ORGANIZATION ?? null,
      projects: env.SENTRY_PROJECTS,
      webhookSecrets: set(env.SENTRY_CLIENT_SECRET, env.SENTRY_CLIENT_SECRET_PREVIOUS),
      pollSeconds: env.SENTRY_POLL_INTERVAL,
    },
  };
}

function set(...values: readonly (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined);
}

function siteOf(domain: string | undefined): string | null {
  if (domain === undefined) return null;
  const host = domain.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return `https://${host.includes('.') ? host : `${host}.atlassian.net`}`;
}

function jiraOf(env: Environment): JiraConfig {
  const service = env.ATLASSIAN_SERVICE_ACCOUNT_EMAIL !== undefined;
  const site = siteOf(env.ATLASSIAN_DOMAIN);
  const gateway =
    env.ATLASSIAN_CLOUD_ID === undefined
      ? null
      : `https://api.atlassian.com/ex/jira/${env.ATLASSIAN_CLOUD_ID}`;
  // A scoped token is refused on the site's own address (contracts/jira.md section 2).
  const usual = service ? (gateway ?? site) : (site ?? gateway);
  return {
    baseUrl: env.JIRA_BASE_URL ?? usual,
    siteUrl: site ?? env.JIRA_BASE_URL ?? null,
    email: (service ? env.ATLASSIAN_SERVICE_ACCOUNT_EMAIL : env.ATLASSIAN_EMAIL) ?? null,
    token: (service ? env.ATLASSIAN_SERVICE_ACCOUNT_TOKEN : env.ATLASSIAN_API_TOKEN) ?? null,
    oauthToken: env.JIRA_OAUTH_TOKEN ?? null,
    projects: env.JIRA_PROJECTS,
    webhookSecrets: set(env.JIRA_WEBHOOK_SECRET, env.JIRA_WEBHOOK_SECRET_PREVIOUS),
    appSecrets: set(env.JIRA_APP_SECRET),
    pollSeconds: env.JIRA_BACKUP_POLL_INTERVAL,
  };
}
