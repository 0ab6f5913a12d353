import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import { startGithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import type { WebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import { verifyProofs } from '../../inbox/verify.ts';
import { githubConnector } from './index.ts';
import { githubRegistration } from './registration.ts';
import type { GithubSettings } from './settings.ts';

const START = Date.parse('2026-03-02T10:00:00Z');
const HOUR = 3_600_000;
const call = { signal: new AbortController().signal };

let now: number;
let github: GithubEmulator;
let receiver: WebhookReceiver;
let settings: GithubSettings;

beforeEach(async () => {
  now = START;
  receiver = await startWebhookReceiver();
  github = await startGithubEmulator({ token: 'token-1', now: () => new Date(now) });
  settings = {
    baseUrl: github.url,
    siteUrl: null,
    token: 'token-1',
    repos: ['acme/payments', 'acme/web'],
    webhookSecrets: ['hook-secret'],
    hookUrl: receiver.url,
    mayWrite: true,
  };
});
afterEach(async () => {
  await github.close();
  await receiver[Symbol.asyncDispose]();
});

const wanted = (): { url: string; secret: string } => ({
  url: receiver.url,
  secret: 'hook-secret',
});

describe('registration', () => {
  test('makes a hook once per repository; a second time nothing is sent', async () => {
    const hooks = githubRegistration(settings);
    const made = await hooks.register(wanted(), call);
    const before = github.writes;
    const again = await hooks.register(wanted(), call);

    expect(made.map(({ where, change }) => [where, change])).toEqual([
      ['acme/payments', 'created'],
      ['acme/web', 'created'],
    ]);
    expect(again.map(({ id, change }) => [id, change])).toEqual(
      made.map(({ id }) => [id, 'unchanged']),
    );
    expect(github.writes).toBe(before);
    expect(await hooks.list(call)).toHaveLength(2);
  });

  test('a hook that differs is put right, and still signs', async () => {
    const hooks = githubRegistration(settings);
    await hooks.register({ ...wanted(), events: ['push'] }, call);
    const changed = await hooks.register(wanted(), call);
    github.openIssue('acme/web', 'mia-berg', { title: 'New' });
    await github.idle();

    expect(changed.map(({ change }) => change)).toEqual(['updated', 'updated']);
    expect(receiver.received).toHaveLength(1);
    expect(verified('hook-secret')).toBe(true);
  });

  test('a new secret signs from then on', async () => {
    const hooks = githubRegistration(settings);
    await hooks.register(wanted(), call);
    const rows = await hooks.rotate({ url: receiver.url, secret: 'new-secret' }, call);
    github.openIssue('acme/web', 'mia-berg', { title: 'New' });
    await github.idle();

    expect(rows.map(({ change }) => change)).toEqual(['updated', 'updated']);
    expect([verified('hook-secret'), verified('new-secret')]).toEqual([false, true]);
  });

  test('only ours is removed', async () => {
    const hooks = githubRegistration(settings);
    await hooks.register(wanted(), call);
    await hooks.register({ url: 'https://other.example/x', secret: 'o' }, call);
    const gone = await hooks.remove({ url: receiver.url }, call);

    expect(gone.map(({ change }) => change)).toEqual(['removed', 'removed']);
    const left = await hooks.list(call);
    expect(left.map(({ url }) => url)).toEqual(Array(2).fill('https://other.example/x'));
    expect(await hooks.remove({ url: receiver.url }, call)).toEqual([]);
  });

  test('nothing is made without a secret, a token or a hook to change', async () => {
    const hooks = githubRegistration(settings);

    await expect(hooks.register({ url: receiver.url, secret: '' }, call)).rejects.toMatchObject({
      kind: 'invalid-settings',
    });
    await expect(hooks.rotate(wanted(), call)).rejects.toMatchObject({ kind: 'not-found' });
    expect(() => githubRegistration({ ...settings, token: null })).toThrow('GITHUB_TOKEN');
    expect(github.writes).toBe(0);
  });
});

function verified(secret: string): boolean {
  const { headers, body } = receiver.received.at(-1)!;
  const { proofs } = githubConnector({ ...settings, webhookSecrets: [secret] }).webhook!;
  const header = String(headers['x-hub-signature-256']);
  return verifyProofs(proofs, { headers: { 'x-hub-signature-256': [header] }, body }, 0).ok;
}

describe('lost deliveries', () => {
  test('are listed and opened as they were sent', async () => {
    const connector = githubConnector(settings);
    await githubRegistration(settings).register(wanted(), call);
    github.pushWebhookFault({ kind: 'drop' });
    github.openIssue('acme/web', 'mia-berg', { title: 'Läuft nicht 🚀' });
    github.addComment('acme/web#1', 'tom-weber', 'same here');
    await github.idle();

    const listed = await connector.deliveryList!.list(START - HOUR, call);
    const arrived = receiver.received.map(({ headers }) => headers['x-github-delivery']);
    const missing = listed.filter(({ id }) => !arrived.includes(id));

    expect([listed.length, missing.length]).toEqual([2, 1]);
    const message = await connector.deliveryList!.open(missing[0]!, call);
    expect(message.name).toBe(missing[0]!.id);
    expect(message.headers).toMatchObject({
      'x-github-event': ['issues'],
      'x-github-delivery': [message.name],
    });
    const { events } = connector.webhook!.normalise(
      JSON.parse(Buffer.from(message.body).toString()),
      message.headers,
    );
    expect(events[0]).toMatchObject({ kind: 'issue.opened', subject: 'github:issue:acme/web#1' });
    expect(events[0]?.title).toContain('Läuft nicht 🚀');
  });

  test('over several pages, and not beyond the instant that is asked for', async () => {
    const connector = githubConnector(settings);
    github.aimWebhook({ url: receiver.url, secret: 'hook-secret' });
    github.openIssue('acme/web', 'mia-berg', { title: 'Old' });
    now += HOUR;
    const since = now;
    for (let count = 0; count < 230; count += 1)
      github.label('acme/web#1', 'mia-berg', `l-${count}`);
    await github.idle();

    const listed = await connector.deliveryList!.list(since, call);

    expect(listed).toHaveLength(230);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(230);
  });

  test('older than three days are gone, and other hooks are left alone', async () => {
    const connector = githubConnector(settings);
    await githubRegistration(settings).register(
      { url: 'https://other.example/x', secret: 'o' },
      call,
    );
    github.aimWebhook({ url: receiver.url, secret: 'hook-secret' });
    github.openIssue('acme/web', 'mia-berg', { title: 'Old' });
    now += 73 * HOUR;
    github.addComment('acme/web#1', 'tom-weber', 'new');
    await github.idle();

    expect(await connector.deliveryList!.list(START, call)).toHaveLength(1);
  });

  test('of a repository that is not configured are not opened', async () => {
    const { deliveryList } = githubConnector(settings);
    const before = github.requests.length;

    for (const ref of ['acme/other:1:2', 'nonsense', 'acme/web:1:../x']) {
      const opened = deliveryList!.open({ id: 'x', at: 0, ref }, call);
      await expect(opened).rejects.toMatchObject({ kind: 'denied' });
    }
    expect(github.requests).toHaveLength(before);
    expect(githubConnector({ ...settings, hookUrl: null }).deliveryList).toBeUndefined();
  });
});
