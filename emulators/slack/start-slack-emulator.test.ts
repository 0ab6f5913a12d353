import { createHmac } from 'node:crypto';
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookReceiver } from '../http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';
import { BOT, CHANNELS, PEOPLE } from './slack-seed.ts';
import type { SlackEmulator, SlackEmulatorOptions } from './start-slack-emulator.ts';
import { startSlackEmulator } from './start-slack-emulator.ts';

const { payments, web, random, leads } = CHANNELS;
const { mia, ines, tom } = PEOPLE;
const AT = Date.parse('2026-03-02T09:00:00Z');

let slack: SlackEmulator;
let client: WebClient;
let receiver: WebhookReceiver;
let now: number;

async function begin(more: Partial<SlackEmulatorOptions> = {}): Promise<void> {
  slack = await startSlackEmulator({
    botToken: 'xoxb-1',
    appToken: 'xapp-1',
    userToken: 'xoxp-1',
    now: () => new Date(now),
    webhook: { url: receiver.url, secret: 'signing-secret', retryDelayMs: 1 },
    ...more,
  });
  client = new WebClient('xoxb-1', {
    slackApiUrl: slack.url,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
}

beforeEach(async () => {
  now = AT;
  receiver = await startWebhookReceiver();
  await begin();
});

afterEach(async () => {
  await slack.close();
  await receiver[Symbol.asyncDispose]();
});

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  return error instanceof Error && 'data' in error ? error.data : error;
}

const bodies = () =>
  receiver.received.map(
    ({ body }) => JSON.parse(body.toString()) as { event: object; event_id: string },
  );

describe("the Web API, as Slack's own client sees it", () => {
  test('pages are followed by the client to the end, also short and empty ones', async () => {
    for (let count = 0; count < 7; count += 1) slack.postMessage(mia, payments, `message ${count}`);
    slack.limits.pageSize = 3;

    const texts: (string | undefined)[] = [];
    for await (const page of client.paginate('conversations.history', { channel: payments })) {
      const { messages = [] } = page as { messages?: { text?: string }[] };
      texts.push(...messages.map(({ text }) => text));
    }

    expect(texts).toEqual([6, 5, 4, 3, 2, 1, 0].map((count) => `message ${count}`));
  });

  test('history never shows replies, and a thread begins each page with its parent', async () => {
    const parent = slack.postMessage(mia, payments, 'question');
    const replies = ['one', 'two', 'three'].map((text) => slack.reply(ines, parent, text));
    slack.limits.pageSize = 2;

    const { messages: [top] = [] } = await client.conversations.history({ channel: payments });
    expect(top).toMatchObject({ reply_count: 3, latest_reply: replies.at(-1)?.ts });
    const first = await client.conversations.replies({ channel: payments, ts: parent.ts });
    const cursor = first.response_metadata?.next_cursor ?? '';
    const second = await client.conversations.replies({ channel: payments, ts: parent.ts, cursor });
    const texts = [first, second].map(({ messages = [] }) => messages.map(({ text }) => text));
    expect(texts).toEqual([
      ['question', 'one', 'two'],
      ['question', 'three'],
    ]);
  });

  test('a message is posted, changed, deleted and reacted to, and events tell of it', async () => {
    const made = await client.chat.postMessage({
      channel: payments,
      text: 'Hello',
      metadata: { event_type: 'pm_agent', event_payload: { action: 'a1' } },
    });
    const ts = made.ts ?? '';
    now += 60_000;
    await client.chat.update({ channel: payments, ts, text: 'Hello again' });
    await client.reactions.add({ channel: payments, timestamp: ts, name: 'eyes' });
    const plain = await client.conversations.history({ channel: payments });
    const marked = await client.conversations.history({
      channel: payments,
      include_all_metadata: true,
    });
    await client.chat.delete({ channel: payments, ts });
    await slack.idle();

    expect(plain.messages?.[0]).toMatchObject({ text: 'Hello again', bot_id: BOT.id });
    expect(plain.messages?.[0]).not.toHaveProperty('metadata');
    expect(marked.messages?.[0]).toMatchObject({ metadata: { event_payload: { action: 'a1' } } });
    expect((await client.conversations.history({ channel: payments })).messages).toEqual([]);
    expect(bodies().map(({ event }) => event)).toMatchObject([
      { type: 'message', bot_id: BOT.id, text: 'Hello', channel_type: 'channel' },
      { subtype: 'message_changed', previous_message: { text: 'Hello' } },
      { type: 'reaction_added', reaction: 'eyes' },
      { subtype: 'message_deleted', deleted_ts: ts },
    ]);
    expect(slack.writes).toBe(4);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      'a wrong token',
      () =>
        new WebClient('xoxb-2', {
          slackApiUrl: slack.url,
          retryConfig: { retries: 0 },
        }).auth.test(),
      'invalid_auth',
    ],
    [
      'a channel the bot is not in',
      () => client.conversations.history({ channel: random }),
      'not_in_channel',
    ],
    [
      'no such channel',
      () => client.conversations.history({ channel: 'C0NOWHERE' }),
      'channel_not_found',
    ],
    [
      'no such thread',
      () => client.conversations.replies({ channel: web, ts: '1.000001' }),
      'thread_not_found',
    ],
    ['no such user', () => client.users.info({ user: 'U0NOBODY' }), 'user_not_found'],
    [
      'no such address',
      () => client.users.lookupByEmail({ email: 'x@acme.example' }),
      'users_not_found',
    ],
    ['no words', () => client.chat.postMessage({ channel: web, text: '' }), 'no_text'],
    [
      'too many words',
      () => client.chat.postMessage({ channel: web, text: 'x'.repeat(40_001) }),
      'msg_too_long',
    ],
    [
      'blocks that are none',
      () => client.chat.postMessage({ channel: web, text: 'x', blocks: [{ type: 'section' }] }),
      'invalid_blocks',
    ],
    [
      'a message of somebody else',
      () =>
        client.chat.update({ channel: web, ts: slack.postMessage(mia, web, 'x').ts, text: 'y' }),
      'cant_update_message',
    ],
    [
      'a page that is not known',
      () => client.conversations.history({ channel: web, cursor: 'odd' }),
      'invalid_cursor',
    ],
    [
      'searching with a bot token',
      () => client.search.messages({ query: 'x' }),
      'not_allowed_token_type',
    ],
    ['no such method', () => client.apiCall('no.such'), 'unknown_method'],
  ])('%s is an error at 200', async (_name, work, error) => {
    expect(await errorOf(work())).toMatchObject({ ok: false, error });
    expect(slack.requests.at(-1)?.status).toBe(200);
  });

  test('a missing scope is named', async () => {
    await slack.close();
    await begin({ scopes: ['channels:read', 'im:read'] });

    expect(await errorOf(client.conversations.history({ channel: payments }))).toMatchObject({
      error: 'missing_scope',
      needed: 'channels:history',
      provided: 'channels:read,im:read',
    });
    const list = client.conversations.list({ types: 'public_channel,private_channel' });
    expect(await errorOf(list)).toMatchObject({ needed: 'groups:read' });
  });

  test('too many calls are answered with 429 until the minute is over', async () => {
    slack.limits.perMinute = 2;
    await client.auth.test();
    now += 20_000;
    await client.auth.test();

    expect(await errorOf(client.auth.test())).toMatchObject({ retryAfter: 40 });
    now += 40_001;
    expect((await client.auth.test()).ok).toBe(true);
  });

  test('what was written is seen in histories after the delay only', async () => {
    await slack.close();
    await begin({ indexLagMs: 120_000 });
    const parent = slack.postMessage(mia, payments, 'late');
    slack.reply(ines, parent, 'later');
    const seen = async () => (await client.conversations.history({ channel: payments })).messages;

    expect(await seen()).toEqual([]);
    now += 120_000;
    expect(await seen()).toMatchObject([{ text: 'late', reply_count: 1 }]);
    slack.editMessage(mia, parent, 'edited');
    expect(await seen()).toMatchObject([{ text: 'late' }]);
  });

  test('direct conversations, private channels and searching keep to who is in them', async () => {
    const { channel } = await client.conversations.open({ users: mia });
    const again = await client.conversations.open({ users: mia });
    expect(again.channel?.id).toBe(channel?.id);

    const user = new WebClient('xoxp-1', { slackApiUrl: slack.url });
    slack.postMessage(tom, leads, 'rounding');
    slack.dm(mia, 'rounding, between us');
    const found = await user.search.messages({ query: 'rounding' });
    expect(found.messages?.matches).toHaveLength(1);
  });

  test('joining an open channel works once', async () => {
    await client.conversations.join({ channel: random });
    expect(await client.conversations.join({ channel: random })).toMatchObject({
      warning: 'already_in_channel',
    });
  });
});

describe('what Slack sends', () => {
  test('events are signed over time and body', async () => {
    slack.postMessage(mia, payments, 'Hello');
    await slack.idle();

    const [{ headers, body } = { headers: {}, body: Buffer.from('') }] = receiver.received;
    const time = headers['x-slack-request-timestamp'];
    expect(time).toBe(String(AT / 1000));
    const hmac = createHmac('sha256', 'signing-secret')
      .update(`v0:${String(time)}:`)
      .update(body);
    expect(headers['x-slack-signature']).toBe(`v0=${hmac.digest('hex')}`);
    expect(headers['content-type']).toBe('application/json');
  });

  test('an event is tried four times in all, and says which retry it is', async () => {
    receiver.answerWith(500, null, 503, 200);
    slack.postMessage(mia, payments, 'Hello');
    await slack.idle();

    const retries = receiver.received.map(({ headers }) => headers['x-slack-retry-num']);
    expect(retries).toEqual([undefined, '1', '2', '3']);
    expect(new Set(bodies().map((body) => body.event_id)).size).toBe(1);
    expect(slack.deliveries).toHaveLength(1);
  });

  test('a press is a form that is sent once', async () => {
    const elements = [{ type: 'button', action_id: 'approve', value: 'action-7' }];
    const message = slack.postBlocks(mia, payments, [{ type: 'actions', elements }]);
    await slack.idle();
    receiver.answerWith(500);
    slack.pressButton(ines, message, 'approve');
    await slack.idle();

    const presses = receiver.received.filter(({ body }) => body.toString().startsWith('payload='));
    expect(presses).toHaveLength(1);
    const form = new URLSearchParams(presses[0]?.body.toString());
    expect(JSON.parse(form.get('payload') ?? '')).toMatchObject({
      type: 'block_actions',
      user: { id: ines },
      actions: [{ action_id: 'approve', value: 'action-7' }],
    });
    expect(() => slack.pressButton(ines, message, 'other')).toThrow('no button other');
  });

  test('a form is opened by the trigger of a press, within three seconds and once', async () => {
    const elements = [{ type: 'button', action_id: 'decline', value: 'action-7' }];
    const message = slack.postBlocks(mia, payments, [{ type: 'actions', elements }]);
    const press = () => {
      slack.pressButton(ines, message, 'decline');
      return [...slack.state.triggers.keys()].at(-1) ?? '';
    };
    const input = { type: 'plain_text_input' as const, action_id: 'reason' };
    const plain = (text: string) => ({ type: 'plain_text' as const, text });
    const blocks = [
      { type: 'input' as const, block_id: 'b1', label: plain('Reason'), element: input },
    ];
    const view = { type: 'modal' as const, callback_id: 'why', title: plain('Why'), blocks };

    await expect(client.views.open({ trigger_id: '1.1.a', view })).rejects.toMatchObject({
      data: { error: 'invalid_trigger_id' },
    });
    const late = press();
    now += 3_001;
    await expect(client.views.open({ trigger_id: late, view })).rejects.toMatchObject({
      data: { error: 'expired_trigger_id' },
    });
    const trigger_id = press();
    now += 3_000;
    expect((await client.views.open({ trigger_id, view })).view?.id).toMatch(/^V/);
    await expect(client.views.open({ trigger_id, view })).rejects.toMatchObject({
      data: { error: 'exchanged_trigger_id' },
    });

    expect(() => slack.submitForm(ines, {})).toThrow('reason has to be filled');
    expect(() => slack.submitForm(ines, { reason: 'x', other: 'x' })).toThrow('no field other');
    slack.submitForm(ines, { reason: 'too risky' });
    await slack.idle();
    const form = new URLSearchParams(receiver.received.at(-1)?.body.toString());
    expect(JSON.parse(form.get('payload') ?? '')).toMatchObject({
      type: 'view_submission',
      user: { id: ines },
      view: {
        callback_id: 'why',
        state: { values: { b1: { reason: { type: 'plain_text_input', value: 'too risky' } } } },
      },
    });
    expect(() => slack.submitForm(ines, {})).toThrow('no form open');
  });

  test('a mention is told twice to an app that wants both, but not in a direct conversation', async () => {
    await slack.close();
    await begin({ mentions: true });
    slack.postMessage(mia, payments, `<@${BOT.user}> hello`);
    slack.dm(mia, `<@${BOT.user}> hello`);
    await slack.idle();

    const types = bodies().map(({ event }) => Reflect.get(event, 'type') as string);
    expect(types).toEqual(['message', 'app_mention', 'message']);
  });

  test('nothing is told of channels that the bot is not in', async () => {
    slack.postMessage(mia, random, 'Hello');
    await slack.idle();

    expect(slack.deliveries).toEqual([]);
  });

  test('an address is asked whether it is ours', async () => {
    const answer = await slack.verifyUrl({ url: receiver.url, secret: 'signing-secret' });

    expect(answer.status).toBe(200);
    expect(bodies()).toMatchObject([{ type: 'url_verification', challenge: 'word-1' }]);
  });
});

describe("Socket Mode, as Slack's own client sees it", () => {
  test('a line says hello, brings events and takes what is acknowledged', async () => {
    slack.useSocketMode(true);
    const line = new SocketModeClient({
      appToken: 'xapp-1',
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: slack.url },
    });
    const got = new Promise<string>((resolve) => {
      line.on(
        'message',
        ({ event, ack }: { event: { text: string }; ack: () => Promise<void> }) => {
          void ack().then(() => resolve(event.text));
        },
      );
    });
    await line.start();
    slack.postMessage(mia, payments, 'over the line');

    expect(await got).toBe('over the line');
    await slack.socket.idle();
    expect(slack.socket.envelopes).toMatchObject([{ type: 'events_api', sent: 1, acked: true }]);
    expect(slack.deliveries).toEqual([]);
    await line.disconnect();
  });

  test('an address works once, and only with the token of the app', async () => {
    const app = new WebClient('xapp-1', { slackApiUrl: slack.url });
    const { url = '' } = await app.apps.connections.open({});
    const opened = (): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.addEventListener('message', ({ data }) => resolve(String(data)));
        socket.addEventListener('close', ({ code }) => resolve(String(code)));
      });

    expect(await opened()).toContain('"hello"');
    expect(await opened()).toBe('4001');
    expect(await errorOf(client.apps.connections.open({}))).toMatchObject({
      error: 'not_allowed_token_type',
    });
  });
});
