import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { CHANNELS, PEOPLE as SLACK } from '../../emulators/slack/slack-seed.ts';
import { Environment } from '../../src/config-environment.ts';
import { ADMIN, SECRETS, SLACK_APP_TOKEN } from '../helpers/five.ts';
import { planOf, startWorld, TEAM } from './world.ts';
import type { World } from './world.ts';

/** Settings that are secrets of the program; a new one must be planted here or the test fails. */
const SECRET_NAMES = Object.keys(Environment.shape).filter(
  // The key of TLS is a path.
  (name) => /(?:TOKEN|SECRET|_KEY)(?:_PREVIOUS)?$/.test(name) && name !== 'PM_AGENT_TLS_KEY',
);

/** What the stand-ins open to is theirs; the rest is planted. */
const PLANTED: Readonly<Record<string, string>> = {
  PM_AGENT_ADMIN_TOKEN: ADMIN,
  PM_AGENT_TOKEN: 'Wq7-planted-cli-token-Zk41',
  ATLASSIAN_API_TOKEN: 'Mu3-planted-person-token-Sg80',
  ATLASSIAN_SERVICE_ACCOUNT_TOKEN: 'jira-token-of-the-tests',
  JIRA_WEBHOOK_SECRET: SECRETS.jira,
  JIRA_WEBHOOK_SECRET_PREVIOUS: 'Rt2-planted-jira-before-Hq93',
  JIRA_APP_SECRET: 'Vb8-planted-jira-app-Lx27',
  JIRA_OAUTH_TOKEN: 'Ns5-planted-jira-oauth-Dw66',
  BITBUCKET_TOKEN: 'bb-token-of-the-tests',
  BITBUCKET_WEBHOOK_SECRET: SECRETS.bitbucket,
  BITBUCKET_WEBHOOK_SECRET_PREVIOUS: 'Kf4-planted-bb-before-Ty12',
  GITHUB_TOKEN: 'github-token-of-the-tests',
  GITHUB_WEBHOOK_SECRET: SECRETS.github,
  GITHUB_WEBHOOK_SECRET_PREVIOUS: 'Gm9-planted-gh-before-Qa58',
  SLACK_BOT_TOKEN: 'xoxb-token-of-the-tests',
  SLACK_APP_TOKEN,
  SLACK_USER_TOKEN: 'xoxp-7Jc-planted-user-Pv34',
  SLACK_SIGNING_SECRET: SECRETS.slack,
  SLACK_SIGNING_SECRET_PREVIOUS: 'Ch6-planted-slack-before-Uz71',
  SENTRY_TOKEN: 'sentry-token-of-the-tests',
  SENTRY_CLIENT_SECRET: SECRETS.sentry,
  SENTRY_CLIENT_SECRET_PREVIOUS: 'Xe1-planted-sentry-before-Jn85',
  ANTHROPIC_API_KEY: 'the-model-key-of-the-tests',
  PM_AGENT_BACKUP_KEY: 'Ea5-planted-backup-key-Vr38',
  MISTRAL_API_KEY: 'Bd3-planted-other-model-Fs49',
};
const REDIS_PASSWORD = 'Yo2-planted-redis-password-Ki57';

const FORMS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  (secret) => Buffer.from(secret).toString('hex'),
  (secret) => Array.from(secret).reverse().join(''),
];

function memoryLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: pino({ level: 'trace' }, stream), text: () => lines.join('') };
}

/** What people could see in the five systems, and what the model was told. */
function shownOutside({ five, model }: World): string {
  const { jira, github, bitbucket, sentry, slack } = five;
  const seen = [
    [...jira.state.issues.values()].map(({ comments }) => comments),
    [...github.state.repos.values()].map(({ issues }) =>
      [...issues.values()].map(({ comments }) => comments),
    ),
    [...bitbucket.state.repositories.values()].map(({ pullRequests }) =>
      pullRequests.map(({ data }) => data.comments),
    ),
    [...sentry.state.issues.values()].map(({ activity }) => activity),
    slack.state.messages,
    slack.state.views,
    model?.requests ?? [],
  ];
  return JSON.stringify(seen);
}

async function shownByApi(world: World): Promise<string> {
  const pages = ['status', 'deliveries', 'events', 'cycles', 'actions', 'journal', 'completeness'];
  const lists = ['polls', 'people', 'approvals', 'grants', 'directives', 'directives/history'];
  const all = [...pages, ...lists, 'policy', 'tokens'];
  const texts: string[] = [];
  for (const page of all) {
    const answer = await world.ask(`/api/${page}`);
    texts.push(await answer.text());
    expect([page, answer.status]).toEqual([page, 200]);
  }
  const { items } = JSON.parse(texts[all.indexOf('cycles')] ?? '') as { items: { id: string }[] };
  for (const { id } of items) texts.push(await (await world.ask(`/api/cycles/${id}`)).text());
  for (const { id } of await world.approvals()) {
    texts.push(await (await world.ask(`/api/approvals/${id}`)).text());
  }
  texts.push(await (await fetch(`${world.program.app.url}/metrics`)).text());
  texts.push(JSON.stringify(await world.journal()));
  return texts.join('\n');
}

test(
  'secrets stay inside: planted ones are in no log, page, command, prompt or message, in any form',
  { timeout: 90_000 },
  async () => {
    const planted = [...Object.values(PLANTED), REDIS_PASSWORD];
    expect(SECRET_NAMES.filter((name) => PLANTED[name] === undefined)).toEqual([]);
    expect(new Set(planted).size).toBeGreaterThanOrEqual(25);
    const leaks = planted.flatMap((secret) => FORMS.map((form) => form(secret)));
    // A model that somehow has them all tells every secret, each in two of its forms.
    const told = leaks.filter((_leak, at) => (at + Math.floor(at / FORMS.length)) % 2 === 0);
    let next = 0;
    const { log, text: logged } = memoryLog();
    const world = await startWorld({
      log,
      env: {
        ...PLANTED,
        ATLASSIAN_SERVICE_ACCOUNT_EMAIL: 'agent@example.com',
        REDIS_URL: `redis://pm:${REDIS_PASSWORD}@127.0.0.1:9`,
        PM_AGENT_MODEL_FALLBACK: 'mistral:mistral-large',
        MISTRAL_BASE_URL: 'http://127.0.0.1:9/v1',
        PM_AGENT_OPERATION_MODES: 'jira.add-comment:ask',
      },
      model: (prompt) => {
        const subject = /Subject of this cycle: (\S+?)\\n/.exec(prompt)?.[1] ?? '';
        const [system, , channel = '', thread] = subject.split(':');
        if (!prompt.includes('what do you know?')) return planOf();
        const text = `I know this: ${told[next++ % told.length] ?? ''}`;
        if (system === 'jira') return planOf(['jira.add-comment', { issue: channel, text }]);
        return planOf(['slack.reply-thread', { channel, thread, text }]);
      },
    });
    const { jira, slack } = world.five;

    for (const [at] of told.entries()) {
      world.five.clock.move(30 * 60_000);
      if (at % 2 === 0) {
        const words = `<@${slack.bot.user}> what do you know?`;
        slack.postMessage(SLACK.mia, CHANNELS.payments, words);
      } else {
        const key = `ECD-${100 + at}`;
        jira.seed({ issues: [{ key, summary: 'One of many' }] });
        jira.addComment(key, TEAM.mia.jira, '@pm-agent what do you know?');
      }
      if (at % 8 === 7) await world.settle();
    }
    jira.addComment('ECD-2', TEAM.mia.jira, '@pm-agent move ECD-2 to In Review');
    await world.settle();
    const commands = [
      await world.cli('status'),
      await world.cli('cycles'),
      await world.cli('approve', 'list'),
      await world.cli('directives', 'history'),
      await world.cli('journal', 'verify'),
    ];

    const outputs: Readonly<Record<string, string>> = {
      logs: logged(),
      api: await shownByApi(world),
      commands: commands.map(({ out }) => out).join('\n'),
      outside: shownOutside(world),
    };
    const found = Object.entries(outputs).flatMap(([where, output]) =>
      leaks.filter((leak) => output.includes(leak)).map((leak) => `${where}: ${leak}`),
    );

    expect(next).toBeGreaterThanOrEqual(told.length);
    for (const output of Object.values(outputs)) expect(output.length).toBeGreaterThan(500);
    expect(found).toEqual([]);
  },
);
