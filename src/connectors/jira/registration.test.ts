import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import type { JiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { startJiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { verifyProofs } from '../../inbox/verify.ts';
import { normaliseJira } from './normalise.ts';
import { jiraRegistration } from './registration.ts';
import type { JiraSettings } from './settings.ts';
import { jiraWebhook } from './webhook.ts';

const MIA = '712020:mia-0001';
const DAY = 24 * 60 * 60_000;

let jira: JiraEmulator;
let settings: JiraSettings;
let time: number;

beforeEach(async () => {
  time = Date.parse('2026-11-20T10:00:00.000Z');
  jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'token',
    now: () => new Date(time),
    oauth: { token: 'oauth-token', clientSecret: 'app-secret' },
  });
  settings = {
    baseUrl: jira.url,
    siteUrl: jira.url,
    email: 'agent@example.com',
    token: 'token',
    projects: ['ECD'],
    webhookSecrets: [],
    mayWrite: false,
  };
});

afterEach(() => jira.close());

const call = { signal: new AbortController().signal };
const ask = { url: 'https://pm.acme.example/webhooks/jira', secret: 'secret-1' };
const headersOf = (headers: object): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [String(value)]]));

describe('the admin webhook', () => {
  test('is made once, and then left as it is', async () => {
    const registration = jiraRegistration(settings);

    const [first] = await registration.register(ask, call);
    const [second] = await registration.register(ask, call);

    expect(first).toMatchObject({ url: ask.url, active: true, change: 'created' });
    expect(second).toMatchObject({ id: first?.id, change: 'unchanged' });
    const [hook, ...others] = jira.hooks.admin.values();
    expect(others).toEqual([]);
    expect(hook).toMatchObject({
      secret: 'secret-1',
      excludeBody: false,
      filters: { 'issue-related-events-section': 'project in ("ECD")' },
    });
    expect(await registration.list(call)).toEqual([second]);
  });

  test.each([
    { events: ['comment_created'] },
    { enabled: false },
    { excludeBody: true },
    { filters: { 'issue-related-events-section': 'project = HR' } },
  ])('is put right where it has %j, and keeps its secret', async (wrong) => {
    const registration = jiraRegistration(settings);
    const [row] = await registration.register(ask, call);
    await fetch(`${jira.url}/rest/webhooks/1.0/webhook/${row?.id ?? ''}`, {
      method: 'PUT',
      headers: { authorization: `Basic ${btoa('agent@example.com:token')}` },
      body: JSON.stringify(wrong),
    });

    const [again] = await registration.register(ask, call);

    expect(again).toMatchObject({ id: row?.id, change: 'updated', active: true });
    const [hook] = jira.hooks.admin.values();
    expect(hook).toMatchObject({ secret: 'secret-1', enabled: true, excludeBody: false });
    expect(hook?.events).toContain('sprint_started');
  });

  test('gets another secret, and is removed', async () => {
    const registration = jiraRegistration(settings);
    await registration.register(ask, call);

    const rotated = await registration.rotate({ url: ask.url, secret: 'secret-2' }, call);

    expect(rotated).toMatchObject([{ change: 'updated' }]);
    expect([...jira.hooks.admin.values()][0]?.secret).toBe('secret-2');
    expect(await registration.remove(ask, call)).toMatchObject([{ change: 'removed' }]);
    expect(jira.hooks.admin.size).toBe(0);
    expect(await registration.remove(ask, call)).toEqual([]);
    await expect(registration.rotate(ask, call)).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('delivers what our proof takes', async () => {
    await using receiver = await startWebhookReceiver();
    await jiraRegistration(settings).register({ ...ask, url: receiver.url }, call);

    jira.addComment('ECD-1', MIA, 'Hello');
    jira.startSprint(12);
    await jira.idle();

    const { proofs } = jiraWebhook({ webhook: ['secret-1'], app: [] });
    expect(receiver.received).toHaveLength(2);
    for (const { headers, body } of receiver.received) {
      expect(verifyProofs(proofs, { headers: headersOf(headers), body }, time).ok).toBe(true);
    }
  });

  test('is not made without a secret or credentials', async () => {
    const made = jiraRegistration(settings).register({ ...ask, secret: '' }, call);

    await expect(made).rejects.toMatchObject({ kind: 'invalid-settings' });
    expect(() => jiraRegistration({ ...settings, token: null })).toThrow('no credentials');
  });
});

describe('dynamic webhooks', () => {
  beforeEach(() => {
    settings = { ...settings, oauthToken: 'oauth-token', gatewayUrl: jira.url };
  });

  test('are made once, through the gateway, and end after 30 days', async () => {
    const registration = jiraRegistration(settings);

    const [first] = await registration.register(ask, call);
    const [second] = await registration.register(ask, call);

    const expiresAt = new Date(time + 30 * DAY).toISOString();
    expect(first).toMatchObject({ change: 'created', expiresAt });
    expect(second).toMatchObject({ id: first?.id, change: 'unchanged' });
    expect(jira.hooks.dynamic.size).toBe(1);
  });

  test('that differ are replaced, and refreshed before they end', async () => {
    const registration = jiraRegistration(settings);
    await registration.register({ ...ask, events: ['comment_created'] }, call);

    const [row] = await registration.register(ask, call);
    time += 20 * DAY;
    const [fresh] = await registration.refresh(call);

    expect(row).toMatchObject({
      change: 'updated',
      events: expect.arrayContaining(['jira:issue_created']) as unknown,
    });
    expect(jira.hooks.dynamic.size).toBe(1);
    expect(fresh?.expiresAt).toBe(new Date(time + 30 * DAY).toISOString());
    expect(await registration.remove(ask, call)).toMatchObject([{ change: 'removed' }]);
    expect(await registration.refresh(call)).toEqual([]);
  });

  test('an element that failed in an answer of 200 is a refusal', async () => {
    const made = jiraRegistration(settings).register({ ...ask, events: ['sprint_started'] }, call);

    await expect(made).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('sprint_started') as string,
    });
  });

  test('have no secret of their own, and need named projects', async () => {
    await expect(jiraRegistration(settings).rotate(ask, call)).rejects.toMatchObject({
      kind: 'refused',
    });
    const all = jiraRegistration({ ...settings, projects: [] });
    await expect(all.register(ask, call)).rejects.toMatchObject({ kind: 'not-configured' });
  });

  test('deliver with a token that our proof takes, and fall silent when they end', async () => {
    await using receiver = await startWebhookReceiver();
    await jiraRegistration(settings).register({ ...ask, url: receiver.url }, call);

    const comment = jira.addComment('ECD-1', MIA, 'Hello');
    await jira.idle();

    const [delivery] = receiver.received;
    const { proofs } = jiraWebhook({ webhook: ['secret-1'], app: ['app-secret'] });
    const got = { headers: headersOf(delivery!.headers), body: delivery!.body };
    expect(verifyProofs(proofs, got, time)).toMatchObject({ ok: true });
    expect(verifyProofs(proofs, got, time + 5 * 60_000)).toMatchObject({ ok: false });
    const other = jiraWebhook({ webhook: [], app: ['another-secret'] }).proofs;
    expect(verifyProofs(other, got, time)).toMatchObject({ ok: false });
    const body: unknown = JSON.parse(String(delivery?.body));
    expect(body).toMatchObject({ matchedWebhookIds: [expect.any(Number)] });
    expect(normaliseJira(body).events).toMatchObject([
      { key: `jira:comment:${comment.id}:created` },
    ]);

    time += 31 * DAY;
    jira.addComment('ECD-1', MIA, 'Too late');
    await jira.idle();
    expect(receiver.received).toHaveLength(1);
  });
});
