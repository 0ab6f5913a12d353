import type { Outgoing } from './app-outgoing.ts';
import type { Config } from './config.ts';
import type { Connector } from './domain/connector.ts';

/**
 * Every connector, by hand. One of which nothing is configured is not even loaded, which would cost memory; it is off, says
 * so, and declares nothing, so that policy denies whatever names it.
 */
export async function connectorsOf(
  config: Config,
  mayWriteTo: (system: string) => boolean = () => config.mode !== 'simulation',
  outgoing: Outgoing = () => ({}),
): Promise<readonly Connector[]> {
  return [
    isSet(config.jira, ['projects', 'pollSeconds'])
      ? (await import('./connectors/jira/index.ts')).jiraConnector({
          ...config.jira,
          ...outgoing('jira', config.jira),
          mayWrite: mayWriteTo('jira'),
        })
      : off('jira'),
    isSet(config.bitbucket, ['baseUrl', 'repos', 'pollSeconds'])
      ? (await import('./connectors/bitbucket/index.ts')).bitbucketConnector({
          ...config.bitbucket,
          ...outgoing('bitbucket', config.bitbucket),
          mayWrite: mayWriteTo('bitbucket'),
        })
      : off('bitbucket'),
    isSet(config.github, ['repos', 'hookUrl', 'pollSeconds'])
      ? (await import('./connectors/github/index.ts')).githubConnector({
          ...config.github,
          ...outgoing('github', config.github),
          mayWrite: mayWriteTo('github'),
        })
      : off('github'),
    isSet(config.slack, ['channels', 'pollSeconds'])
      ? (await import('./connectors/slack/index.ts')).slackConnector({
          ...config.slack,
          ...outgoing('slack', { ...config.slack, token: config.slack.botToken }),
          mayWrite: mayWriteTo('slack'),
        })
      : off('slack'),
    isSet(config.sentry, ['projects', 'pollSeconds'])
      ? (await import('./connectors/sentry/index.ts')).sentryConnector({
          ...config.sentry,
          ...outgoing('sentry', config.sentry),
          mayWrite: mayWriteTo('sentry'),
        })
      : off('sentry'),
  ];
}

/** Whether anything is set beside what has a default or only narrows. */
function isSet<Settings extends object>(
  settings: Settings,
  beside: readonly (keyof Settings & string)[],
): boolean {
  const narrowing: ReadonlySet<string> = new Set(beside);
  return Object.entries(settings).some(([name, value]) => {
    if (narrowing.has(name) || value === null) return false;
    return !Array.isArray(value) || value.length > 0;
  });
}

function off(name: string): Connector {
  const note = `nothing of it is configured (${name.toUpperCase()}_... in .env.example)`;
  const abilities = ['webhook', 'read', 'write'].map((ability) => ({
    name: ability,
    on: false,
    note,
  }));
  return { name, triage: [], operations: [], abilities };
}
