import { Octokit } from '@octokit/rest';
import { verify } from '@octokit/webhooks-methods';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookReceiver } from '../http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';
import type { GithubEmulator } from './start-github-emulator.ts';
import { startGithubEmulator } from './start-github-emulator.ts';

let now: number;
let github: GithubEmulator;
let receiver: WebhookReceiver;
let octokit: Octokit;

const silent = (): void => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const repo = { owner: 'acme', repo: 'payments' };

beforeEach(async () => {
  now = Date.parse('2026-03-02T10:00:00Z');
  receiver = await startWebhookReceiver();
  github = await startGithubEmulator({
    token: 'token-1',
    now: () => new Date(now),
    webhook: { url: receiver.url, secret: 'hook-secret' },
  });
  octokit = new Octokit({ auth: 'token-1', baseUrl: github.url, log });
});
afterEach(async () => {
  await github.close();
  await receiver[Symbol.asyncDispose]();
});

describe('the official client', () => {
  test('pages through a list', async () => {
    for (let count = 0; count < 230; count += 1) {
      github.openIssue('acme/payments', 'mia-berg', { title: `No ${count}` });
    }
    const rows = await octokit.paginate(octokit.rest.issues.listForRepo, {
      ...repo,
      state: 'all',
      per_page: 100,
    });

    expect(rows).toHaveLength(230);
    expect(github.requests).toHaveLength(3);
  });

  test('writes a comment that comes back as a delivery', async () => {
    github.openIssue('acme/payments', 'mia-berg', { title: 'Broken' });
    const made = await octokit.rest.issues.createComment({
      ...repo,
      issue_number: 1,
      body: 'hello',
    });
    await github.idle();

    expect(made.status).toBe(201);
    expect(made.data.user?.login).toBe('pm-agent');
    expect(receiver.received.map(({ headers }) => headers['x-github-event'])).toEqual([
      'issues',
      'issue_comment',
    ]);
  });

  test('reads the statuses and messages of errors', async () => {
    const wrong = new Octokit({ auth: 'other', baseUrl: github.url, log });

    await expect(wrong.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 401 });
    const gone = octokit.rest.issues.get({ ...repo, issue_number: 9 });
    await expect(gone).rejects.toMatchObject({ status: 404 });
    const empty = octokit.rest.repos.createWebhook({ ...repo, config: { url: 'nonsense' } });
    await expect(empty).rejects.toThrow(/Validation Failed.*"field":"url"/);
  });

  test('finds the pull request of a merge and the checks of a commit', async () => {
    github.openPullRequest('acme/payments', 'mia-berg', { title: 'Fix', branch: 'feature/a' });
    github.merge('acme/payments#1', 'tom-weber');

    const pull = await octokit.rest.pulls.get({ ...repo, pull_number: 1 });
    const checks = await octokit.rest.checks.listForRef({ ...repo, ref: 'feature/a' });

    expect(pull.data).toMatchObject({ merged: true, merged_by: { login: 'tom-weber' } });
    expect(checks.data.total_count).toBe(0);
  });
});

describe('limits', () => {
  test('every answer tells them, and "not modified" costs nothing', async () => {
    const first = await octokit.rest.repos.get(repo);
    const headers = { 'if-none-match': String(first.headers.etag) };
    const again = octokit.rest.repos.get({ ...repo, headers });

    await expect(again).rejects.toMatchObject({
      status: 304,
      response: { headers: { 'x-ratelimit-remaining': '4999' } },
    });
  });

  test('the primary limit ends with the hour', async () => {
    github.exhaustLimit();
    await expect(octokit.rest.repos.get(repo)).rejects.toMatchObject({
      status: 403,
      response: {
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 3_600) },
      },
    });
    now += 3_600_000;

    expect((await octokit.rest.repos.get(repo)).status).toBe(200);
  });

  test('the secondary limit on demand', async () => {
    github.hitSecondaryLimit(1, 30);

    await expect(octokit.rest.repos.get(repo)).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'retry-after': '30' } },
    });
  });
});

describe('hooks', () => {
  test('sign as the official verifier expects', async () => {
    github.openIssue('acme/payments', 'mia-berg', { title: 'Grüße 🚀' });
    await github.idle();

    const [{ headers, body } = { headers: {}, body: Buffer.from('') }] = receiver.received;
    const signature = String(headers['x-hub-signature-256']);
    expect(await verify('hook-secret', body.toString(), signature)).toBe(true);
    expect(await verify('other', body.toString(), signature)).toBe(false);
    expect(headers['user-agent']).toMatch(/^GitHub-Hookshot\//);
  });

  test('all that hear of an event send the same delivery id; each only what it asked for', async () => {
    await octokit.rest.repos.createWebhook({
      ...repo,
      events: ['issue_comment'],
      config: { url: `${receiver.url}/second`, content_type: 'json', secret: 'b' },
    });
    github.openIssue('acme/payments', 'mia-berg', { title: 'Broken' });
    github.addComment('acme/payments#1', 'mia-berg', 'hm');
    await github.idle();

    const ids = receiver.received.map(({ headers }) => headers['x-github-delivery']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(2);
  });

  test('a failed delivery is never sent again, and its list says that it failed', async () => {
    receiver.answerWith(500);
    github.openIssue('acme/payments', 'mia-berg', { title: 'Broken' });
    await github.idle();

    expect(github.deliveries.map(({ attempts }) => attempts)).toEqual([[500]]);
    const [hook] = (await octokit.rest.repos.listWebhooks(repo)).data;
    const { data } = await octokit.rest.repos.listWebhookDeliveries({ ...repo, hook_id: hook!.id });
    expect(data).toMatchObject([{ status_code: 500, event: 'issues', action: 'opened' }]);
    const full = await octokit.rest.repos.getWebhookDelivery({
      ...repo,
      hook_id: hook!.id,
      delivery_id: data[0]!.id,
    });
    expect(full.data.request.payload).toMatchObject({ action: 'opened' });
  });

  test('are made once for an address, and hide their secret', async () => {
    const config = { url: 'https://agent.example/h', content_type: 'json', secret: 'topsecret' };
    const { data } = await octokit.rest.repos.createWebhook({ ...repo, config });

    expect(JSON.stringify(data)).not.toContain('topsecret');
    const again = octokit.rest.repos.createWebhook({ ...repo, config });
    await expect(again).rejects.toMatchObject({ status: 422 });
  });

  test('go to this machine only', () => {
    expect(() => github.aimWebhook({ url: 'https://agent.example', secret: 's' })).toThrow(
      'this machine',
    );
  });
});

describe('a lagging index', () => {
  test('shows a change in lists late, and by itself at once', async () => {
    await github.close();
    github = await startGithubEmulator({
      token: 'token-1',
      now: () => new Date(now),
      indexLagMs: 120_000,
    });
    octokit = new Octokit({ auth: 'token-1', baseUrl: github.url, log });
    github.openIssue('acme/payments', 'mia-berg', { title: 'Broken' });
    const listed = async (): Promise<number> =>
      (await octokit.rest.issues.listForRepo({ ...repo, state: 'all' })).data.length;

    expect((await octokit.rest.issues.get({ ...repo, issue_number: 1 })).status).toBe(200);
    expect(await listed()).toBe(0);
    now += 120_000;
    expect(await listed()).toBe(1);
  });
});

test('somebody who may not be assigned or asked', async () => {
  github.openPullRequest('acme/payments', 'mia-berg', { title: 'Fix', branch: 'a' });
  const place = { ...repo, issue_number: 1 };
  const assigned = await octokit.rest.issues.addAssignees({ ...place, assignees: ['passer-by'] });
  const asked = octokit.rest.pulls.requestReviewers({
    ...repo,
    pull_number: 1,
    reviewers: ['passer-by'],
  });

  expect([assigned.status, assigned.data.assignees]).toEqual([201, []]);
  await expect(asked).rejects.toMatchObject({ status: 422 });
});
