import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProjectEvent } from '../../domain/event.ts';
import { normaliseSlack } from './normalise.ts';
import { slackReading } from './webhook.ts';

const FORM = { 'content-type': ['application/x-www-form-urlencoded'] };
const root = new URL('../../../test/fixtures/slack/', import.meta.url);

// The files of shapes have every value blanked: they are filled in by the name of the field.
const FILLED: Record<string, unknown> = {
  user: 'U0MIABERG1',
  channel: 'C0PAYMENT1',
  channel_type: 'channel',
  text: 'Words',
  ts: '1700000000.000100',
  event_ts: '1700000009.000100',
  deleted_ts: '1700000000.000100',
  action_ts: '1700000009.000200',
  message_ts: '1700000000.000100',
  thread_ts: '1690000000.000100',
  action_id: 'approve',
  value: 'action-7',
  reaction: 'eyes',
  id: 'U0MIABERG1',
  hash: '1700000009.abcdef',
  callback_id: 'form-1',
};

function filled(value: unknown, name = ''): unknown {
  if (value === '' || value === '0000000000.000000') return FILLED[name] ?? value;
  if (Array.isArray(value)) return value.map((one) => filled(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, key)]));
}

function bodyOf(file: string): unknown {
  const bytes = readFileSync(new URL(file, root));
  const unwrapped = file.endsWith('.urlencoded') ? slackReading.unwrap?.(bytes, FORM) : bytes;
  const parsed: unknown = JSON.parse(Buffer.from(unwrapped ?? bytes).toString('utf8'));
  // The bare events of the old socket have no envelope.
  if (file.startsWith('rtm')) return { type: 'event_callback', event: parsed };
  if (!file.includes('jslack--')) return parsed;
  const shape = Object(filled(parsed)) as Record<string, unknown>;
  return shape['type'] === '' ? { ...shape, type: 'event_callback' } : shape;
}

const files = ['events', 'interactivity', 'rtm-events'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root)).map((file) => `${folder}/${file}`),
);

const EXPECTED: Record<string, readonly string[] | string> = {
  'events/jslack--AppHomeOpenedPayload.json': 'app_home_opened is not used',
  'events/jslack--AppUninstalledPayload.json': 'app_uninstalled is not used',
  'events/jslack--ChannelArchivePayload.json': 'channel_archive is not used',
  'events/jslack--ChannelRenamePayload.json': 'channel_rename is not used',
  'events/jslack--DndUpdatedPayload.json': 'dnd_updated is not used',
  'events/jslack--ImCreatedPayload.json': 'im_created is not used',
  'events/jslack--LinkSharedPayload.json': 'link_shared is not used',
  'events/jslack--MemberJoinedChannelPayload.json': [
    'member.joined slack:member:C0PAYMENT1:U0MIABERG1:joined:1700000009.000100',
  ],
  'events/jslack--MemberLeftChannelPayload.json': 'member_left_channel is not used',
  'events/jslack--MessageChannelJoinPayload.json': 'a message of type channel_join is not used',
  'events/jslack--MessageDeletedPayload.json': [
    'message.deleted slack:message:C0PAYMENT1:1700000000.000100:deleted',
  ],
  'events/jslack--MessageFileSharePayload.json': [
    'message.posted slack:message:C0PAYMENT1:1700000000.000100:posted',
  ],
  'events/jslack--MessageMePayload.json': [
    'message.posted slack:message:C0PAYMENT1:1700000000.000100:posted',
  ],
  'events/jslack--MessagePayload.json': [
    'message.posted slack:message:C0PAYMENT1:1700000000.000100:posted',
  ],
  'events/jslack--MessageRepliedPayload.json': 'a message of type message_replied is not used',
  'events/jslack--MessageThreadBroadcastPayload.json': [
    'message.posted slack:message:C0PAYMENT1:1700000000.000100:posted',
  ],
  'events/jslack--ReactionAddedPayload.json': [
    'reaction.added slack:reaction:C0PAYMENT1:1700000000.000100:U0MIABERG1:eyes:added:1700000009.000100',
  ],
  'events/jslack--ReactionRemovedPayload.json': [
    'reaction.removed slack:reaction:C0PAYMENT1:1700000000.000100:U0MIABERG1:eyes:removed:1700000009.000100',
  ],
  'events/jslack--TokensRevokedPayload.json': 'tokens_revoked is not used',
  'events/jslack--UserChangePayload.json': 'user_change is not used',
  'events/jslack--UserStatusChangedPayload.json': 'user_status_changed is not used',
  'events/opsdroid--payload_channel_created.json': 'channel_created is not used',
  'events/opsdroid--payload_channel_unarchive.json': 'channel_unarchive is not used',
  'events/opsdroid--payload_message_bot_message.json': [
    'message.posted slack:message:C0000000109:1614540108.001500:posted',
  ],
  'events/opsdroid--payload_message_message_changed.json': [
    'message.edited slack:message:C0000000109:1613632675.006300:edited:1613632704.000000',
  ],
  'events/opsdroid--payload_pin_added.json': 'pin_added is not used',
  'events/opsdroid--payload_pin_removed.json': 'pin_removed is not used',
  'events/opsdroid--payload_team_join.json': 'team_join is not used',
  'events/opsdroid--payload_url_verification.json': 'a test of the address',
  'events/slackdocs--app_mention.json': [
    'message.posted slack:message:C000000119:1515449522.000016:posted',
  ],
  'events/zulip--app_rate_limited.json': 'Slack holds events back for a minute; polling finds them',
  'events/zulip--message_with_normal_text.json': [
    'message.posted slack:message:C0000000124:1719209506.817929:posted',
  ],
  'interactivity/jslack--AttachmentActionPayload.json': 'interactive_message is not used',
  'interactivity/jslack--BlockActionPayload.json': [
    'button.pressed slack:action:U0MIABERG1:U0MIABERG1:1700000009.000200:approve',
  ],
  'interactivity/jslack--MessageShortcutPayload.json': 'message_action is not used',
  'interactivity/jslack--SlashCommandPayload.json': 'no type',
  'interactivity/jslack--ViewClosedPayload.json': 'view_closed is not used',
  'interactivity/jslack--ViewSubmissionPayload.json': [
    'view.submitted slack:view:U0MIABERG1:1700000009.abcdef:submitted',
  ],
  'interactivity/opsdroid--payload_block_action_button.urlencoded': [
    'button.pressed slack:action:C0000000109:1613575038.002800:U0000000104:1613575488.406573:button-action',
  ],
  'interactivity/opsdroid--payload_block_action_multi_static_select.urlencoded': [
    'button.pressed slack:action:C0000000109:1613575038.002800:U0000000104:1613575569.963123:text1234',
  ],
  'interactivity/opsdroid--payload_block_action_static_select.urlencoded': [
    'button.pressed slack:action:C0000000109:1613575038.002800:U0000000104:1613575600.141689:static_select-action',
  ],
  'interactivity/opsdroid--payload_message_action.urlencoded': 'message_action is not used',
  'interactivity/opsdroid--payload_slash_command.urlencoded': 'commands are not used',
  'rtm-events/wee--1485975836.31-message.json': 'a message of type message_replied is not used',
  'rtm-events/wee--1485975842.1-message.json': [
    'message.posted slack:message:C00000130:1485975841.000007:posted',
  ],
  'rtm-events/wee--1485975858.56-reaction_added.json': [
    'reaction.added slack:reaction:C00000130:1485975841.000007:U00000132:stuck_out_tongue:added:1485975858.884268',
  ],
  'rtm-events/wee--1485975890.78-message.json': 'a message of type bot_add is not used',
  'rtm-events/wee--1485975896.16-message.json': 'a message of type bot_disable is not used',
  'rtm-events/wee--1485975956.47-message.json': [
    'message.posted slack:message:C00000130:1485975956.000011:posted',
  ],
  'rtm-events/wee--1485976002.66-message.json': [
    'message.deleted slack:message:C00000130:1485975978.000012:deleted',
  ],
  'rtm-events/wee--1485976040.8-reaction_removed.json': [
    'reaction.removed slack:reaction:C00000130:1485975841.000007:U00000129:unamused:removed:1485976040.888829',
  ],
  'rtm-events/wee--1485976137.95-message.json': [
    'message.posted slack:message:C00000130:1485976137.000015:posted',
  ],
  'rtm-events/wee--1485976161.75-message.json': [
    'message.posted slack:message:C00000130:1485976161.000018:posted',
  ],
  'rtm-events/wee--1485976236.58-message.json': [
    'message.posted slack:message:C00000130:1485976236.000019:posted',
  ],
  'rtm-events/wee--1485976248.57-message.json': 'no word was changed',
  'rtm-events/wee--1486004950.43-message.json': [
    'message.posted slack:message:C00000130:1486004950.000002:posted',
  ],
  'rtm-events/wee--1486005009.0-message.json': [
    'message.posted slack:message:C00000130:1486005008.000004:posted',
  ],
};

describe('every recorded body becomes the right events, or none with a reason', () => {
  test('the table names every file', () => {
    expect(files).toEqual(Object.keys(EXPECTED));
  });

  test.each(files)('%s', (file) => {
    const { events, reason } = normaliseSlack(bodyOf(file));

    for (const event of events) ProjectEvent.parse(event);
    expect(reason ?? events.map(({ kind, key }) => `${kind} ${key}`)).toEqual(EXPECTED[file]);
  });

  test('1,000 mutants of each kind of body are survived', () => {
    const bodies = files.map(bodyOf);
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('__proto__', '\0', '\ud800', 1e400, -1));
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.nat(), odd, (body, at, value) => {
        const { events, reason } = normaliseSlack(mutant(body, at, value));
        for (const event of events) ProjectEvent.parse(event);
        expect(events.length === 0).toBe(reason !== undefined && reason !== '');
      }),
      { numRuns: 1_000, seed: 7 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

/** The body with another value in one of its places, at any depth. */
function mutant(body: unknown, at: number, value: unknown): unknown {
  const copy = structuredClone(body);
  const places: (() => void)[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, one] of Object.entries(node)) {
      places.push(() => Reflect.set(node, key, value));
      visit(one);
    }
  };
  visit(copy);
  places[at % Math.max(1, places.length)]?.();
  return copy;
}

const about = { channel: 'C0PAYMENT1', channel_type: 'channel', user: 'U0MIABERG1' };

function read(event: object): ProjectEvent | string {
  const { events, reason } = normaliseSlack({ type: 'event_callback', event });
  return events[0] ?? reason ?? '';
}

function eventOf(event: object): ProjectEvent {
  const found = read(event);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

const said = { ...about, type: 'message', ts: '1700000000.000100', text: 'Hello' };

describe('messages', () => {
  test('one that mentions us comes twice and is one event', () => {
    const text = '<@U0PMAGENT9> is ECD-1 done?';
    const untold = { ...said, channel_type: undefined };

    const message = eventOf({ ...said, text });
    const mention = eventOf({ ...untold, type: 'app_mention', text });

    expect(mention.key).toBe(message.key);
    expect(mention.kind).toBe('message.posted');
    // Where Slack does not tell the kind of the channel, it counts as private.
    expect([message.confined, mention.confined]).toEqual([false, true]);
  });

  test('a message opens its own thread, a reply belongs to the thread of its parent', () => {
    expect(eventOf(said)).toMatchObject({
      subject: 'slack:thread:C0PAYMENT1:1700000000.000100',
      message: 'slack:message:C0PAYMENT1:1700000000.000100',
      scope: 'C0PAYMENT1',
      at: '2023-11-14T22:13:20.000Z',
      actor: { id: 'U0MIABERG1', kind: 'person' },
      text: 'Hello',
    });
    const reply = eventOf({ ...said, thread_ts: '1690000000.000100' });
    expect(reply.subject).toBe('slack:thread:C0PAYMENT1:1690000000.000100');
  });

  test.each([
    ['channel', false],
    ['group', true],
    ['im', true],
    ['mpim', true],
    ['odd', true],
  ])('in a conversation of kind %s restricted is %s', (channel_type, restricted) => {
    expect(eventOf({ ...said, channel_type }).confined).toBe(restricted);
  });

  test.each([
    [{ bot_id: 'B0PMAGENT9' }, { id: 'U0MIABERG1', kind: 'bot' }],
    [
      { bot_id: 'B0PMAGENT9', user: undefined },
      { id: 'B0PMAGENT9', kind: 'bot' },
    ],
    [
      { subtype: 'bot_message', user: undefined, username: 'ci' },
      { name: 'ci', kind: 'bot' },
    ],
    [{ user: 'USLACKBOT' }, { kind: 'bot' }],
    [{ user: undefined }, null],
  ])('the author of %j is told', (more, actor) => {
    const found = eventOf({ ...said, ...more }).actor;

    if (actor === null) expect(found).toBeNull();
    else expect(found).toMatchObject(actor);
  });

  test('an edit is one only when a word was changed', () => {
    const edited = { user: 'U0MIABERG1', ts: '1700000050.000000' };
    const message = { ...said, text: 'Hello again', edited };
    const change = {
      ...about,
      type: 'message',
      subtype: 'message_changed',
      event_ts: '1700000050.000200',
    };

    expect(read({ ...change, message, previous_message: said })).toMatchObject({
      key: 'slack:message:C0PAYMENT1:1700000000.000100:edited:1700000050.000000',
      kind: 'message.edited',
      text: 'Hello again',
    });
    const unfurled = { ...said, attachments: [{ fallback: 'A page' }] };
    expect(read({ ...change, message: unfurled, previous_message: said })).toBe(
      'no word was changed',
    );
  });

  test('words that stand only in blocks, attachments or files are read', () => {
    const section = {
      type: 'rich_text_section',
      elements: [
        { type: 'text', text: 'Ask ' },
        { type: 'user', user_id: 'U0INESOKA2' },
        { type: 'text', text: ' about <b> & ' },
        { type: 'link', url: 'https://x.example', text: 'this' },
      ],
    };
    const blocks = [{ type: 'rich_text', elements: [section] }];
    const text = (more: object): string | null => eventOf({ ...said, text: '', ...more }).text;

    expect(text({ blocks })).toBe('Ask <@U0INESOKA2> about <b> & this (https://x.example)');
    expect(
      text({ blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*a* &lt; b' } }] }),
    ).toBe('*a* < b');
    expect(text({ attachments: [{ fallback: 'Build 7 failed' }] })).toBe('Build 7 failed');
    expect(text({ files: [{ name: 'plan.pdf', mimetype: 'application/pdf' }] })).toBe('plan.pdf');
    let deep: object = { type: 'mrkdwn', text: 'deep' };
    for (let level = 0; level < 100; level += 1) deep = { elements: [deep] };
    expect(text({ blocks: [deep] })).toBe('');
  });
});

describe('reactions and joins', () => {
  test('a reaction does not say where it stands, so it counts as private', () => {
    const item = { type: 'message', channel: 'C0PAYMENT1', ts: '1700000000.000100' };
    const reacted = { user: 'U0TOMWEBE4', reaction: 'thumbsup::skin-tone-3', item };

    expect(
      eventOf({ ...reacted, type: 'reaction_removed', event_ts: '1700000009.000100' }),
    ).toMatchObject({
      kind: 'reaction.removed',
      confined: true,
      message: null,
      changes: [{ field: 'reaction', from: 'thumbsup::skin-tone-3', to: null }],
    });
  });

  test.each([
    ['C', false],
    ['G', true],
    ['X', true],
  ])('somebody joins a channel of kind %s', (channel_type, restricted) => {
    const joined = { ...about, type: 'member_joined_channel', event_ts: '1700000009.000100' };

    expect(eventOf({ ...joined, channel_type })).toMatchObject({
      subject: 'slack:channel:C0PAYMENT1',
      confined: restricted,
    });
  });
});

describe('presses and forms', () => {
  const press = {
    type: 'block_actions',
    user: { id: 'U0MIABERG1', name: 'mia.berg' },
    channel: { id: 'C0PAYMENT1', name: 'payments' },
    container: { type: 'message', message_ts: '1700000000.000100', thread_ts: '1690000000.000100' },
    actions: [
      { action_id: 'approve', value: 'action-7', action_ts: '1700000009.000200', type: 'button' },
      { action_id: 'again', value: 'action-8', action_ts: '1700000009.000200', type: 'button' },
      { action_id: 7 },
    ],
  };

  test('each button that was pressed is an event of the thread', () => {
    const { events } = normaliseSlack(press);

    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      kind: 'button.pressed',
      subject: 'slack:thread:C0PAYMENT1:1690000000.000100',
      actor: { id: 'U0MIABERG1', name: 'mia.berg', kind: 'person' },
      text: 'action-7',
      changes: [{ field: 'approve', from: null, to: 'action-7' }],
      restricted: false,
    });
  });

  test.each(['privategroup', 'directmessage', 'mpdm-mia--tom-1'])(
    'in %s a press is restricted',
    (name) => {
      const { events } = normaliseSlack({ ...press, channel: { id: 'C0PAYMENT1', name } });
      expect(events[0]?.confined).toBe(true);
    },
  );

  test('a form tells its fields', () => {
    const values = { b1: { reason: { type: 'plain_text_input', value: 'too risky' } } };
    const view = {
      id: 'V0FORM0001',
      hash: '1700000009.abcdef',
      callback_id: 'why',
      state: { values },
    };

    const { events } = normaliseSlack({ type: 'view_submission', user: press.user, view });

    expect(events).toMatchObject([
      { kind: 'view.submitted', at: '2023-11-14T22:13:29.000Z', text: 'reason: too risky' },
    ]);
  });
});
