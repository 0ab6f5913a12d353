import { readdirSync, readFileSync } from 'node:fs';
import { connectorSuite } from '../../../test/conformance/connector.ts';
import { slackConnector } from './index.ts';
import type { SlackSettings } from './settings.ts';
import { slackReading } from './webhook.ts';

const root = new URL('../../../test/fixtures/slack/', import.meta.url);
const form = { 'content-type': ['application/x-www-form-urlencoded'] };

function recorded(folder: string, isUsed: (file: string) => boolean): unknown[] {
  const all = readdirSync(new URL(folder, root)).filter(isUsed);
  return all.map((file): unknown => {
    const bytes = readFileSync(new URL(`${folder}${file}`, root));
    const json = file.endsWith('.urlencoded') ? slackReading.unwrap?.(bytes, form) : bytes;
    return JSON.parse(Buffer.from(json ?? bytes).toString('utf8'));
  });
}

const bodies = [
  ...recorded('events/', (file) => /app_mention|bot_message|message_changed|normal/.test(file)),
  ...recorded('interactivity/', (file) => file.includes('block_action_')),
  ...recorded('rtm-events/', (file) => /reaction|1485976002|1485976137/.test(file)).map(
    (event) => ({ type: 'event_callback', event }),
  ),
];

const settings: SlackSettings = {
  baseUrl: 'https://slack.example/api/',
  botToken: 'xoxb-1',
  appToken: null,
  userToken: 'xoxp-1',
  signingSecrets: ['signing-secret'],
  channels: [],
  pollSeconds: 15,
  mayWrite: true,
  fetch: () => Promise.reject(new Error('the suite sends nothing')),
};

const channel = 'C0PAYMENT1';
const thread = '1700000000.000100';
connectorSuite('slack', {
  full: slackConnector(settings),
  simulation: slackConnector({ ...settings, mayWrite: false }),
  bare: slackConnector({ ...settings, botToken: null, userToken: null, signingSecrets: [] }),
  samples: {
    'slack.get-thread': { channel, thread },
    'slack.get-history': { channel },
    'slack.get-user': { user: 'U0MIABERG1' },
    'slack.get-presence': { user: 'U0MIABERG1' },
    'slack.list-channels': { joined: true },
    'slack.search-messages': { query: 'one\ntwo' },
    'slack.post-message': { channel, text: 'one\ntwo' },
    'slack.reply-thread': { channel, thread, text: 'one\ntwo' },
    'slack.send-direct': { user: 'U0MIABERG1', text: 'one\ntwo' },
    'slack.update-message': { channel, ts: thread, text: 'one\ntwo' },
    'slack.post-ephemeral': { channel, user: 'U0MIABERG1', text: 'one\ntwo' },
    'slack.open-form': {
      trigger: '1.1.a',
      callback: 'why',
      title: 'Why not?',
      fields: [{ id: 'reason', label: 'Reason', value: 'one\ntwo' }],
      meta: 'one',
    },
  },
  bodies,
});
