import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../test/helpers/store.ts';
import { Environment } from './config-environment.ts';
import { ConfigFailure, readConfig } from './config.ts';

const faultsOf = (env: Record<string, string>): string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    return error.faults.map((fault) => fault.name);
  }
};

describe('readConfig', () => {
  test('starts with nothing set: simulation, port 8000, a file under data', () => {
    const config = readConfig({});

    expect(config).toMatchObject({
      mode: 'simulation',
      port: 8000,
      databaseUrl: 'sqlite:data/pm-agent.db',
      model: null,
      jira: { webhookSecrets: [], token: null, projects: [] },
    });
    expect(Object.isFrozen(config.jira.projects)).toBe(true);
  });

  test('reports every fault at once, each with its variable and its fix', () => {
    const faults = () =>
      readConfig({ PORT: 'many', PM_AGENT_MODE: 'live', ATLASSIAN_EMAIL: 'mia@example.org' });

    expect(
      faultsOf({ PORT: 'many', PM_AGENT_MODE: 'live', ATLASSIAN_EMAIL: 'mia@example.org' }),
    ).toEqual(['PORT', 'PM_AGENT_MODE', 'ATLASSIAN_API_TOKEN', 'ATLASSIAN_DOMAIN']);
    expect(faults).toThrow(/PM_AGENT_MODE: .*simulation, ask or production/);
  });

  test('a value of only an empty string is as good as absent', () => {
    expect(readConfig({ JIRA_WEBHOOK_SECRET: '' }).jira.webhookSecrets).toEqual([]);
  });

  test('no fault ever shows the value of a secret', () => {
    let message = '';
    try {
      readConfig({ JIRA_WEBHOOK_SECRET: 'hush', PORT: 'x' });
    } catch (error) {
      message = String(error);
    }

    expect(message).toContain('JIRA_WEBHOOK_SECRET');
    expect(message).not.toContain('hush');
  });

  test.each([
    [{ ATLASSIAN_DOMAIN: 'acme' }, 'https://acme.atlassian.net'],
    [{ ATLASSIAN_DOMAIN: 'https://acme.atlassian.net/' }, 'https://acme.atlassian.net'],
    [{ JIRA_BASE_URL: 'http://127.0.0.1:9/' }, 'http://127.0.0.1:9'],
    [
      {
        ATLASSIAN_DOMAIN: 'acme',
        ATLASSIAN_CLOUD_ID: 'c-1',
        ATLASSIAN_SERVICE_ACCOUNT_EMAIL: 'bot@example.org',
        ATLASSIAN_SERVICE_ACCOUNT_TOKEN: 't',
      },
      'https://api.atlassian.com/ex/jira/c-1',
    ],
  ])('finds the address of Jira in %j', (env, baseUrl) => {
    expect(readConfig(env).jira.baseUrl).toBe(baseUrl);
  });

  test('takes two webhook secrets during a rotation, never the old one alone', () => {
    const both = { JIRA_WEBHOOK_SECRET: 'new-secret', JIRA_WEBHOOK_SECRET_PREVIOUS: 'old-secret' };

    expect(readConfig(both).jira.webhookSecrets).toEqual(['new-secret', 'old-secret']);
    expect(faultsOf({ JIRA_WEBHOOK_SECRET_PREVIOUS: 'old-secret' })).toEqual([
      'JIRA_WEBHOOK_SECRET',
    ]);
  });

  test.each([
    [{ GITHUB_TOKEN: 't' }, ['GITHUB_REPOS']],
    [{ BITBUCKET_TOKEN: 't' }, ['BITBUCKET_WORKSPACE']],
    [{ BITBUCKET_EMAIL: 'a@example.org' }, ['BITBUCKET_TOKEN']],
    [{ SLACK_APP_TOKEN: 'xapp-1' }, ['SLACK_BOT_TOKEN']],
    [{ SENTRY_TOKEN: 't' }, ['SENTRY_ORGANIZATION']],
    [{ SLACK_SIGNING_SECRET_PREVIOUS: 'old-secret' }, ['SLACK_SIGNING_SECRET']],
    [{ GITHUB_REPOS: 'payments' }, ['GITHUB_REPOS']],
    [{ SLACK_POLL_INTERVAL: '0' }, ['SLACK_POLL_INTERVAL']],
    [{ PM_AGENT_BOTS: 'renovate' }, ['PM_AGENT_BOTS']],
    [{ PM_AGENT_POLL_SINCE: 'yesterday' }, ['PM_AGENT_POLL_SINCE']],
  ])('%j is half a setting', (env, names) => {
    expect(faultsOf(env)).toEqual(names);
  });

  test('our hook at GitHub is found by the public address', () => {
    const config = readConfig({ PM_AGENT_PUBLIC_URL: 'https://pm.acme.example/' });

    expect(config.github.hookUrl).toBe('https://pm.acme.example/webhooks/github');
  });

  test('the team comes from a file that may be missing, but not be wrong', () => {
    const example = { PM_AGENT_PEOPLE: 'config/people.example.yaml' };

    expect(readConfig(example).team).toMatchObject([{ name: 'Mia Berg', zone: 'Europe/Berlin' }]);
    expect(readConfig({ PM_AGENT_PEOPLE: 'config/none.yaml' }).team).toEqual([]);
    expect(faultsOf({ PM_AGENT_PEOPLE: 'config/models.yaml' })).toEqual(['PM_AGENT_PEOPLE']);
    expect(faultsOf({ PM_AGENT_PEOPLE: 'package.json' })).toEqual(['PM_AGENT_PEOPLE']);
  });

  test('a crash label works in tests only', () => {
    expect(faultsOf({ PM_AGENT_CRASH_AT: 'action.sent' })).toEqual(['PM_AGENT_CRASH_AT']);
    expect(faultsOf({ PM_AGENT_CRASH_AT: 'no.such', ENVIRONMENT: 'test' })).toEqual([
      'PM_AGENT_CRASH_AT',
    ]);
  });

  test('.env.example names every variable and starts as it is', () => {
    const example = parseEnv(readFileSync(new URL('../.env.example', import.meta.url), 'utf8'));

    expect(Object.keys(example).sort()).toEqual(Object.keys(Environment.shape).sort());
    expect(readConfig(example)).toEqual(readConfig({}));
  });
});

describe('the directives', () => {
  test('are compiled with the settings', () => {
    const config = readConfig({});

    expect(config.directives.version).toBe(config.constitution.version);
    expect(config.constitution.limits.remindersPerPersonAndDay).toBe(1);
    expect(Object.isFrozen(config.constitution.clauses)).toBe(true);
  });

  test('with faults stop the start; each fault says where it stands', () => {
    const path = join(temporaryFolder(), 'd.yaml');
    writeFileSync(path, 'agent:\n  rol: x\nlimits: { hops: many }\n');
    const start = () => readConfig({ PM_AGENT_DIRECTIVES: path });

    expect(start).toThrow(`PM_AGENT_DIRECTIVES: ${path}:2:3 agent.rol: there is no such key here`);
    expect(start).toThrow(`${path}:3:17 limits.hops`);
  });

  test('name people whom the directory knows too', () => {
    const folder = temporaryFolder();
    const [directives, people] = ['d.yaml', 'p.yaml'].map((name) => join(folder, name));
    writeFileSync(
      directives!,
      `team:
  members:
    - { name: Mia Berg, email: mia@acme.example, accounts: { slack: U0MIA, jira: j-1 } }
    - { name: Ines Roth, zone: America/New_York }
`,
    );
    writeFileSync(
      people!,
      'people: [{ name: Mia Berg, email: mia@acme.example, zone: Europe/Berlin, accounts: { jira: j-2 } }]',
    );

    const { team } = readConfig({ PM_AGENT_DIRECTIVES: directives, PM_AGENT_PEOPLE: people });

    expect(team).toEqual([
      {
        name: 'Mia Berg',
        email: 'mia@acme.example',
        zone: 'Europe/Berlin',
        accounts: { slack: 'U0MIA', jira: 'j-2' },
      },
      { name: 'Ines Roth', zone: 'America/New_York', accounts: {} },
    ]);
  });

  test('may name a region of public holidays that came with the program', () => {
    const path = join(temporaryFolder(), 'd.yaml');
    writeFileSync(path, 'team: { holidays: { regions: [US] } }');

    const { constitution } = readConfig({ PM_AGENT_DIRECTIVES: path });

    expect(constitution.calendar.holidays).toContain('2026-07-04');
  });
});
