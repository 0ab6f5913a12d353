import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PEOPLE } from '../../../emulators/bitbucket/bitbucket-seed.ts';
import type { BitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import { startBitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import type { WebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import { verifyProofs } from '../../inbox/verify.ts';
import type { BitbucketRegistration } from './registration.ts';
import { bitbucketRegistration, HOOK_EVENTS } from './registration.ts';
import { bitbucketWebhook } from './webhook.ts';

const call = { signal: new AbortController().signal };
let bitbucket: BitbucketEmulator;
let receiver: WebhookReceiver;

beforeEach(async () => {
  bitbucket = await startBitbucketEmulator({ email: 'agent@example.com', token: 'token-1' });
  receiver = await startWebhookReceiver();
});

afterEach(async () => {
  await bitbucket.close();
  await receiver[Symbol.asyncDispose]();
});

function registration(repos: readonly string[] = [], token: string | null = 'token-1') {
  return bitbucketRegistration({
    ...{ baseUrl: bitbucket.url, email: 'agent@example.com', token, workspace: 'acme', repos },
    ...{ webhookSecrets: [], mayWrite: true },
  });
}

function hooks(repos: readonly string[] = []): BitbucketRegistration {
  const made = registration(repos);
  if (made === null) throw new Error('no registration');
  return made;
}

const changes = (rows: readonly { where: string; change: string }[]) =>
  rows.map(({ where, change }) => `${where} ${change}`);

describe('registering', () => {
  test('one hook for the workspace when no repositories are named, one for each otherwise', async () => {
    const hook = { url: receiver.url, secret: 'one' };

    expect(changes(await hooks().register(hook, call))).toEqual(['acme created']);
    expect(changes(await hooks(['payments', 'web']).register(hook, call))).toEqual([
      'acme/payments created',
      'acme/web created',
    ]);
  });

  test('nothing is made twice, and what differs is set right', async () => {
    const hook = { url: receiver.url, secret: 'one' };
    await hooks().register(hook, call);

    expect(changes(await hooks().register(hook, call))).toEqual(['acme unchanged']);
    const fewer = await hooks().register({ ...hook, events: ['repo:push'] }, call);
    expect(fewer).toMatchObject([{ change: 'updated', events: ['repo:push'] }]);
    bitbucket.state.hooks[0]!.active = false;
    const again = await hooks().register(hook, call);
    expect(again).toMatchObject([{ change: 'updated', active: true, events: HOOK_EVENTS }]);
    expect(bitbucket.state.hooks).toHaveLength(1);
    expect(bitbucket.state.hooks[0]?.secret).toBe('one');
  });

  test('a lost answer does not make a second hook', async () => {
    const hook = { url: receiver.url, secret: 'one' };
    bitbucket.faults.push({ kind: 'hang-up-after', match: { method: 'POST' } });

    await expect(hooks().register(hook, call)).rejects.toMatchObject({ kind: 'broken-line' });
    expect(changes(await hooks().register(hook, call))).toEqual(['acme unchanged']);
  });

  test('hooks of others stay as they are', async () => {
    await hooks().register({ url: 'http://127.0.0.1:9/other', secret: 'theirs' }, call);
    await hooks().register({ url: receiver.url, secret: 'one' }, call);
    await hooks().rotate({ url: receiver.url, secret: 'two' }, call);
    const removed = await hooks().remove({ url: receiver.url }, call);

    expect(removed).toMatchObject([{ change: 'removed', url: receiver.url, active: false }]);
    expect(await hooks().list(call)).toMatchObject([{ url: 'http://127.0.0.1:9/other' }]);
    expect(bitbucket.state.hooks[0]?.secret).toBe('theirs');
    expect(await hooks().remove({ url: receiver.url }, call)).toEqual([]);
  });

  test('a hook behind the first page is seen', async () => {
    for (let nth = 0; nth < 105; nth += 1) {
      bitbucket.state.hooks.push({
        ...{ uuid: `{h-${nth}}`, where: 'acme', url: `http://127.0.0.1:9/${nth}`, description: '' },
        ...{ active: true, events: ['repo:push'], secret: null, created: '' },
      });
    }

    const rows = await hooks().register(
      { url: 'http://127.0.0.1:9/104', secret: 'x', events: ['repo:push'] },
      call,
    );

    expect(changes(rows)).toEqual(['acme unchanged']);
  });
});

test('registered hooks deliver, signed with their secret, and with the new one after a change', async () => {
  await hooks(['payments']).register({ url: receiver.url, secret: 'one' }, call);
  bitbucket.push('payments', { branch: 'b', author: PEOPLE.mia.uuid });
  await bitbucket.idle();
  await hooks(['payments']).rotate({ url: receiver.url, secret: 'two' }, call);
  bitbucket.push('payments', { branch: 'b', author: PEOPLE.mia.uuid });
  bitbucket.push('web', { branch: 'b', author: PEOPLE.mia.uuid });
  await bitbucket.idle();

  const proven = receiver.received.map(({ headers, body }) =>
    ['one', 'two'].filter((secret) => {
      const signature = [String(headers['x-hub-signature'])];
      const request = { headers: { 'x-hub-signature': signature }, body };
      return verifyProofs(bitbucketWebhook([secret]).proofs, request, 0).ok;
    }),
  );
  expect(proven).toEqual([['one'], ['two']]);
});

test('a secret that cannot be one, a workspace that is no slug and missing credentials are told', async () => {
  for (const secret of ['', 'x'.repeat(129)]) {
    await expect(hooks().register({ url: receiver.url, secret }, call)).rejects.toMatchObject({
      kind: 'invalid-input',
    });
  }
  expect(() => registration(['../../user'])).toThrow('slug');
  expect(registration([], null)).toBeNull();
  expect(bitbucket.writes).toBe(0);
});
