import { readFileSync } from 'node:fs';
import ajvDraft04 from 'ajv-draft-04';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHANNELS, PEOPLE } from './slack-seed.ts';
import type { SlackEmulator } from './start-slack-emulator.ts';
import { startSlackEmulator } from './start-slack-emulator.ts';

// Every answer is held to Slack's own document of 2021.
interface Shape {
  readonly properties?: Record<string, object>;
}

const file = new URL('../openapi/slack-web.json', import.meta.url);
const document = JSON.parse(readFileSync(file, 'utf8')) as {
  paths: Record<string, Record<string, unknown>>;
  definitions: { objs_message: { anyOf?: Shape[] } & Shape };
};
// Recorded messages have these two, and Slack shows who edited; the document names them in no message of a history.
const shapes = document.definitions.objs_message;
for (const { properties } of [shapes, ...(shapes.anyOf ?? [])]) {
  if (properties === undefined) continue;
  properties['edited'] ??= { type: 'object' };
  properties['app_id'] ??= { type: 'string' };
}
const ajv = new ajvDraft04.default({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'slack');

let slack: SlackEmulator;
let ts = '';

beforeAll(async () => {
  slack = await startSlackEmulator({ botToken: 'xoxb-1' });
  const parent = slack.postMessage(PEOPLE.mia, CHANNELS.payments, 'Question');
  slack.reply(PEOPLE.ines, parent, 'Answer');
  slack.editMessage(PEOPLE.mia, parent, 'Question?');
  slack.react(PEOPLE.tom, parent, 'eyes');
  ts = parent.ts;
});
afterAll(() => slack.close());

async function call(method: string, args: Record<string, string>): Promise<unknown> {
  const response = await fetch(slack.url + method, {
    method: 'POST',
    headers: { authorization: 'Bearer xoxb-1' },
    body: new URLSearchParams(args),
  });
  return await response.json();
}

function faultsOf(method: string, status: '200' | 'default', body: unknown): unknown {
  const [verb = ''] = Object.keys(document.paths[`/${method}`] ?? {});
  const pointer = ['paths', `~1${method}`, verb, 'responses', status, 'schema'].join('/');
  const validate = ajv.getSchema(`slack#/${pointer}`);
  if (!validate) throw new Error(`${method} is not in the document`);
  return validate(body) ? [] : validate.errors;
}

const channel = CHANNELS.payments;
const user = PEOPLE.mia;

describe('every answer has the shape that Slack documents', () => {
  test.each<[string, Record<string, string>]>([
    ['auth.test', {}],
    ['conversations.history', { channel }],
    ['conversations.replies', { channel, ts: '$ts' }],
    ['conversations.list', { types: 'public_channel,private_channel' }],
    ['users.conversations', { types: 'public_channel,private_channel' }],
    ['conversations.info', { channel }],
    ['conversations.members', { channel }],
    ['conversations.open', { users: user }],
    ['conversations.join', { channel }],
    ['chat.postMessage', { channel, text: 'Hello' }],
    ['chat.postEphemeral', { channel, user, text: 'Hello' }],
    ['chat.getPermalink', { channel, message_ts: '$ts' }],
    ['reactions.add', { channel, timestamp: '$ts', name: 'tada' }],
    ['reactions.remove', { channel, timestamp: '$ts', name: 'tada' }],
    ['users.info', { user }],
    ['users.list', {}],
    ['users.lookupByEmail', { email: 'mia.berg@acme.example' }],
  ])('%s %j', async (method, args) => {
    const filled = Object.entries(args).map(([name, value]) => [name, value.replace('$ts', ts)]);

    const body = await call(method, Object.fromEntries(filled) as Record<string, string>);

    expect(body).toMatchObject({ ok: true });
    expect(faultsOf(method, '200', body)).toEqual([]);
  });

  test('a message of our own is changed and deleted', async () => {
    const made = (await call('chat.postMessage', { channel, text: 'Hello' })) as { ts: string };
    const changed = await call('chat.update', { channel, ts: made.ts, text: 'Bye' });
    const deleted = await call('chat.delete', { channel, ts: made.ts });

    expect(faultsOf('chat.update', '200', changed)).toEqual([]);
    expect(faultsOf('chat.delete', '200', deleted)).toEqual([]);
  });

  test.each(['conversations.history', 'users.info', 'chat.postMessage'])(
    'an error of %s',
    async (method) => {
      const body = await call(method, { channel: 'C0NOWHERE', user: 'U0NOBODY', text: 'x' });

      expect(body).toMatchObject({ ok: false });
      expect(faultsOf(method, 'default', body)).toEqual([]);
    },
  );
});
