import { readFileSync } from 'node:fs';
import { startBitbucketEmulator } from '../emulators/bitbucket/start-bitbucket-emulator.ts';
import { startGithubEmulator } from '../emulators/github/start-github-emulator.ts';
import { startJiraEmulator } from '../emulators/jira/start-jira-emulator.ts';
import { startSentryEmulator } from '../emulators/sentry/start-sentry-emulator.ts';
import { CHANNELS, PEOPLE as SLACK } from '../emulators/slack/slack-seed.ts';
import { startSlackEmulator } from '../emulators/slack/start-slack-emulator.ts';
import { connectorsOf } from '../src/app-connectors.ts';
import { readConfig } from '../src/config.ts';
import type { Connector } from '../src/domain/connector.ts';
import { parseBoundedJson } from '../src/lib/bounded-json.ts';
import { median } from './processes.ts';
import type { Row } from './rows.ts';
import { whole } from './rows.ts';

const FIXTURES = new URL('../test/fixtures/', import.meta.url);
const SAMPLES: readonly (readonly [system: string, file: string, header: string, event: string])[] =
  [
    ['jira', 'jira/webhooks/mm--webhook-cloud-comment-created.json', 'x-none', ''],
    [
      'bitbucket',
      'bitbucket/webhooks/drone--pr_comment_created.json',
      'x-event-key',
      'pullrequest:comment_created',
    ],
    [
      'github',
      'github/webhooks/octo--issue_comment--created.json',
      'x-github-event',
      'issue_comment',
    ],
    ['slack', 'slack/events/zulip--message_with_normal_text.json', 'x-none', ''],
    [
      'sentry',
      'sentry/webhooks/zulip--issue_created_for_exception.json',
      'sentry-hook-resource',
      'issue',
    ],
  ];
const ROUND_MS = 1_000;
const ROUNDS = 3;
const HOUR = 3_600_000;
const SECRET = 'a-secret-of-the-benchmark';

/** Parsing and normalising a recorded delivery of each system, on one core, without a store. */
export async function normalising(): Promise<Row[]> {
  const config = readConfig({
    JIRA_WEBHOOK_SECRET: SECRET,
    BITBUCKET_WEBHOOK_SECRET: SECRET,
    GITHUB_WEBHOOK_SECRET: SECRET,
    SLACK_SIGNING_SECRET: SECRET,
    SENTRY_CLIENT_SECRET: SECRET,
  });
  const connectors = new Map((await connectorsOf(config)).map((one) => [one.name, one]));
  return SAMPLES.map(([system, file, header, event]): Row => {
    const body = readFileSync(new URL(file, FIXTURES));
    const headers = { [header]: [event], 'content-type': ['application/json'] };
    const webhook = connectors.get(system)?.webhook;
    if (webhook === undefined) throw new Error(`${system} has no webhook`);
    const once = (): number => {
      const parsed = parseBoundedJson(webhook.unwrap?.(body, headers) ?? body);
      return parsed.ok ? webhook.normalise(parsed.value, headers).events.length : 0;
    };
    if (once() === 0) throw new Error(`${file} becomes no event`);
    const rates = Array.from({ length: ROUNDS }, () => {
      const begin = performance.now();
      let events = 0;
      while (performance.now() - begin < ROUND_MS) events += once();
      return events / ((performance.now() - begin) / 1000);
    });
    const size = `${(body.length / 1024).toFixed(1)} KB, parse and normalise`;
    return [`events of ${system}`, `${whole(median(rates))}/s`, size];
  });
}

/** How many calls an hour of polling costs where nothing happens, with the intervals of the settings. */
export async function pollCost(): Promise<Row[]> {
  let at = Date.parse('2026-03-02T09:00:00Z');
  const now = () => new Date(at);
  const jira = await startJiraEmulator({ email: 'agent@example.com', token: 't', now });
  const bitbucket = await startBitbucketEmulator({ email: null, token: 't', now });
  const github = await startGithubEmulator({ token: 't', now });
  const slack = await startSlackEmulator({ botToken: 'xoxb-t', now });
  const sentry = await startSentryEmulator({ token: 't', now });
  const emulators = { jira, bitbucket, github, slack, sentry };
  const connectors = await connectorsOf(
    readConfig({
      JIRA_BASE_URL: jira.url,
      JIRA_PROJECTS: 'ECD',
      ATLASSIAN_EMAIL: 'agent@example.com',
      ATLASSIAN_API_TOKEN: 't',
      BITBUCKET_BASE_URL: bitbucket.url,
      BITBUCKET_TOKEN: 't',
      BITBUCKET_WORKSPACE: 'acme',
      GITHUB_BASE_URL: github.url,
      GITHUB_TOKEN: 't',
      GITHUB_REPOS: 'acme/payments,acme/web',
      SLACK_BASE_URL: slack.url,
      SLACK_BOT_TOKEN: 'xoxb-t',
      SENTRY_BASE_URL: sentry.baseUrl,
      SENTRY_TOKEN: 't',
      SENTRY_ORGANIZATION: 'acme',
    }),
  );
  jira.addComment('ECD-1', '712020:mia-0001', 'one');
  const [by = ''] = bitbucket.state.accounts.keys();
  bitbucket.createPullRequest('web', by, { title: 'one', branch: 'one' });
  github.openPullRequest('acme/web', 'mia-berg', { title: 'one', branch: 'one' });
  slack.postMessage(SLACK.mia, CHANNELS.payments, 'one');
  sentry.captureError('web', { title: 'one' });
  const rows: Row[] = [];
  for (const connector of connectors) {
    const requests = emulators[connector.name as keyof typeof emulators].requests;
    const cost = await atRest(connector, { requests, clock: () => at, move: (ms) => (at += ms) });
    rows.push([
      `calls an hour to poll ${connector.name} at rest`,
      whole(cost.perHour),
      `${cost.scopes} scopes, every ${connector.poll?.everySeconds ?? 0} s`,
    ]);
  }
  await Promise.all(Object.values(emulators).map((one) => one.close()));
  return rows;
}

interface Resting {
  readonly requests: readonly unknown[];
  readonly clock: () => number;
  readonly move: (ms: number) => void;
}

async function atRest(
  { poll }: Connector,
  { requests, clock, move }: Resting,
): Promise<{ perHour: number; scopes: number }> {
  if (poll === undefined) return { perHour: 0, scopes: 0 };
  const call = { signal: AbortSignal.timeout(60_000) };
  const scopes = await poll.scopes(call);
  const cursors = new Map<string, string>();
  const read = async (scope: string): Promise<void> => {
    for (;;) {
      const ask = { scope, cursor: cursors.get(scope) ?? null, since: 0, now: clock() };
      const page = await poll.fetch(ask, call);
      cursors.set(scope, page.cursor);
      if (!page.more) return;
    }
  };
  for (const scope of scopes) await read(scope);
  move(24 * HOUR);
  for (const scope of scopes) await read(scope);
  // One hour of polls, a day after the last thing happened.
  const before = requests.length;
  const rounds = Math.max(1, Math.round(3_600 / poll.everySeconds));
  for (let round = 0; round < rounds; round += 1) {
    move(HOUR / rounds);
    for (const scope of scopes) await read(scope);
  }
  return { perHour: requests.length - before, scopes: scopes.length };
}
