import { stringify } from 'yaml';
import type { Config } from './config.ts';
import { bitbucketRegistration } from './connectors/bitbucket/registration.ts';
import { githubRegistration } from './connectors/github/registration.ts';
import { jiraRegistration } from './connectors/jira/registration.ts';
import { setupSteps } from './connectors/sentry/registration.ts';
import { slackManifest } from './connectors/slack/manifest.ts';
import type { Registration } from './domain/registration.ts';

/** How one system gets to know our address: by its API, or by steps for a person. */
export interface Registrar {
  readonly name: string;
  readonly configured: boolean;
  /** What to set when it is not configured. */
  readonly needs: string;
  /** `null` where the system has no API for it, or the settings hold no credentials. */
  readonly registration: Registration | null;
  readonly secret: string | null;
  readonly secretSetting: string;
  /** Whether the server accepts the secret of before as well. */
  readonly previous: boolean;
  /** The header of a signed delivery, for a request to try it out with. */
  readonly header: { readonly name: string; readonly prefix: string } | null;
  /** What a person does where there is no API. */
  readonly steps: readonly string[];
  readonly stepsFor: (base: string) => readonly string[];
}

const NO_STEPS = { steps: [], stepsFor: () => [] } as const;

const secretsOf = ([secret, previous]: readonly string[]) => ({
  secret: secret ?? null,
  previous: previous !== undefined,
});

/** The registrars of all systems, built for one command and never part of the running program. */
export function registrarsOf(config: Config): readonly Registrar[] {
  return [jira(config), bitbucket(config), github(config), slack(config), sentry(config)];
}

function jira({ jira: settings }: Config): Registrar {
  const configured = settings.baseUrl !== null && settings.token !== null;
  return {
    name: 'jira',
    configured,
    needs: 'Set ATLASSIAN_DOMAIN, ATLASSIAN_EMAIL and ATLASSIAN_API_TOKEN.',
    registration: configured ? jiraRegistration({ ...settings, mayWrite: true }) : null,
    secretSetting: 'JIRA_WEBHOOK_SECRET',
    header: { name: 'x-hub-signature', prefix: 'sha256=' },
    ...secretsOf(settings.webhookSecrets),
    ...NO_STEPS,
  };
}

function bitbucket({ bitbucket: settings }: Config): Registrar {
  const configured = settings.token !== null && settings.workspace !== null;
  return {
    name: 'bitbucket',
    configured,
    needs: 'Set BITBUCKET_WORKSPACE and BITBUCKET_TOKEN.',
    registration: configured ? bitbucketRegistration({ ...settings, mayWrite: true }) : null,
    secretSetting: 'BITBUCKET_WEBHOOK_SECRET',
    header: { name: 'x-hub-signature', prefix: 'sha256=' },
    ...secretsOf(settings.webhookSecrets),
    ...NO_STEPS,
  };
}

function github({ github: settings }: Config): Registrar {
  const configured = settings.token !== null;
  return {
    name: 'github',
    configured,
    needs: 'Set GITHUB_TOKEN and GITHUB_REPOS.',
    registration: configured ? githubRegistration(settings) : null,
    secretSetting: 'GITHUB_WEBHOOK_SECRET',
    header: { name: 'x-hub-signature-256', prefix: 'sha256=' },
    ...secretsOf(settings.webhookSecrets),
    ...NO_STEPS,
  };
}

function slack({ slack: settings }: Config): Registrar {
  const socketMode = settings.appToken !== null;
  return {
    name: 'slack',
    configured: settings.botToken !== null || settings.signingSecrets.length > 0,
    needs: 'Set SLACK_BOT_TOKEN.',
    registration: null,
    secretSetting: 'SLACK_SIGNING_SECRET',
    header: null,
    ...secretsOf(settings.signingSecrets),
    steps: ['See the app at api.slack.com/apps; it has no list of its webhooks.'],
    stepsFor: (base) => [
      'At api.slack.com/apps choose "Create New App", "From a manifest", and paste:',
      '',
      ...stringify(slackManifest({ url: `${base}/webhooks/slack`, socketMode })).split('\n'),
      'Then install it, and put the bot token into SLACK_BOT_TOKEN and',
      'the signing secret of "Basic Information" into SLACK_SIGNING_SECRET.',
      'Without a public address: make an app-level token with connections:write',
      'and put it into SLACK_APP_TOKEN.',
    ],
  };
}

function sentry({ sentry: settings }: Config): Registrar {
  return {
    name: 'sentry',
    configured: settings.token !== null || settings.webhookSecrets.length > 0,
    needs: 'Set SENTRY_ORGANIZATION and SENTRY_TOKEN.',
    registration: null,
    secretSetting: 'SENTRY_CLIENT_SECRET',
    header: { name: 'sentry-hook-signature', prefix: '' },
    ...secretsOf(settings.webhookSecrets),
    steps: ['See Settings, Developer Settings of the organisation.'],
    stepsFor: (base) => setupSteps(`${base}/webhooks/sentry`),
  };
}
