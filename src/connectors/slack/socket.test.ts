import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CHANNELS, PEOPLE } from '../../../emulators/slack/slack-seed.ts';
import type { SlackEmulator } from '../../../emulators/slack/start-slack-emulator.ts';
import { startSlackEmulator } from '../../../emulators/slack/start-slack-emulator.ts';
import type { SocketHands, TakenMessage } from '../../domain/connector.ts';
import { slackConnector } from './index.ts';
import { slackSocket } from './socket.ts';
import { slackReading } from './webhook.ts';

const { payments } = CHANNELS;
const { mia, ines } = PEOPLE;

let slack: SlackEmulator;
let ending: AbortController;
let runs: Promise<void>[];
/** What was kept, by name; `times` counts how often it was offered. */
let kept: Map<string, { message: TakenMessage; times: number }>;
let states: string[];
/** How many of the next messages are not kept. */
let refusals: number;

beforeEach(async () => {
  slack = await startSlackEmulator({
    botToken: 'xoxb-1',
    appToken: 'xapp-1',
    socket: { ackMs: 150, graceMs: 400 },
  });
  slack.useSocketMode(true);
  ending = new AbortController();
  runs = [];
  kept = new Map();
  states = [];
  refusals = 0;
});

afterEach(async () => {
  ending.abort();
  await Promise.all(runs);
  await slack.close();
});

const hands: SocketHands = {
  keep: (message) => {
    if (refusals > 0) {
      refusals -= 1;
      return Promise.reject(new Error('the disk is full'));
    }
    const times = (kept.get(message.name)?.times ?? 0) + 1;
    kept.set(message.name, { message, times });
    return Promise.resolve();
  },
  state: (state) => {
    states.push(state);
  },
};

function start(token = 'xapp-1'): void {
  const socket = slackSocket({ baseUrl: slack.url, token }, { firstMs: 5, longestMs: 50 });
  runs.push(socket.run(hands, ending.signal));
}

async function open(count: number): Promise<void> {
  await vi.waitFor(() => expect(slack.socket.connections).toBe(count), { timeout: 5_000 });
}

const say = (text: string) => slack.postMessage(mia, payments, text);

/** The words of everything that was kept, each name once. */
function words(): string[] {
  return [...kept.values()].flatMap(({ message }) => {
    const body: unknown = JSON.parse(Buffer.from(message.body).toString());
    return slackReading.normalise(body, message.headers).events.map(({ text }) => text ?? '');
  });
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `message ${at}`);
}

describe('Socket Mode', () => {
  test('what comes is kept, then acknowledged, and becomes the event that a webhook would bring', async () => {
    start();
    await open(1);
    const message = say('Is ECD-1 done?');
    await slack.socket.idle();

    expect(words()).toEqual(['Is ECD-1 done?']);
    const [[name, { message: got }] = ['', { message: null }]] = [...kept];
    const body = JSON.parse(Buffer.from(got?.body ?? []).toString()) as { event_id: string };
    expect(name).toBe(body.event_id);
    expect(slackReading.normalise(body, {}).events[0]?.key).toBe(
      `slack:message:${payments}:${message.ts}:posted`,
    );
    expect(states).toEqual(['connected']);
  });

  test('what was not kept is not acknowledged and comes again under the same name', async () => {
    refusals = 2;
    start();
    await open(1);
    say('once');
    await slack.socket.idle();

    expect(words()).toEqual(['once']);
    expect(slack.socket.envelopes).toMatchObject([{ sent: 3, acked: true }]);
  });

  test('a press comes over the line too', async () => {
    const elements = [{ type: 'button', action_id: 'approve', value: 'action-7' }];
    const asked = slack.postBlocks(mia, payments, [{ type: 'actions', elements }]);
    start();
    await open(1);
    slack.pressButton(ines, asked, 'approve');
    await slack.socket.idle();

    expect(words()).toContain('action-7');
  });

  test('a lost line is opened again, and nothing is lost or kept twice', async () => {
    start();
    await open(1);
    const all = numbered(60);
    for (const [at, text] of all.entries()) {
      say(text);
      if (at % 12 === 5) slack.socket.dropLines();
      if (at % 4 === 0) await new Promise(setImmediate);
    }
    await slack.socket.idle();

    expect(words().sort()).toEqual(all.sort());
    expect(states).toContain('lost');
    expect(states.at(-1)).toBe('connected');
  });

  test('when Slack asks for a new line, it is opened before the old one is closed', async () => {
    start();
    await open(1);
    const all = numbered(60);
    for (const [at, text] of all.entries()) {
      say(text);
      if (at % 20 === 5) slack.socket.refresh(at === 5 ? 'warning' : 'refresh_requested');
      if (at % 20 === 15) await open(1);
      await new Promise(setImmediate);
    }
    await slack.socket.idle();

    expect(words().sort()).toEqual(all.sort());
    expect(states).not.toContain('lost');
    const opened = slack.requests.filter(({ path }) => path.endsWith('apps.connections.open'));
    expect(opened.length).toBeGreaterThan(1);
  });

  test('until the new line is open, the old one brings what comes', async () => {
    start();
    await open(1);
    const path = /apps\.connections\.open/;
    slack.faults.push({ kind: 'never-answer', match: { path } });
    slack.socket.refresh('refresh_requested');
    await vi.waitFor(() => expect(slack.faults.pending).toBe(0));
    say('in between');
    await slack.socket.idle();

    expect(words()).toEqual(['in between']);
    expect(slack.requests.filter((one) => path.test(one.path)).map(({ status }) => status)).toEqual(
      [200, null],
    );
  });

  test('two lines at once share what comes', async () => {
    start();
    start();
    await open(2);
    const all = numbered(60);
    for (const [at, text] of all.entries()) {
      say(text);
      if (at === 20) slack.socket.dropLines(1);
      if (at === 40) slack.socket.refresh('refresh_requested', 1);
      await new Promise(setImmediate);
    }
    await slack.socket.idle();

    expect(words().sort()).toEqual(all.sort());
    await open(2);
  });

  test('messages that come while no line is open come with the next one', async () => {
    slack.faults.push({ kind: 'hang-up-before', times: 3 });
    say('early');
    start();
    await slack.socket.idle();

    expect(words()).toEqual(['early']);
    expect(slack.faults.pending).toBe(0);
    expect(states.slice(-2)).toEqual(['lost', 'connected']);
  });

  test('frames that nobody can read are survived', async () => {
    start();
    await open(1);
    for (const text of ['no JSON', 'null', '[]', '{"type":7}', '{"type":"events_api"}']) {
      slack.socket.write(text);
    }
    slack.socket.write(
      '{"type":"events_api","envelope_id":"x","payload":{"type":"app_rate_limited"}}',
    );
    slack.socket.write('{"type":"unknown","envelope_id":"y","payload":{}}');
    say('after');
    await slack.socket.idle();

    expect(words()).toEqual(['after']);
    expect(slack.socket.connections).toBe(1);
  });

  test('a wrong token is told, again and again, until the end', async () => {
    start('xapp-2');
    await vi.waitFor(() => expect(states.length).toBeGreaterThan(1));
    ending.abort();
    await Promise.all(runs);

    expect(states).not.toContain('connected');
    expect(slack.socket.connections).toBe(0);
  });

  test('it ends with the signal and leaves no line open', async () => {
    start();
    await open(1);
    ending.abort();
    await Promise.all(runs);
    await open(0);

    expect(states).toEqual(['connected', 'lost']);
  });

  test('without a token for it there is no socket', () => {
    const settings = {
      baseUrl: slack.url,
      botToken: 'xoxb-1',
      appToken: null,
      userToken: null,
      signingSecrets: [],
      channels: [],
      pollSeconds: 15,
      mayWrite: false,
    };
    expect(slackConnector(settings).socket).toBeUndefined();
    expect(slackConnector({ ...settings, appToken: 'xapp-1' }).socket).toBeDefined();
  });
});
