import { expect, onTestFinished, test } from 'vitest';
import { startJiraEmulator } from '../../emulators/jira/start-jira-emulator.ts';
import { sharedOf } from '../app-shared.ts';
import { outgoingOf } from '../app-outgoing.ts';
import { Failure } from '../domain/failure.ts';
import { silentLogger } from '../lib/logger.ts';
import { localLimit } from '../lib/rate-limit.ts';
import { BITBUCKET_PACES } from './bitbucket/paces.ts';
import { GITHUB_PACES } from './github/paces.ts';
import { JIRA_PACES } from './jira/paces.ts';
import { jiraReader } from './jira/client.ts';
import { EVERY_CALL, pacedFetch } from './pace.ts';
import type { Pace } from './pace.ts';
import { SENTRY_PACES } from './sentry/paces.ts';
import { SLACK_PACES } from './slack/paces.ts';
import { redisMissing, startRedis } from '../../test/helpers/redis.ts';
import { until } from '../../test/helpers/process.ts';

const CALL = { signal: new AbortController().signal };

/** What a system was sent, and a clock that moves when somebody waits. */
function rig(paces: readonly Pace[]) {
  const sent: string[] = [];
  const waits: number[] = [];
  let now = 0;
  const paced = pacedFetch(
    (input) => {
      sent.push(input instanceof Request ? input.url : input.toString());
      return Promise.resolve(Response.json({}));
    },
    {
      account: 'ours',
      kept: paces.map((pace) => ({ pace, limit: localLimit(pace, () => now) })),
      sleep: (ms) => {
        waits.push(ms);
        now += ms;
        return Promise.resolve();
      },
    },
  );
  return { paced, sent, waits, move: (ms: number) => (now += ms) };
}

const pace = (over: Partial<Pace> = {}): Pace => ({
  name: 'test',
  points: 3,
  seconds: 2,
  alone: 3,
  covers: EVERY_CALL,
  ...over,
});

test('a call without room waits for the next window', async () => {
  const { paced, sent, waits } = rig([pace()]);

  for (let at = 0; at < 7; at += 1) await paced('https://jira.example.com/rest');

  expect(sent).toHaveLength(7);
  expect(waits).toEqual([2000, 2000]);
});

test('a call that would wait too long is refused unsent, with its time to wait', async () => {
  const { paced, sent, waits } = rig([pace({ seconds: 60 })]);
  for (let at = 0; at < 3; at += 1) await paced('https://jira.example.com/rest');

  const failure = await paced('https://jira.example.com/rest').catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({ kind: 'rate-limited', retryAfterMs: 60_000 });
  expect(sent).toHaveLength(3);
  expect(waits).toEqual([]);
});

test('reads do not use up what is for writes', async () => {
  const writes = GITHUB_PACES.filter(({ name }) => name === 'github-writes-minute');
  const { paced, sent } = rig(writes);

  for (let at = 0; at < 100; at += 1) await paced('https://api.github.com/user');
  for (let at = 0; at < 30; at += 1) await paced('https://api.github.com/x', { method: 'POST' });
  const failure = await paced('https://api.github.com/x', { method: 'POST' }).catch(
    (error: unknown) => error,
  );

  expect(failure).toMatchObject({ kind: 'rate-limited' });
  expect(sent).toHaveLength(130);
});

test('each method of Slack has the limit of its tier', async () => {
  const { paced, sent } = rig(SLACK_PACES);
  const post = (method: string) =>
    paced(`https://slack.com/api/${method}`, { method: 'POST' }).then(
      () => 'sent',
      () => 'refused',
    );

  const history = [];
  for (let at = 0; at < 12; at += 1) history.push(await post('conversations.history'));
  const list = [];
  for (let at = 0; at < 5; at += 1) list.push(await post('conversations.list'));

  expect(history.filter((end) => end === 'sent')).toHaveLength(10);
  expect(list.filter((end) => end === 'sent')).toHaveLength(4);
  expect(await post('users.info')).toBe('sent');
  expect(sent).toHaveLength(15);
});

/** What a system allows in how many seconds, by its contract, and which of our limits is for it. */
const ALLOWED = [
  ['jira', JIRA_PACES, 100, 1],
  ['bitbucket', BITBUCKET_PACES, 1_000, 3_600],
  ['github-minute', GITHUB_PACES, 900, 60],
  ['github-hour', GITHUB_PACES, 5_000, 3_600],
  ['github-writes-minute', GITHUB_PACES, 80, 60],
  ['github-writes-hour', GITHUB_PACES, 500, 3_600],
  ['slack-2', SLACK_PACES, 20, 60],
  ['slack-3', SLACK_PACES, 50, 60],
  ['slack-4', SLACK_PACES, 100, 60],
] as const;

test.each(ALLOWED)('%s: no time of that length takes more', (...row) => {
  const [name, paces, calls, seconds] = row;
  const found = paces.find((one) => one.name === name)!;

  // Windows begin with the first call, so a time touches one more than fit into it.
  const touched = Math.ceil(seconds / found.seconds) + 1;

  expect(touched * found.points).toBeLessThanOrEqual(calls);
});

test.each([...JIRA_PACES, ...BITBUCKET_PACES, ...GITHUB_PACES, ...SLACK_PACES, ...SENTRY_PACES])(
  '$name: four processes that count alone stay under it together',
  ({ alone, points }) => {
    expect(alone).toBeGreaterThan(0);
    expect(4 * alone).toBeLessThanOrEqual(Math.max(points, 4));
  },
);

test('a stand-in on this machine is not slowed down, and nothing is where it is switched off', async () => {
  const shared = await sharedOf({ config: { redisUrl: null }, log: silentLogger });
  const isPlain = (callLimits: 'outside' | 'all' | 'off', baseUrl: string | null) => {
    const config = { callLimits, cacheSeconds: 0 };
    return outgoingOf(config, shared)('jira', { baseUrl, token: 'a token' }).fetch === fetch;
  };

  expect(isPlain('outside', 'http://127.0.0.1:4000')).toBe(true);
  expect(isPlain('outside', 'http://127.0.0.1.example.com')).toBe(false);
  expect(isPlain('outside', null)).toBe(false);
  expect(isPlain('all', 'http://127.0.0.1:4000')).toBe(false);
  expect(isPlain('off', null)).toBe(true);
});

const missing = await redisMissing();

test.skipIf(missing !== null)(
  'two processes together send a system no more than one may',
  async () => {
    const redis = await startRedis();
    const jira = await startJiraEmulator({ email: 'agent@example.com', token: 'a token' });
    onTestFinished(() => jira.close());
    const sites = await Promise.all(
      [1, 2].map(async () => {
        const shared = await sharedOf({ config: { redisUrl: redis.url }, log: silentLogger });
        onTestFinished(() => shared.close());
        const probe = shared.limit({ name: 'probe', points: 1, seconds: 1, alone: 0 });
        await until('redis is reached', async () => (await probe.look('probe')).passes);
        const limit = shared.limit(pace({ name: 'jira', points: 12, seconds: 600, alone: 3 }));
        const fetchOfProcess = pacedFetch(fetch, {
          account: 'ours',
          kept: [{ pace: pace(), limit }],
        });
        return jiraReader({
          baseUrl: jira.url,
          email: 'agent@example.com',
          token: 'a token',
          fetch: fetchOfProcess,
        });
      }),
    );

    const ends = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        sites[at % 2]!.get('/rest/api/3/myself', {}, CALL).then(
          () => 'done',
          (error: unknown) => (error instanceof Failure ? error.kind : 'else'),
        ),
      ),
    );

    expect(ends.filter((end) => end === 'done')).toHaveLength(12);
    expect(ends.filter((end) => end === 'rate-limited')).toHaveLength(28);
  },
);
