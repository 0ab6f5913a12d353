import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BOT, CHANNELS, PEOPLE } from '../../../emulators/slack/slack-seed.ts';
import type {
  SlackEmulator,
  SlackEmulatorOptions,
} from '../../../emulators/slack/start-slack-emulator.ts';
import { startSlackEmulator } from '../../../emulators/slack/start-slack-emulator.ts';
import type {
  Connector,
  ReadOperation,
  WriteCall,
  WriteOperation,
} from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { startWebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import { slackConnector } from './index.ts';
import { slackManifest } from './manifest.ts';
import { normaliseSlack } from './normalise.ts';
import { botScopes } from './scopes.ts';
import type { SlackSettings } from './settings.ts';

let slack: SlackEmulator;
let settings: SlackSettings;

async function begin(more: Partial<SlackEmulatorOptions> = {}): Promise<void> {
  slack = await startSlackEmulator({ botToken: 'xoxb-1', userToken: 'xoxp-1', ...more });
  settings = {
    baseUrl: slack.url,
    botToken: 'xoxb-1',
    appToken: null,
    userToken: null,
    signingSecrets: ['signing-secret'],
    channels: [],
    pollSeconds: 15,
    mayWrite: true,
  };
}

beforeEach(() => begin());
afterEach(() => slack.close());

const signal = new AbortController().signal;
const call: WriteCall = { signal, marker: 'action-1' };
const { payments, web, random, leads } = CHANNELS;
const { mia, ines, tom } = PEOPLE;

function named(connector: Connector, name: string): ReadOperation | WriteOperation {
  const operation = connector.operations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`no ${name}`);
  return operation;
}

async function read(name: string, input: unknown, more: Partial<SlackSettings> = {}) {
  const operation = named(slackConnector({ ...settings, ...more }), name);
  if (operation.effect !== 'read') throw new Error(`${name} is no read`);
  const output: unknown = await operation.run(operation.input.parse(input), call);
  return operation.output.parse(output);
}

function writing(name: string, more: Partial<SlackSettings> = {}) {
  const operation = named(slackConnector({ ...settings, ...more }), name);
  if (operation.effect === 'read' || operation.write === undefined) throw new Error(name);
  const { write, input } = operation;
  return {
    run: (given: unknown) => write.run(input.parse(given), call),
    find: (given: unknown) => write.find?.(input.parse(given), call),
    hasFind: write.find !== undefined,
  };
}

async function failureOf(work: Promise<unknown> | undefined): Promise<Failure> {
  const error: unknown = await Promise.resolve(work).catch((reason: unknown) => reason);
  if (error instanceof Failure) return error;
  throw new Error('no failure');
}

const methods = (): string[] => slack.requests.map(({ path }) => path.replace('/api/', ''));

describe('what the settings allow', () => {
  test('without a token nothing is read, and the ways in stand for themselves', () => {
    const connector = slackConnector({ ...settings, botToken: null, appToken: 'xapp-1' });

    expect(connector.poll).toBeUndefined();
    expect(connector.socket).toBeDefined();
    expect(connector.abilities.map(({ name, on }) => [name, on])).toEqual([
      ['webhook', true],
      ['socket', true],
      ['poll', false],
      ['read', false],
      ['write', false],
    ]);
  });

  test('searching is declared only with the token of a user', () => {
    const names = (more: Partial<SlackSettings>): string[] =>
      slackConnector({ ...settings, ...more }).operations.map(({ name }) => name);

    expect(names({})).not.toContain('slack.search-messages');
    expect(names({ userToken: 'xoxp-1' })).toContain('slack.search-messages');
  });

  test('check says who we are, by both ids, and which scopes are missing', async () => {
    await slack.close();
    await begin({ scopes: ['channels:read', 'chat:write'] });

    const identity = await slackConnector(settings).check?.({ signal });

    expect(identity).toMatchObject({ accountId: BOT.user, aliases: [BOT.id], name: 'pm-agent' });
    const held = identity?.grants?.filter((one) => one.held === true).map(({ name }) => name);
    expect(held).toEqual(['channels:read', 'chat:write']);
    const missing = identity?.grants?.find(({ name }) => name === 'im:history');
    expect(missing?.held).toBe(false);
    expect(missing?.note).toContain('im:history');
  });

  test('a wrong token and a missing scope are told apart, and the scope is named', async () => {
    const wrong = slackConnector({ ...settings, botToken: 'xoxb-2' });
    expect((await failureOf(wrong.check?.({ signal }))).kind).toBe('unauthorized');

    await slack.close();
    await begin({ scopes: ['channels:read'] });
    const failure = await failureOf(read('slack.get-history', { channel: payments }));
    expect(failure.kind).toBe('forbidden');
    expect(failure.fix).toContain('channels:history');
  });
});

describe('reading', () => {
  test('a thread is read with its latest replies, over short pages', async () => {
    const parent = slack.postMessage(mia, payments, 'Is ECD-1 &amp; ECD-2 done?');
    for (const word of ['one', 'two', 'three']) slack.reply(ines, parent, word);
    slack.limits.pageSize = 2;

    const thread = { channel: payments, thread: parent.ts, limit: 3 };
    expect(await read('slack.get-thread', thread)).toMatchObject({
      messages: [
        { text: 'Is ECD-1 & ECD-2 done?', author: mia, replies: 3 },
        { text: 'two', thread: parent.ts },
        { text: 'three' },
      ],
    });
  });

  test('history, people, presence and channels are read', async () => {
    slack.postMessage(mia, payments, 'first');
    slack.postMessage(ines, payments, 'second');

    expect(await read('slack.get-history', { channel: payments, limit: 1 })).toMatchObject({
      messages: [{ text: 'second', author: ines, bot: false }],
    });
    expect(await read('slack.get-user', { user: ines })).toEqual({
      id: ines,
      name: 'Ines Okafor',
      title: 'Engineer',
      email: 'ines.okafor@acme.example',
      zone: 'Africa/Lagos',
      bot: false,
      deactivated: false,
    });
    expect(await read('slack.get-presence', { user: ines })).toEqual({
      presence: 'active',
      zone: 'Africa/Lagos',
    });
    const { channels } = (await read('slack.list-channels', { joined: true })) as {
      channels: { id: string }[];
    };
    expect(channels.map(({ id }) => id)).toEqual([payments, web, leads]);
  });

  test('a channel outside of the watched ones is denied, by its id before anything is sent', async () => {
    const watched = { channels: [payments] };
    for (const name of ['slack.get-history', 'slack.get-thread']) {
      const input = { channel: web, thread: '1700000000.000001' };
      expect((await failureOf(read(name, input, watched))).kind).toBe('denied');
    }
    const post = writing('slack.post-message', watched).run({ channel: web, text: 'x' });
    expect((await failureOf(post)).kind).toBe('denied');
    expect(slack.requests).toEqual([]);
  });

  test('watched channels may be named; a name is looked up once', async () => {
    slack.postMessage(mia, payments, 'first');
    const connector = slackConnector({ ...settings, channels: ['#payments', 'random'] });
    const operation = named(connector, 'slack.get-history');
    if (operation.effect !== 'read') throw new Error('no read');
    const get = (channel: string) => operation.run(operation.input.parse({ channel }), call);

    await get(payments);
    await get(payments);
    expect((await failureOf(get(web))).kind).toBe('denied');
    // Named, but the bot is not in it.
    expect((await failureOf(get(random))).fix).toBe('Invite the app to the channel.');

    expect(methods().filter((one) => one === 'users.conversations')).toHaveLength(1);
    expect(connector.triage[0]?.judge(event({ scope: web }))?.wakes).toBe(false);
    expect(connector.triage[0]?.judge(event({ scope: payments }))).toBeNull();
  });

  test('searching shows public messages of watched channels and nothing private', async () => {
    slack.postMessage(mia, payments, 'rounding is wrong');
    slack.postMessage(mia, web, 'rounding again');
    slack.postMessage(tom, leads, 'rounding costs us money');
    slack.dm(tom, 'rounding, between us');

    const search = (channels: string[]) =>
      read('slack.search-messages', { query: 'rounding' }, { userToken: 'xoxp-1', channels });
    const texts = (found: unknown) =>
      (found as { messages: { text: string }[] }).messages.map(({ text }) => text);

    expect(texts(await search([]))).toEqual(['rounding again', 'rounding is wrong']);
    expect(texts(await search([web]))).toEqual(['rounding again']);
    expect(texts(await search(['#nowhere']))).toEqual([]);
  });

  test('a profile has the time zone, and an unknown account has none', async () => {
    const { profile } = slackConnector(settings);

    expect(await profile?.(tom, { signal })).toEqual({
      name: 'Tom Weber',
      email: 'tom.weber@acme.example',
      zone: 'Europe/Berlin',
      kind: 'person',
    });
    expect(await profile?.(BOT.user, { signal })).toMatchObject({ zone: null, kind: 'bot' });
    expect(await profile?.('U0NOBODY', { signal })).toBeNull();
    expect(await profile?.('not an id', { signal })).toBeNull();
  });

  test('facts of a thread are its messages, of a private one as well: its readers read them', async () => {
    const open = slack.postMessage(mia, payments, 'When is the release?');
    slack.reply(ines, open, 'On Friday.');
    const closed = slack.postMessage(tom, leads, 'Salaries');
    const connector = slackConnector(settings);
    await connector.check?.({ signal });
    const gather = async (subject: string) => connector.gather?.(subject, { signal });

    expect(await gather(`slack:thread:${payments}:${open.ts}`)).toMatchObject([
      {
        id: `slack:message:${payments}:${open.ts}`,
        text: 'When is the release?',
        author: mia,
        url: `https://acme.example/archives/${payments}/p${open.ts.replace('.', '')}`,
      },
      { text: 'On Friday.' },
    ]);
    const [fact] = (await gather(`slack:thread:${leads}:${closed.ts}`)) ?? [];
    expect(fact?.text).toBe('Salaries');
    expect(await gather(`slack:channel:${payments}`)).toMatchObject([
      { text: 'Channel: #payments' },
    ]);
    expect(await gather(`slack:channel:${leads}`)).toEqual([]);
    expect(await gather('jira:issue:ECD-1')).toEqual([]);
    expect(await gather('slack:thread:nonsense')).toEqual([]);
  });
});

function event(more: object) {
  return {
    key: 'k',
    kind: 'message.posted',
    source: 'slack',
    subject: 'slack:thread:C1:1.000000',
    actor: null,
    at: '2026-03-02T10:00:00.000Z',
    title: 't',
    text: null,
    message: null,
    changes: [],
    scope: null,
    restricted: false,
    ...more,
  };
}

describe('writing', () => {
  const buttons = [
    { id: 'approve', label: 'Approve', style: 'primary', value: 'action-7' },
    { id: 'reject', label: 'Reject', style: 'danger' },
  ];

  test('a message is posted inert: nobody is called, nothing is linked or previewed', async () => {
    const text = '<!channel> <@U0MIABERG1> *bold* & <https://x.example|here> :tada:\u202e';
    const effect = await writing('slack.post-message').run({ channel: payments, text, buttons });

    const [message] = slack.messages(payments);
    expect(effect.id).toBe(`${payments}:${message?.ts ?? ''}`);
    const version = message?.versions[0];
    const inert =
      '&lt;!channel&gt; &lt;@U0MIABERG1&gt; *bold* &amp; &lt;https://x.example|here&gt; :tada:';
    expect(version?.text).toBe(inert);
    expect(version?.blocks).toEqual([
      { type: 'section', text: { type: 'plain_text', text: inert, emoji: false } },
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'approve',
            text: { type: 'plain_text', text: 'Approve', emoji: false },
            style: 'primary',
            value: 'action-7',
          },
          {
            type: 'button',
            action_id: 'reject',
            text: { type: 'plain_text', text: 'Reject', emoji: false },
            style: 'danger',
          },
        ],
      },
    ]);
  });

  test.each([
    ['slack.post-message', { channel: payments, text: 'Done.' }],
    ['slack.send-direct', { user: mia, text: 'Hello' }],
  ])('%s is found after a lost answer and not made twice', async (name, input) => {
    slack.faults.push({ kind: 'hang-up-after', match: { path: /chat\.postMessage/ } });
    const { run, find } = writing(name);

    expect(await find(input)).toBeNull();
    expect((await failureOf(run(input))).kind).toBe('broken-line');
    expect(slack.faults.pending).toBe(0);
    const found = await find(input);

    const mine = slack.state.messages.filter(({ user }) => user === BOT.user);
    expect(mine).toHaveLength(1);
    expect(found?.id).toBe(`${mine[0]?.channel ?? ''}:${mine[0]?.ts ?? ''}`);
  });

  test('a reply is found in its thread over short pages, and a marker forged by others does not count', async () => {
    const parent = slack.postMessage(mia, payments, 'Is it done?');
    slack.limits.pageSize = 1;
    const input = { channel: payments, thread: parent.ts, text: 'Yes.' };
    const { run, find } = writing('slack.reply-thread');
    const forged = slack.reply(mia, parent, 'Yes.');
    forged.versions.splice(0, 1, {
      ...forged.versions[0]!,
      metadata: { event_type: 'pm_agent', event_payload: { action: 'action-1' } },
    });
    slack.reply(ines, parent, 'I think so.');

    expect(await find(input)).toBeNull();
    const made = await run(input);
    expect(await find(input)).toEqual(made);
    expect(slack.messages(payments).at(-1)).toMatchObject({ thread: parent.ts, user: BOT.user });
  });

  test('a history too long to look through is said to be so', async () => {
    for (let count = 0; count < 11; count += 1) slack.postMessage(mia, payments, 'again');
    slack.limits.pageSize = 1;

    const find = writing('slack.post-message').find({ channel: payments, text: 'x' });

    expect((await failureOf(find)).kind).toBe('too-large');
  });

  test('only a message of ours can be changed, and the change is found', async () => {
    const { id } = await writing('slack.post-message').run({ channel: web, text: 'Soon.' });
    const ts = id.split(':')[1] ?? '';
    const theirs = slack.postMessage(mia, web, 'Mine');
    const update = writing('slack.update-message');
    slack.faults.push({ kind: 'hang-up-after', match: { path: /chat\.update/ } });

    const input = { channel: web, ts, text: 'Now.' };
    expect((await failureOf(update.run(input))).kind).toBe('broken-line');
    expect((await update.find(input))?.id).toBe(id);
    expect(slack.messages(web)[0]?.versions.at(-1)?.text).toBe('Now.');
    const denied = update.run({ channel: web, ts: theirs.ts, text: 'Yours' });
    expect((await failureOf(denied)).kind).toBe('denied');
    const gone = update.run({ channel: web, ts: '1700000000.000001', text: 'x' });
    expect((await failureOf(gone)).kind).toBe('not-found');
  });

  test('a note for one person cannot be read back, so it has no find', async () => {
    const note = writing('slack.post-ephemeral');
    await note.run({ channel: payments, user: mia, text: 'Only for you' });

    expect(note.hasFind).toBe(false);
    expect(slack.messages(payments)[0]).toMatchObject({ onlyFor: mia });
  });

  test('a write is sent once, also where Slack asks to wait', async () => {
    slack.faults.push({
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '1' },
      match: { path: /postMessage/ },
    });
    const failure = await failureOf(
      writing('slack.post-message').run({ channel: payments, text: 'x' }),
    );

    expect(failure).toMatchObject({ kind: 'rate-limited', retryAfterMs: 1_000 });
    expect(methods().filter((one) => one === 'chat.postMessage')).toHaveLength(1);
  });

  test('too many blocks, too long or empty texts, and two buttons of one id are refused', () => {
    const { input } = named(slackConnector(settings), 'slack.post-message');
    for (const text of ['', ' \u200b ', 'x'.repeat(4_001)]) {
      expect(input.safeParse({ channel: payments, text }).success).toBe(false);
    }
    const twice = [buttons[0], buttons[0]];
    expect(input.safeParse({ channel: payments, text: 'x', buttons: twice }).success).toBe(false);
    expect(input.safeParse({ channel: '#payments', text: 'x' }).success).toBe(false);
  });
});

describe('the manifest', () => {
  test('its scopes are enough for every operation, polling and checking', async () => {
    await slack.close();
    await begin({ scopes: botScopes() });
    const parent = slack.postMessage(mia, leads, 'private');
    slack.dm(mia, 'direct');
    const connector = slackConnector(settings);

    await read('slack.get-history', { channel: leads });
    await read('slack.get-thread', { channel: leads, thread: parent.ts });
    await read('slack.get-user', { user: mia });
    await read('slack.get-presence', { user: mia });
    await read('slack.list-channels', { joined: false });
    const { id } = await writing('slack.post-message').run({ channel: leads, text: 'x' });
    await writing('slack.reply-thread').run({ channel: leads, thread: parent.ts, text: 'x' });
    await writing('slack.send-direct').run({ user: mia, text: 'x' });
    const ts = id.split(':')[1];
    await writing('slack.update-message').run({ channel: leads, ts, text: 'y' });
    await writing('slack.post-ephemeral').run({ channel: leads, user: tom, text: 'x' });
    const scopes = (await connector.poll?.scopes({ signal })) ?? [];
    for (const scope of scopes) {
      const ask = { scope, cursor: null, since: 0, now: Date.now() };
      await connector.poll?.fetch(ask, { signal });
    }
    const { grants = [] } = (await connector.check?.({ signal })) ?? {};

    expect(scopes).toHaveLength(4);
    expect(grants.every(({ held }) => held === true)).toBe(true);
  });

  test('it names the address twice, or none with Socket Mode', () => {
    const url = 'https://agent.example/webhooks/slack';

    expect(slackManifest({ url, socketMode: false })).toMatchObject({
      oauth_config: { scopes: { bot: botScopes() } },
      settings: {
        event_subscriptions: {
          request_url: url,
          bot_events: expect.arrayContaining(['message.im']) as unknown,
        },
        interactivity: { is_enabled: true, request_url: url },
        socket_mode_enabled: false,
      },
    });
    expect(JSON.stringify(slackManifest({ url: null, socketMode: true }))).not.toContain('http');
  });
});

describe('forms', () => {
  const form = {
    callback: 'pm.why',
    title: 'Decline',
    fields: [{ id: 'reason', label: 'Why?', value: 'a < b & c', multiline: true }],
    meta: '{"approval":"7"}',
  };

  test('a press carries what opens a form, and the form comes back with callback, meta and fields', async () => {
    const receiver = await startWebhookReceiver();
    slack.aimWebhook({ url: receiver.url, secret: 'signing-secret' });
    const last = () => {
      const sent = new URLSearchParams(receiver.received.at(-1)?.body.toString());
      return normaliseSlack(JSON.parse(sent.get('payload') ?? '')).events[0];
    };
    const { id } = await writing('slack.post-message').run({
      channel: payments,
      text: 'May I?',
      buttons: [{ id: 'decline', label: 'Decline', value: '7' }],
    });
    const ts = id.replace(`${payments}:`, '');

    slack.pressButton(ines, { channel: payments, ts }, 'decline');
    await slack.idle();
    const press = last()?.changes;
    expect(press).toMatchObject([{ field: 'decline', to: '7' }, { field: 'trigger' }]);
    const trigger = press?.[1]?.to;
    const opened = await writing('slack.open-form').run({ ...form, trigger });
    slack.submitForm(ines, {});
    await slack.idle();

    expect(opened.id).toMatch(/^V/);
    expect(last()).toMatchObject({
      kind: 'view.submitted',
      actor: { id: ines },
      text: 'reason: a < b & c',
      changes: [
        { field: 'callback', to: 'pm.why' },
        { field: 'meta', to: '{"approval":"7"}' },
        { field: 'reason', to: 'a < b & c' },
      ],
    });
    await receiver[Symbol.asyncDispose]();
  });

  test('a trigger that is too old, or none at all, opens nothing', async () => {
    const { run, hasFind } = writing('slack.open-form');

    expect((await failureOf(run({ ...form, trigger: '1.1.a' }))).kind).toBe('refused');
    expect(hasFind).toBe(false);
    let now = Date.parse('2026-03-02T09:00:00Z');
    await slack.close();
    await begin({ now: () => new Date(now) });
    const elements = [{ type: 'button', action_id: 'decline', value: '7' }];
    const message = slack.postBlocks(mia, payments, [{ type: 'actions', elements }]);
    slack.pressButton(ines, message, 'decline');
    const [trigger] = [...slack.state.triggers.keys()];
    now += 3_001;

    expect((await failureOf(writing('slack.open-form').run({ ...form, trigger }))).kind).toBe(
      'gone',
    );
    expect(slack.state.views).toEqual([]);
  });

  test('what stands on buttons and in fields is read by people too', () => {
    const wordsOf = (name: string, input: unknown) => {
      const operation = named(slackConnector(settings), name);
      if (operation.effect === 'read') throw new Error(`${name} is a read`);
      return operation.words?.(operation.input.parse(input));
    };

    const buttons = [{ id: 'decline', label: 'No, never', value: 'unseen' }];
    const said = wordsOf('slack.post-message', { channel: payments, text: 'May I?', buttons });
    expect(said).toBe('May I?\nNo, never');
    expect(wordsOf('slack.open-form', { ...form, trigger: '1.1.a' })).toBe(
      'Decline\nWhy?\na < b & c',
    );
  });

  test('what code alone makes is marked as such', () => {
    const marked = slackConnector(settings).operations.filter(
      (one) => one.effect !== 'read' && one.internal === true,
    );

    expect(marked.map(({ name }) => name)).toEqual([
      'slack.update-message',
      'slack.post-ephemeral',
      'slack.open-form',
    ]);
  });

  test('no field may bear the name of what comes beside the fields', () => {
    const { input } = named(slackConnector(settings), 'slack.open-form');
    const fields = [{ id: 'meta', label: 'Meta' }];

    expect(input.safeParse({ ...form, trigger: '1.1.a' }).success).toBe(true);
    expect(input.safeParse({ ...form, trigger: '1.1.a', fields }).success).toBe(false);
  });
});
