import { randomBytes } from 'node:crypto';
import { startBitbucketEmulator } from '../../emulators/bitbucket/start-bitbucket-emulator.ts';
import type { BitbucketEmulator } from '../../emulators/bitbucket/start-bitbucket-emulator.ts';
import { startGithubEmulator } from '../../emulators/github/start-github-emulator.ts';
import type { GithubEmulator } from '../../emulators/github/start-github-emulator.ts';
import { startSentryEmulator } from '../../emulators/sentry/start-sentry-emulator.ts';
import type { SentryEmulator } from '../../emulators/sentry/start-sentry-emulator.ts';
import { channel, PEOPLE } from '../../emulators/slack/slack-seed.ts';
import { startSlackEmulator } from '../../emulators/slack/start-slack-emulator.ts';
import type { SlackEmulator } from '../../emulators/slack/start-slack-emulator.ts';

/** The systems of the demo beside Jira, with what opens them. */
export interface Systems {
  readonly bitbucket: BitbucketEmulator;
  readonly github: GithubEmulator;
  readonly slack: SlackEmulator;
  readonly sentry: SentryEmulator;
  /** Settings of the program for these systems, by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Sends their webhooks to the program. */
  readonly aim: (url: string) => void;
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const random = () => randomBytes(24).toString('hex');
// Polls happen when the story says so.
const DAY = '86400';

/** Where decisions are asked for. */
export const APPROVALS = 'C0APPROVE5';

/** Starts the four by one clock; they know the same small team. */
export async function startSystems(now: () => Date): Promise<Systems> {
  const tokens = { bitbucket: random(), github: random(), slack: random(), sentry: random() };
  const secrets = { bitbucket: random(), github: random(), slack: random(), sentry: random() };
  const bitbucket = await startBitbucketEmulator({ now, email: null, token: tokens.bitbucket });
  const github = await startGithubEmulator({ now, token: tokens.github });
  const slack = await startSlackEmulator({ now, botToken: tokens.slack });
  const members = [...Object.values(PEOPLE), slack.bot.user];
  slack.state.channels.set(
    APPROVALS,
    channel(APPROVALS, 'pm-approvals', { kind: 'channel', members }),
  );
  const sentry = await startSentryEmulator({ now, token: tokens.sentry });
  const all = { bitbucket, github, slack, sentry };
  return {
    ...all,
    settings: {
      BITBUCKET_BASE_URL: bitbucket.url,
      BITBUCKET_TOKEN: tokens.bitbucket,
      BITBUCKET_WORKSPACE: 'acme',
      BITBUCKET_WEBHOOK_SECRET: secrets.bitbucket,
      BITBUCKET_BACKUP_POLL_INTERVAL: DAY,
      GITHUB_BASE_URL: github.url,
      GITHUB_TOKEN: tokens.github,
      GITHUB_REPOS: 'acme/payments',
      GITHUB_WEBHOOK_SECRET: secrets.github,
      GITHUB_BACKUP_POLL_INTERVAL: DAY,
      SLACK_BASE_URL: slack.url,
      SLACK_BOT_TOKEN: tokens.slack,
      SLACK_SIGNING_SECRET: secrets.slack,
      SLACK_POLL_INTERVAL: DAY,
      SENTRY_BASE_URL: sentry.baseUrl,
      SENTRY_TOKEN: tokens.sentry,
      SENTRY_ORGANIZATION: 'acme',
      SENTRY_CLIENT_SECRET: secrets.sentry,
      SENTRY_POLL_INTERVAL: DAY,
    },
    aim: (url) => {
      for (const name of ['bitbucket', 'github', 'slack', 'sentry'] as const) {
        all[name].aimWebhook({ url: `${url}/webhooks/${name}`, secret: secrets[name] });
      }
    },
    idle: async () => {
      for (const one of Object.values(all)) await one.idle();
    },
    close: async () => {
      await Promise.all(Object.values(all).map((one) => one.close()));
    },
  };
}
