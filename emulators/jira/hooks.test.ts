import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';
import type { JiraEmulator } from './start-jira-emulator.ts';
import { startJiraEmulator } from './start-jira-emulator.ts';

const MIA = '712020:mia-0001';
const basic = `Basic ${btoa('agent@example.com:token')}`;

let jira: JiraEmulator;
let time: Date;

beforeEach(async () => {
  time = new Date('2026-11-20T10:00:00Z');
  jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'token',
    now: () => time,
    indexLagMs: 120_000,
    oauth: { token: 'oauth-token', clientSecret: 'app-secret' },
  });
});

afterEach(() => jira.close());

const asApp = (path: string) =>
  fetch(jira.url + path, { headers: { authorization: 'Bearer oauth-token' } });

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(jira.url + path, {
    method,
    headers: { authorization: basic },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    date: response.headers.get('date'),
    json: text === '' ? null : (JSON.parse(text) as unknown),
  };
}

const HOOKS = '/rest/webhooks/1.0/webhook';

describe('webhooks of administrators', () => {
  test('get the events they name, of the issues they name, beside the aimed one', async () => {
    await using aimed = await startWebhookReceiver();
    await using registered = await startWebhookReceiver();
    jira.seed({
      projects: [{ id: '10001', key: 'HR', name: 'People' }],
      issues: [{ key: 'HR-1', summary: 'Salaries' }],
    });
    jira.aimWebhook({ url: aimed.url, secret: 'secret' });
    const made = await call('POST', HOOKS, {
      name: 'one',
      url: registered.url,
      events: ['comment_created', 'sprint_started', 'worklog_created'],
      filters: { 'issue-related-events-section': 'project = ECD' },
      secret: 'hush',
    });

    jira.addComment('ECD-1', MIA, 'One');
    jira.addComment('HR-1', MIA, 'Two');
    jira.assign('ECD-1', MIA, null);
    jira.startSprint(12);
    jira.logWork('ECD-1', MIA, { seconds: 60 });
    await jira.idle();

    expect(made).toMatchObject({ status: 201, json: { isSigned: true } });
    expect(JSON.stringify(made.json)).not.toContain('hush');
    expect(aimed.received).toHaveLength(5);
    const names = registered.received.map(({ body }) => {
      return (JSON.parse(String(body)) as { webhookEvent: string }).webhookEvent;
    });
    expect(names).toEqual(['comment_created', 'sprint_started', 'worklog_created']);
  });

  test('are silent when disabled, unsigned without a secret, and empty where no body is wanted', async () => {
    await using receiver = await startWebhookReceiver();
    const events = ['comment_created'];
    await call('POST', HOOKS, { url: receiver.url, events, excludeBody: true });
    jira.addComment('ECD-1', MIA, 'One');
    await jira.idle();
    await call('PUT', `${HOOKS}/1`, { enabled: false });
    jira.addComment('ECD-1', MIA, 'Two');
    await jira.idle();

    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-hub-signature');
    expect(receiver.received[0]?.body.length).toBe(0);
    expect((await call('DELETE', `${HOOKS}/1`)).status).toBe(204);
    expect((await call('GET', `${HOOKS}/1`)).status).toBe(404);
  });
});

describe('webhooks of apps', () => {
  test('are for apps alone, whose token only the gateway takes', async () => {
    const path = '/rest/api/3/webhook';

    expect((await call('GET', path)).status).toBe(403);
    expect((await asApp(path)).status).toBe(401);
    const gateway = `/ex/jira/${jira.cloudId}${path}`;
    expect((await asApp(gateway)).status).toBe(200);
  });
});

describe('time', () => {
  test('a search finds a change two minutes later, a read at once', async () => {
    const jql = encodeURIComponent('summary ~ "Fresh"');
    const found = async () => {
      const { json } = await call('GET', `/rest/api/3/search/jql?jql=${jql}&fields=summary`);
      return (json as { issues: { key: string }[] }).issues.map(({ key }) => key);
    };
    jira.updateIssue('ECD-1', MIA, { summary: 'Fresh name' });
    jira.createIssue(MIA, { key: 'ECD-7', summary: 'Fresh issue' });

    expect(await found()).toEqual([]);
    expect((await call('GET', '/rest/api/3/issue/ECD-7')).status).toBe(200);
    time = new Date(time.getTime() + 120_000);
    expect((await found()).toSorted()).toEqual(['ECD-1', 'ECD-7']);
    jira.deleteIssue('ECD-7', MIA);
    expect(await found()).toContain('ECD-7');
  });

  test('answers are dated by the clock of the site', async () => {
    const { date } = await call('GET', '/rest/api/3/myself');

    expect(date).toBe('Fri, 20 Nov 2026 10:00:00 GMT');
  });
});

describe('sprints', () => {
  test('go from future to active to closed and no other way', async () => {
    const path = '/rest/agile/1.0/sprint/12';

    expect((await call('POST', path, { state: 'closed' })).status).toBe(400);
    expect((await call('POST', path, { state: 'active' })).status).toBe(200);
    expect((await call('POST', path, { state: 'closed' })).status).toBe(200);
    expect((await call('POST', path, { name: 'Late' })).status).toBe(400);
  });
});
