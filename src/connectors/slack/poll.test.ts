import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BOT, CHANNELS, PEOPLE } from '../../../emulators/slack/slack-seed.ts';
import type {
  SlackEmulator,
  SlackEmulatorOptions,
} from '../../../emulators/slack/start-slack-emulator.ts';
import { startSlackEmulator } from '../../../emulators/slack/start-slack-emulator.ts';
import type { Connector, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { slackConnector } from './index.ts';
import type { SlackSettings } from './settings.ts';

const DAY = 24 * 3_600_000;
const MINUTE = 60_000;
const { payments, web, random, leads } = CHANNELS;
const { mia, ines, tom } = PEOPLE;
const signal = new AbortController().signal;

let slack: SlackEmulator;
let connector: Connector;
/** Slack's clock; ours stands `skew` behind it. */
let now: number;
let skew: number;

async function begin(
  options: Partial<SlackEmulatorOptions> = {},
  settings: Partial<SlackSettings> = {},
): Promise<void> {
  now = Date.parse('2026-03-02T09:00:00Z');
  slack = await startSlackEmulator({
    botToken: 'xoxb-1',
    now: () => new Date(now),
    webhook: { url: 'http://127.0.0.1:9/webhooks/slack', secret: 's', retryDelayMs: 1 },
    ...options,
  });
  connector = slackConnector({
    baseUrl: slack.url,
    botToken: 'xoxb-1',
    appToken: null,
    userToken: null,
    signingSecrets: ['s'],
    channels: [],
    pollSeconds: 15,
    mayWrite: false,
    ...settings,
  });
}

beforeEach(() => {
  skew = 0;
  return begin();
});
afterEach(() => slack.close());

const cursors = new Map<string, string>();
beforeEach(() => cursors.clear());

function fetchPage(scope: string, since: number): Promise<PollPage> {
  const cursor = cursors.get(scope) ?? null;
  const ask = { scope, cursor, since, now: now - skew };
  if (connector.poll === undefined) throw new Error('no poll');
  return connector.poll.fetch(ask, { signal });
}

/** Polls a channel as the core does: page by page, each cursor kept. */
async function poll(scope: string, since = now): Promise<ProjectEvent[]> {
  const events: ProjectEvent[] = [];
  for (let page = 0; page < 200; page += 1) {
    const got = await fetchPage(scope, since);
    cursors.set(scope, got.cursor);
    events.push(...got.events);
    if (!got.more) return events;
  }
  throw new Error('it goes on and on');
}

const texts = (events: readonly ProjectEvent[]) => events.map(({ text }) => text);
const keys = (events: readonly ProjectEvent[]) => [...new Set(events.map(({ key }) => key))].sort();

/** The events of what was pushed, whether or not it arrived. */
function pushed(kinds: readonly string[]): ProjectEvent[] {
  return slack.deliveries
    .map(({ body }): unknown => JSON.parse(body.toString()))
    .flatMap((body) => connector.webhook?.normalise(body, {}).events ?? [])
    .filter(({ kind }) => kinds.includes(kind));
}

const calls = (): string[] => slack.requests.map(({ path }) => path.replace('/api/', ''));

describe('what is polled', () => {
  test('each channel of the bot and its direct conversations', async () => {
    const direct = slack.dm(mia, 'hello').channel;

    expect(await connector.poll?.scopes({ signal })).toEqual([payments, web, leads, direct]);
    expect(connector.poll?.everySeconds).toBe(15);
  });

  test('of the settings, channels by id or name, and always the direct conversations', async () => {
    await slack.close();
    await begin({}, { channels: ['#web', random] });
    const direct = slack.dm(mia, 'hello').channel;

    expect(await connector.poll?.scopes({ signal })).toEqual([web, random, direct]);
  });
});

describe('what polling finds', () => {
  test('the same facts, with the same keys, as push', async () => {
    const since = now;
    const parent = slack.postMessage(mia, payments, `<@${BOT.user}> is ECD-1 done?`);
    slack.reply(ines, parent, 'Almost &amp; soon');
    slack.postMessage(tom, payments, 'Good morning');
    now += 5_000;
    slack.editMessage(mia, parent, 'Is ECD-2 done?');
    slack.unfurl(parent);
    slack.react(tom, parent, 'eyes');

    const found = await poll(payments, since);

    expect(keys(found)).toEqual(keys(pushed(connector.poll?.sees ?? [])));
    expect(keys(found)).toHaveLength(4);
    for (const event of pushed(connector.poll?.sees ?? [])) {
      const same = found.find(({ key }) => key === event.key);
      // The first version of an edited message is no longer told.
      const isFirst = event.text?.includes('ECD-1') === true;
      const told = isFirst ? { text: 'Is ECD-2 done?', title: same?.title } : {};
      expect(same).toEqual({ ...event, ...told });
    }
  });

  test('in private places what it finds is restricted', async () => {
    const since = now;
    const { channel } = slack.dm(mia, 'hello');
    slack.postMessage(tom, leads, 'secret');
    slack.postMessage(tom, payments, 'open');

    const restricted = async (scope: string) =>
      (await poll(scope, since)).map((event) => event.confined);
    expect(await restricted(channel)).toEqual([true]);
    expect(await restricted(leads)).toEqual([true]);
    expect(await restricted(payments)).toEqual([false]);
  });

  test.each([0, 5 * MINUTE, -5 * MINUTE])(
    'nothing before the first poll, by the clock of Slack, which is %d ms ahead',
    async (ahead) => {
      skew = ahead;
      slack.postMessage(mia, payments, 'before');
      now += 60_000;
      const since = now - skew;
      now += 60_000;
      slack.postMessage(mia, payments, 'after');

      expect(texts(await poll(payments, since))).toEqual(['after']);
    },
  );

  test('what was written while the first poll was under way, and each fact again within the overlap only', async () => {
    const since = now;
    slack.postMessage(mia, payments, 'one');
    expect(texts(await poll(payments, since))).toEqual(['one']);
    now += 5 * MINUTE;
    slack.postMessage(mia, payments, 'two');
    expect(texts(await poll(payments, since))).toEqual(['one', 'two']);
    now += 11 * MINUTE;
    slack.postMessage(mia, payments, 'three');
    expect(texts(await poll(payments, since))).toEqual(['one', 'two', 'three']);
    now += 15_000;
    expect(texts(await poll(payments, since))).toEqual(['three']);
  });

  test('at rest it is one call', async () => {
    const since = now;
    const parent = slack.postMessage(mia, payments, 'Who?');
    slack.reply(ines, parent, 'Me.');
    await poll(payments, since);
    now += 15_000;
    await poll(payments, since);
    const before = calls().length;
    now += 15_000;
    await poll(payments, since);

    expect(calls().slice(before)).toEqual(['conversations.history']);
  });

  test('a new reply to a parent of six days ago', async () => {
    const since = now;
    const parent = slack.postMessage(mia, payments, 'Old question');
    slack.reply(ines, parent, 'First answer');
    await poll(payments, since);
    for (let day = 0; day < 6; day += 1) {
      now += DAY;
      slack.postMessage(tom, payments, `day ${day}`);
      await poll(payments, since);
    }
    slack.reply(mia, parent, 'Late thanks');
    now += 15_000;

    expect(texts(await poll(payments, since))).toContain('Late thanks');
  });

  test('an edit of a message, once it is known', async () => {
    const since = now;
    const message = slack.postMessage(mia, payments, 'Mondy');
    await poll(payments, since);
    now += DAY;
    slack.postMessage(tom, payments, 'Something else');
    await poll(payments, since);
    now += MINUTE;
    slack.editMessage(mia, message, 'Monday');

    const found = await poll(payments, since);

    const edits = found.filter(({ kind }) => kind === 'message.edited');
    expect(texts(edits)).toEqual(['Monday']);
    expect(keys(edits)).toEqual(keys(pushed(['message.edited'])));
    expect(texts(found)).not.toContain('Mondy');
  });
});

describe('seven days without push', () => {
  test.each([
    ['history that is up to date', 0, 0],
    ['history that lags two minutes', 120_000, 0],
    ['our clock five minutes behind', 0, 5 * MINUTE],
    ['our clock five minutes ahead', 120_000, -5 * MINUTE],
  ])('with %s, everything that was said is found, replies too', async (_name, indexLagMs, off) => {
    await slack.close();
    await begin({ indexLagMs, limits: { pageSize: 20 } });
    skew = off;
    slack.postMessage(tom, payments, 'long before');
    const asked = slack.postMessage(mia, payments, 'asked before the fall');
    now += 30 * MINUTE;
    const since = now - skew;
    const before = await poll(payments, since);
    const parents = [asked];
    for (let hour = 0; hour < 7 * 24; hour += 1) {
      now += 60 * MINUTE;
      const parent = slack.postMessage(mia, payments, `message ${hour}`);
      parents.push(parent);
      const under = parents[(hour * 7) % parents.length] ?? parent;
      slack.reply(ines, under, `reply ${hour}`);
      if (hour % 5 === 0) slack.editMessage(mia, parent, `message ${hour}, edited`);
    }
    now += 150_000;

    const found = [...before, ...(await poll(payments, since))];
    now += 15_000;
    found.push(...(await poll(payments, since)));

    const wanted = pushed(['message.posted', 'message.edited']).filter(({ at }) => {
      return Date.parse(at) >= since + skew;
    });
    expect(wanted.length).toBeGreaterThan(350);
    expect(keys(found)).toEqual(keys(wanted));
  });

  test('a poll that comes every 15 seconds finds what appears late', async () => {
    await slack.close();
    await begin({ indexLagMs: 120_000 });
    const since = now;
    const found: ProjectEvent[] = [];
    let parent = slack.postMessage(mia, payments, 'first');
    for (let step = 0; step < 60; step += 1) {
      now += 15_000;
      if (step % 7 === 0) parent = slack.postMessage(mia, payments, `message ${step}`);
      if (step % 3 === 0) slack.reply(ines, parent, `reply ${step}`);
      found.push(...(await poll(payments, since)));
    }
    now += 3 * MINUTE;
    found.push(...(await poll(payments, since)));

    expect(keys(found)).toEqual(keys(pushed(['message.posted'])));
  });

  test('what changes on a page that was read already, while the next ones wait, is found', async () => {
    const since = now;
    const words = ['one', 'two', 'three', 'four'];
    const messages = words.map((word) => slack.postMessage(mia, payments, word));
    slack.limits.pageSize = 2;
    const first = await fetchPage(payments, since);
    cursors.set(payments, first.cursor);
    now += 60 * MINUTE;
    slack.editMessage(mia, messages[3]!, 'four, edited');
    now += 60 * MINUTE;
    slack.editMessage(mia, messages[0]!, 'one, edited');

    const found = [...first.events, ...(await poll(payments, since))];
    now += 15_000;
    found.push(...(await poll(payments, since)));

    expect(keys(found)).toEqual(keys(pushed(['message.posted', 'message.edited'])));
  });

  test('more threads than are remembered are all read', async () => {
    const since = now;
    const parents = Array.from({ length: 80 }, (_, at) => {
      now += MINUTE;
      return slack.postMessage(mia, payments, `question ${at}`);
    });
    await poll(payments, since);
    for (const parent of parents) {
      now += MINUTE;
      slack.reply(ines, parent, `answer to ${parent.ts}`);
    }
    const first = await poll(payments, since);
    now += DAY;
    for (const parent of parents) slack.reply(tom, parent, `thanks for ${parent.ts}`);
    const second = await poll(payments, since);

    expect(keys([...first, ...second])).toEqual(
      expect.arrayContaining(
        keys(pushed(['message.posted']).filter((one) => one.actor?.id !== mia)),
      ),
    );
  });

  test('in a busy channel a late reply is found within ten minutes', async () => {
    await slack.close();
    await begin({ limits: { pageSize: 20 } });
    const since = now;
    const parent = slack.postMessage(mia, payments, 'Old question');
    for (let count = 0; count < 60; count += 1) {
      now += MINUTE;
      slack.postMessage(tom, payments, `talk ${count}`);
    }
    await poll(payments, since);
    now += MINUTE;
    slack.reply(ines, parent, 'Late answer');
    now += 10 * MINUTE;

    expect(texts(await poll(payments, since))).toContain('Late answer');
  });
});

describe('a poll that cannot go on', () => {
  async function failing(): Promise<Failure> {
    const error: unknown = await poll(payments, 0).catch((reason: unknown) => reason);
    if (error instanceof Failure) return error;
    throw new Error('no failure');
  }

  test('says how long Slack wants to be left alone', async () => {
    slack.faults.push({
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '45' },
      match: { path: /history/ },
    });

    expect(await failing()).toMatchObject({ kind: 'rate-limited', retryAfterMs: 45_000 });
    expect(calls().filter((one) => one === 'conversations.history')).toHaveLength(1);
  });

  test('leaves the cursor where it was, and loses nothing', async () => {
    slack.limits.pageSize = 5;
    const since = now;
    const parents = Array.from({ length: 12 }, (_, at) => {
      now += MINUTE;
      const parent = slack.postMessage(mia, payments, `message ${at}`);
      slack.reply(ines, parent, `reply ${at}`);
      return parent;
    });
    const found: ProjectEvent[] = [];
    // Every other page fails, at every stage.
    for (let page = 0; page < 80; page += 1) {
      if (page % 2 === 0) {
        const times = 3;
        const path = /history|replies/;
        slack.faults.push({ kind: 'status', status: 404, times, match: { path } });
        await expect(fetchPage(payments, since)).rejects.toThrow(Failure);
        slack.faults.clear();
        continue;
      }
      const got = await fetchPage(payments, since);
      cursors.set(payments, got.cursor);
      found.push(...got.events);
    }

    expect(keys(found)).toHaveLength(parents.length * 2);
  });

  test('begins its way anew when Slack no longer knows the page', async () => {
    slack.limits.pageSize = 2;
    const since = now;
    for (const word of ['one', 'two', 'three', 'four', 'five']) {
      now += MINUTE;
      slack.postMessage(mia, payments, word);
    }
    const first = await fetchPage(payments, since);
    cursors.set(payments, first.cursor);
    const body = { ok: false, error: 'invalid_cursor' };
    slack.faults.push({ kind: 'status', status: 200, body, match: { path: /history/ } });

    expect(texts(await poll(payments, since)).sort()).toEqual([
      'five',
      'four',
      'one',
      'three',
      'two',
    ]);
  });

  test('does not follow a page that names itself as the next', async () => {
    slack.limits.pageSize = 1;
    for (const word of ['one', 'two', 'three']) slack.postMessage(mia, payments, word);
    const next_cursor = 'c2FtZQ==';
    const body = { ok: true, messages: [], response_metadata: { next_cursor } };
    slack.faults.push({ kind: 'status', status: 200, body, times: 2, match: { path: /history/ } });

    expect((await failing()).kind).toBe('bad-answer');
  });

  test('says what to do where the bot is not a member', async () => {
    const error: unknown = await poll(random, 0).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ kind: 'forbidden', fix: 'Invite the app to the channel.' });
  });

  test('refuses a cursor that is not its own', async () => {
    cursors.set(payments, '{"odd":true}');

    expect((await failing()).kind).toBe('bad-answer');
  });
});
