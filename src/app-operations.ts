import { Environment, System } from './config-environment.ts';
import { systemsOf } from './config-systems.ts';
import type { Operation } from './domain/connector.ts';

/** Every operation that any connector can be asked for a change with, whether the connector is configured or not. */
export async function declaredOperations(): Promise<readonly Operation[]> {
  // Without credentials a connector still declares what it could change.
  const systems = systemsOf(Environment.parse({}), System.options);
  const [jira, bitbucket, github, slack, sentry] = await Promise.all([
    import('./connectors/jira/index.ts'),
    import('./connectors/bitbucket/index.ts'),
    import('./connectors/github/index.ts'),
    import('./connectors/slack/index.ts'),
    import('./connectors/sentry/index.ts'),
  ]);
  const quiet = { mayWrite: false };
  const connectors = [
    jira.jiraConnector({ ...systems.jira, ...quiet }),
    bitbucket.bitbucketConnector({ ...systems.bitbucket, ...quiet }),
    github.githubConnector({ ...systems.github, ...quiet }),
    slack.slackConnector({ ...systems.slack, ...quiet }),
    sentry.sentryConnector({ ...systems.sentry, ...quiet }),
  ];
  return connectors.flatMap(({ operations }) => operations);
}
