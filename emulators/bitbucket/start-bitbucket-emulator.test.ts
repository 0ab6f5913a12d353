import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookReceiver } from '../http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';
import { AGENT, PEOPLE } from './bitbucket-seed.ts';
import { signBitbucket } from './hook-sender.ts';
import type { BitbucketEmulator } from './start-bitbucket-emulator.ts';
import { startBitbucketEmulator } from './start-bitbucket-emulator.ts';

const { mia, ines } = PEOPLE;
const on = (by: string, id = 1) => ({ repo: 'payments', id, by });
const basic = `Basic ${Buffer.from('agent@example.com:token').toString('base64')}`;

let bitbucket: BitbucketEmulator;
let receiver: WebhookReceiver;
let now: number;

beforeEach(async () => {
  now = Date.parse('2026-03-02T09:00:00.000Z');
  receiver = await startWebhookReceiver();
  bitbucket = await start({});
});

afterEach(async () => {
  await bitbucket.close();
  await receiver[Symbol.asyncDispose]();
});

function start(more: object) {
  return startBitbucketEmulator({
    email: 'agent@example.com',
    token: 'token',
    now: () => new Date(now),
    webhook: { url: receiver.url, secret: 's', retryDelayMs: 1 },
    ...more,
  });
}

async function ask(path: string, init: { method?: string; body?: unknown; auth?: string } = {}) {
  const response = await fetch(bitbucket.url + path, {
    method: init.method ?? 'GET',
    headers: { authorization: init.auth ?? basic },
    redirect: 'manual',
    body: init.body === undefined ? null : JSON.stringify(init.body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  const body: unknown = isJson ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body };
}

const open = (title = 'Fix', branch = 'fix') =>
  bitbucket.createPullRequest('payments', mia.uuid, { title, branch });
const list = '/repositories/acme/payments/pullrequests';

describe('webhooks', () => {
  test('a delivery bears the headers of Bitbucket and a signature over its bytes; the body names no event', async () => {
    open();
    await bitbucket.idle();

    const [{ headers, body }] = receiver.received as [(typeof receiver.received)[number]];
    expect(headers).toMatchObject({
      'x-event-key': 'pullrequest:created',
      'x-attempt-number': '1',
      'user-agent': 'Bitbucket-Webhooks/2.0',
      'x-hub-signature': signBitbucket(body, 's'),
      'x-request-uuid': bitbucket.deliveries[0]?.id,
    });
    expect(body.toString()).not.toContain('pullrequest:created');
  });

  test('there are two more attempts after no answer or 5xx, and none after 4xx', async () => {
    receiver.answerWith(null, 500, 503, 404);
    open('One', 'one');
    await bitbucket.idle();
    open('Two', 'two');
    await bitbucket.idle();

    expect(bitbucket.deliveries.map(({ attempts, outcome }) => [attempts, outcome])).toEqual([
      [[null, 500, 503], 'given-up'],
      [[404], 'rejected'],
    ]);
    expect(receiver.received.map(({ headers }) => headers['x-attempt-number'])).toEqual([
      '1',
      '2',
      '3',
      '1',
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers['x-request-uuid'])).size).toBe(2);
  });

  test('a body over 256 KB is never sent', async () => {
    bitbucket.createPullRequest('payments', mia.uuid, {
      title: 'Long',
      branch: 'long',
      description: 'x'.repeat(256 * 1024),
    });
    await bitbucket.idle();

    expect(receiver.received).toHaveLength(0);
    expect(bitbucket.deliveries).toMatchObject([{ outcome: 'dropped', reason: 'too large' }]);
  });

  test('every act of people is announced under its name', async () => {
    open();
    const comment = bitbucket.addComment(on(ines.uuid), 'a');
    bitbucket.editComment(on(ines.uuid), comment.id, 'b');
    bitbucket.resolveComment(on(mia.uuid), comment.id);
    bitbucket.reopenComment(on(mia.uuid), comment.id);
    bitbucket.deleteComment(on(ines.uuid), comment.id);
    bitbucket.updatePullRequest(on(mia.uuid), { reviewers: [ines.uuid] });
    bitbucket.approve(on(ines.uuid));
    bitbucket.unapprove(on(ines.uuid));
    bitbucket.requestChanges(on(ines.uuid));
    bitbucket.withdrawRequest(on(ines.uuid));
    bitbucket.push('payments', { branch: 'fix', author: mia.uuid });
    bitbucket.setBuild('payments', { branch: 'fix', key: 'ci', state: 'INPROGRESS' });
    bitbucket.setBuild('payments', { branch: 'fix', key: 'ci', state: 'FAILED' });
    bitbucket.merge(on(mia.uuid));
    bitbucket.deleteBranch('payments', { branch: 'fix', author: mia.uuid });
    open('Other', 'other');
    bitbucket.decline(on(ines.uuid, 2), 'no');
    await bitbucket.idle();

    expect(bitbucket.deliveries.map(({ event }) => event)).toEqual([
      'pullrequest:created',
      'pullrequest:comment_created',
      'pullrequest:comment_updated',
      'pullrequest:comment_resolved',
      'pullrequest:comment_reopened',
      'pullrequest:comment_deleted',
      'pullrequest:updated',
      'pullrequest:approved',
      'pullrequest:unapproved',
      'pullrequest:changes_request_created',
      'pullrequest:changes_request_removed',
      'repo:push',
      'pullrequest:updated',
      'repo:commit_status_created',
      'repo:commit_status_updated',
      'pullrequest:fulfilled',
      'repo:push',
      'pullrequest:created',
      'pullrequest:rejected',
    ]);
    expect(receiver.received).toHaveLength(19);
  });

  test('what the agent does comes back as a webhook', async () => {
    open();
    await ask(`${list}/1/comments`, { method: 'POST', body: { content: { raw: 'Hi' } } });
    await bitbucket.idle();

    const last = JSON.parse(receiver.received.at(-1)?.body.toString() ?? '') as object;
    expect(last).toMatchObject({
      actor: { uuid: AGENT.uuid },
      comment: { content: { raw: 'Hi' } },
    });
    expect(bitbucket.writes).toBe(1);
  });

  test('deliveries can be lost', async () => {
    bitbucket.pushWebhookFault({ kind: 'drop' });
    open();
    await bitbucket.idle();

    expect(receiver.received).toHaveLength(0);
  });
});

describe('lists', () => {
  test('merged ones are left out unless their state is named', async () => {
    open();
    bitbucket.merge(on(mia.uuid));

    expect((await ask(list)).body).toMatchObject({ values: [] });
    expect((await ask(`${list}?state=OPEN&state=MERGED`)).body).toMatchObject({ size: 1 });
  });

  test('they leave people out unless they are asked for', async () => {
    open();
    const values = async (query: string) =>
      ((await ask(list + query)).body as { values: object[] }).values[0];

    expect(await values('')).not.toHaveProperty('reviewers');
    expect(await values('?fields=%2Bvalues.reviewers,%2Bvalues.participants')).toMatchObject({
      reviewers: [],
      participants: [],
    });
  });

  test('pages name the next one until there is none', async () => {
    for (const nth of [1, 2, 3]) open(`PR ${nth}`, `b${nth}`);
    const titles: string[] = [];
    let next: string | undefined = `${list}?pagelen=2&sort=created_on`;
    while (next !== undefined) {
      const { body } = await ask(next);
      const page = body as { values: { title: string }[]; next?: string };
      titles.push(...page.values.map(({ title }) => title));
      next = page.next?.slice(bitbucket.url.length);
    }

    expect(titles).toEqual(['PR 1', 'PR 2', 'PR 3']);
  });

  test('they are filtered by time to the microsecond', async () => {
    const { updated } = open();
    const size = async (q: string) => {
      const { body } = await ask(`${list}?q=${encodeURIComponent(q)}`);
      return (body as { size: number }).size;
    };

    expect(await size(`updated_on >= ${updated}`)).toBe(1);
    expect(await size(`updated_on > ${updated}`)).toBe(0);
    expect(await size('updated_on > 2026-03-01T00:00:00+00:00 AND source.branch.name="fix"')).toBe(
      1,
    );
    expect((await ask(`${list}?q=title~"x"`)).status).toBe(400);
    expect((await ask(`${list}?pagelen=51`)).status).toBe(400);
  });

  test('they may lag while single objects do not', async () => {
    await bitbucket.close();
    bitbucket = await start({ indexLagMs: 120_000 });
    open();
    now += 60_000;
    const before = await ask(list);
    const single = await ask(`${list}/1`);
    now += 60_000;

    expect(before.body).toMatchObject({ size: 0 });
    expect(single.status).toBe(200);
    expect((await ask(list)).body).toMatchObject({ size: 1 });
    bitbucket.addComment(on(ines.uuid), 'a');
    expect((await ask(`${list}/1/comments`)).body).toMatchObject({ size: 0 });
    now += 120_000;
    expect((await ask(`${list}/1/comments`)).body).toMatchObject({ size: 1 });
  });
});

describe('refusals', () => {
  test('a wrong token, or the right one sent the wrong way', async () => {
    for (const auth of ['Bearer token', 'Basic x', '']) {
      expect(await ask('/user', { auth })).toMatchObject({ status: 401, body: { type: 'error' } });
    }
    await bitbucket.close();
    bitbucket = await start({ email: null });
    expect((await ask('/user')).status).toBe(401);
    expect((await ask('/user', { auth: 'Bearer token' })).status).toBe(200);
  });

  test.each(['/workspaces', '/repositories', '/user/permissions/workspaces', '/pullrequests/x'])(
    '%s was taken away',
    async (path) => {
      expect(await ask(path)).toMatchObject({
        status: 410,
        body: { error: { message: 'CHANGE-2770 - Functionality has been deprecated' } },
      });
    },
  );

  test('outside of the API an error is bare text', async () => {
    const response = await fetch(new URL('/status', bitbucket.url), {
      headers: { authorization: basic },
    });

    expect([response.status, await response.text()]).toEqual([404, 'Not found']);
  });

  test('a token without the scope, and one call too many', async () => {
    await bitbucket.close();
    bitbucket = await start({ scopes: ['account'], limits: { requestsPerHour: 3 } });
    open();

    expect((await ask('/user')).headers.get('x-oauth-scopes')).toBe('account');
    expect((await ask(list)).status).toBe(403);
    expect((await ask('/user')).status).toBe(200);
    expect((await ask('/user')).status).toBe(429);
    now += 3_600_000;
    expect((await ask('/user')).status).toBe(200);
  });

  test('changes that are not allowed', async () => {
    open();
    const put = (body: object) => ask(`${list}/1`, { method: 'PUT', body });

    expect((await put({ reviewers: [] })).status).toBe(400);
    expect((await put({ title: 'x', reviewers: [{ uuid: mia.uuid }] })).status).toBe(400);
    expect((await put({ title: 'x', reviewers: [{ uuid: '{nobody}' }] })).status).toBe(400);
    bitbucket.merge(on(mia.uuid));
    expect((await put({ title: 'x' })).status).toBe(400);
    expect((await ask(`${list}/1/merge`, { method: 'POST', body: {} })).status).toBe(409);
    expect((await ask(`${list}/9`)).status).toBe(404);
    expect(bitbucket.writes).toBe(0);
  });

  test('a hook to another machine is refused, and secrets are never shown', async () => {
    const hook = { url: 'http://127.0.0.1:9/', secret: 'hidden', events: ['repo:push'] };
    const hooks = '/workspaces/acme/hooks';

    expect(
      (await ask(hooks, { method: 'POST', body: { ...hook, url: 'https://x.example/' } })).status,
    ).toBe(400);
    const made = await ask(hooks, { method: 'POST', body: hook });
    expect(made).toMatchObject({ status: 201, body: { secret_set: true } });
    expect(JSON.stringify((await ask(hooks)).body)).not.toContain('hidden');
  });
});
