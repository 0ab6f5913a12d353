import type { Config } from './config.ts';

const SECRET_NAMES = /(?:token|secrets?|key)$/i;
// The password in an address: `redis://user:password@host`.
const PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:(?<password>[^\s/@]+)@/i;
const SHORTEST = 8;

/** Every literal secret of the settings, wherever it stands: what leaves is compared with them. */
export function secretsOf(config: Config): readonly string[] {
  return [...new Set(found(config, ''))].filter((one) => one.length >= SHORTEST);
}

function found(value: unknown, name: string): string[] {
  if (typeof value === 'string') return SECRET_NAMES.test(name) ? [value] : passwordIn(value);
  if (Array.isArray(value)) return value.flatMap((one) => found(one, name));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => found(one, key));
}

function passwordIn(value: string): string[] {
  const password = PASSWORD.exec(value)?.groups?.['password'];
  return password === undefined ? [] : [password];
}

/** Hosts of the connected systems: links to them are ours to give. */
export function hostsOf(config: Config): readonly string[] {
  const { jira, bitbucket, github, slack, sentry } = config;
  const set = [
    ...(jira.token === null ? [] : [jira.siteUrl, jira.baseUrl]),
    ...(bitbucket.token === null ? [] : [bitbucket.baseUrl, 'https://bitbucket.org']),
    ...(github.token === null ? [] : [github.baseUrl, github.siteUrl, 'https://github.com']),
    ...(slack.botToken === null ? [] : [slack.baseUrl, 'https://*.slack.com']),
    ...(sentry.token === null ? [] : [sentry.baseUrl, sentry.siteUrl, 'https://*.sentry.io']),
    config.publicUrl,
  ];
  const hosts = set.flatMap((url) =>
    url === null ? [] : [url.replace(/^https?:\/\//, '').split('/')[0] ?? ''],
  );
  return [...new Set(hosts)].filter((host) => host !== '');
}
