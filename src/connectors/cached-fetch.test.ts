import { expect, onTestFinished, test } from 'vitest';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { startSlackEmulator } from '../../emulators/slack/start-slack-emulator.ts';
import { until } from '../../test/helpers/process.ts';
import { redisMissing, startRedis } from '../../test/helpers/redis.ts';
import { outgoingOf } from '../app-outgoing.ts';
import { sharedOf } from '../app-shared.ts';
import { silentLogger } from '../lib/logger.ts';
import { sealOf } from '../lib/sealed.ts';
import { cachedFetch } from './cached-fetch.ts';
import type { CacheSettings } from './cached-fetch.ts';
import { jiraReader } from './jira/client.ts';
import { slackReader } from './slack/client.ts';

const CALL = { signal: new AbortController().signal };
const EMAIL = 'agent@example.com';
const TOKEN = 'the-token-of-the-cache-test';

/** A system that answers as told, and a cache before it whose clock moves only when told. */
function rig(over: Partial<CacheSettings> = {}) {
  const asked: string[] = [];
  const state = { now: 0, answer: () => Response.json({ names: [asked.length] }) };
  const cached = cachedFetch(
    (input) => {
      asked.push(input instanceof Request ? input.url : input.toString());
      return Promise.resolve(state.answer());
    },
    {
      covers: ({ url }) => url.pathname === '/names',
      ms: 60_000,
      account: 'ours',
      seal: sealOf(TOKEN, 'test'),
      shared: null,
      now: () => state.now,
      ...over,
    },
  );
  const ask = async (path: string, init?: RequestInit) =>
    (await cached(`https://system.example.com${path}`, init)).text();
  return { asked, state, ask };
}

test('the same read is asked once in its time, and anew afterwards', async () => {
  const { asked, state, ask } = rig();

  const first = await ask('/names?page=1');
  expect(await ask('/names?page=1')).toBe(first);
  await ask('/names?page=2');
  expect(asked).toHaveLength(2);
  state.now = 60_000;
  expect(await ask('/names?page=1')).not.toBe(first);
});

test('what is not in the list, or cannot be told apart, is always asked', async () => {
  const { asked, ask } = rig();

  for (const path of ['/issues', '/names/1']) {
    await ask(path);
    await ask(path);
  }
  const body = new Blob(['a']);
  await ask('/names', { method: 'POST', body });
  await ask('/names', { method: 'POST', body });

  expect(asked).toHaveLength(6);
});

test.each([
  ['a refusal', () => new Response('no', { status: 403 })],
  ['an error that Slack tells with 200', () => Response.json({ ok: false, error: 'fatal_error' })],
  ['a very long answer', () => Response.json({ text: 'x'.repeat(200_000) })],
])('%s is not remembered', async (_name, answer) => {
  const { asked, state, ask } = rig();
  state.answer = answer;

  await ask('/names');
  await ask('/names');

  expect(asked).toHaveLength(2);
});

test('an answer from memory does not tell the time of the system', async () => {
  const { state } = rig();
  const date = 'Mon, 02 Mar 2026 09:00:00 GMT';
  const headers = { date, link: '<next>; rel="next"', 'set-cookie': 'a=b' };
  const cached = cachedFetch(() => Promise.resolve(Response.json({}, { headers })), {
    covers: () => true,
    ms: 1000,
    account: 'ours',
    seal: sealOf(TOKEN, 'test'),
    shared: null,
    now: () => state.now,
  });

  await cached('https://system.example.com/names');
  const again = await cached('https://system.example.com/names');

  expect(again.headers.get('date')).toBeNull();
  expect(again.headers.get('set-cookie')).toBeNull();
  expect(again.headers.get('link')).toContain('next');
});

test('who has another secret opens nothing, and nothing that was changed', () => {
  const ours = sealOf(TOKEN, 'test');
  const sealed = ours.seal('who is who');

  expect(sealed).not.toContain(Buffer.from('who is who').toString('base64').slice(0, 8));
  expect(ours.open(sealed)).toBe('who is who');
  expect(sealOf('another token', 'test').open(sealed)).toBeNull();
  expect(ours.open(`${sealed.slice(0, -8)}AAAAAAA=`)).toBeNull();
  expect(ours.open('')).toBeNull();
});

const missing = await redisMissing();

test.skipIf(missing !== null)(
  'two processes ask for their lists once, in Redis nothing can be read',
  async () => {
    const redis = await startRedis();
    const jira = await startJiraEmulator({ email: EMAIL, token: TOKEN });
    const slack = await startSlackEmulator({ botToken: TOKEN });
    onTestFinished(async () => {
      await jira.close();
      await slack.close();
    });
    const processes = await Promise.all(
      [1, 2].map(async () => {
        const shared = await sharedOf({ config: { redisUrl: redis.url }, log: silentLogger });
        onTestFinished(() => shared.close());
        const probe = shared.limit({ name: 'probe', points: 1, seconds: 1, alone: 0 });
        await until('redis is reached', async () => (await probe.look('probe')).passes);
        const outgoing = outgoingOf({ callLimits: 'off', cacheSeconds: 60 }, shared);
        const access = (system: string, baseUrl: string) => ({
          baseUrl,
          email: EMAIL,
          token: TOKEN,
          ...outgoing(system, { baseUrl, token: TOKEN }),
        });
        return {
          jira: jiraReader(access('jira', jira.url)),
          slack: slackReader(access('slack', slack.url)),
        };
      }),
    );

    const types = { types: 'public_channel' };
    const answers = [];
    for (const process of [...processes, ...processes, ...processes]) {
      answers.push([
        await process.jira.get('/rest/api/3/field', {}, CALL),
        await process.slack.read('conversations.list', types, CALL),
      ]);
      // Proves the credentials: it is asked each time.
      await process.jira.get('/rest/api/3/myself', {}, CALL);
    }

    const calls = (requests: readonly { readonly path: string }[], end: string) =>
      requests.filter(({ path }) => path.split('?')[0]!.endsWith(end)).length;
    expect(calls(jira.requests, '/field')).toBe(1);
    expect(calls(slack.requests, 'conversations.list')).toBe(1);
    expect(calls(jira.requests, '/myself')).toBe(6);
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
    const keys =
      (await redis.command('KEYS', 'pm-agent:memory:*')).match(/pm-agent:memory:\w+/g) ?? [];
    expect(keys).toHaveLength(2);
    const stored = (await Promise.all(keys.map((key) => redis.command('GET', key)))).join('');
    for (const word of [TOKEN, 'summary', 'channels', 'name']) expect(stored).not.toContain(word);
  },
);
