import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PEOPLE } from '../../../emulators/bitbucket/bitbucket-seed.ts';
import type { BitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import { startBitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import type { WebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import type { Connector, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { bitbucketConnector } from './index.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-02T09:00:00.000Z');
const [mia, ines, tom] = [PEOPLE.mia.uuid, PEOPLE.ines.uuid, PEOPLE.tom.uuid];
const call = { signal: new AbortController().signal };
const on = (by: string, id = 1) => ({ repo: 'payments', id, by });

let bitbucket: BitbucketEmulator;
let receiver: WebhookReceiver;
let connector: Connector;
let now: number;

async function start(options: { indexLagMs?: number; requestsPerHour?: number } = {}) {
  bitbucket = await startBitbucketEmulator({
    email: 'agent@example.com',
    token: 'token-1',
    now: () => new Date(now),
    webhook: { url: receiver.url, secret: 's' },
    indexLagMs: options.indexLagMs ?? 0,
    limits: { requestsPerHour: options.requestsPerHour ?? 10_000 },
  });
  connector = bitbucketConnector({
    baseUrl: bitbucket.url,
    email: 'agent@example.com',
    token: 'token-1',
    workspace: 'acme',
    repos: ['payments'],
    webhookSecrets: ['s'],
    mayWrite: true,
  });
}

beforeEach(async () => {
  now = START;
  receiver = await startWebhookReceiver();
});

afterEach(async () => {
  await bitbucket.close();
  await receiver[Symbol.asyncDispose]();
});

async function fetchPage(cursor: string | null, since = START): Promise<PollPage> {
  const page = await connector.poll?.fetch({ scope: 'acme/payments', cursor, since, now }, call);
  if (page === undefined) throw new Error('no poll');
  return page;
}

async function sweep(cursor: string | null, since = START) {
  const events: ProjectEvent[] = [];
  let at = cursor;
  for (let more = true; more;) {
    const page = await fetchPage(at, since);
    events.push(...page.events);
    ({ cursor: at, more } = page);
  }
  return { events, cursor: at };
}

/** What the webhooks said of everything so far. */
function pushed(): ProjectEvent[] {
  return bitbucket.deliveries.flatMap(({ event, body }) => {
    const headers = { 'x-event-key': [event] };
    return connector.webhook?.normalise(JSON.parse(body.toString()), headers).events ?? [];
  });
}

/** Much of what can happen, a minute apart. */
function history() {
  const steps: (() => void)[] = [
    () =>
      bitbucket.createPullRequest('payments', mia, {
        title: 'Fix rounding',
        branch: 'feature/ECD-1',
        description: 'Half up',
        reviewers: [ines],
      }),
    () => bitbucket.addComment(on(ines), 'Why half up?'),
    () => bitbucket.editComment(on(ines), bitbucket.comments('payments', 1)[0]!.id, 'Why?'),
    () => bitbucket.requestChanges(on(ines)),
    () => bitbucket.push('payments', { branch: 'feature/ECD-1', author: mia, messages: ['Round'] }),
    () => bitbucket.setBuild('payments', { branch: 'feature/ECD-1', key: 'ci', state: 'FAILED' }),
    () => bitbucket.updatePullRequest(on(mia), { title: 'Fix all rounding' }),
    () => bitbucket.addComment(on(tom), 'Never mind'),
    () => bitbucket.deleteComment(on(tom), bitbucket.comments('payments', 1)[1]!.id),
    () => bitbucket.resolveComment(on(ines), bitbucket.comments('payments', 1)[0]!.id),
    () => bitbucket.approve(on(ines)),
    () => bitbucket.merge(on(mia)),
    () => bitbucket.createPullRequest('payments', tom, { title: 'Try', branch: 'try' }),
    () => bitbucket.decline(on(ines, 2), 'not now'),
  ];
  for (const step of steps) {
    step();
    now += MINUTE;
  }
}

const sees = () => connector.poll?.sees ?? [];
const keys = (events: readonly ProjectEvent[]) => events.map(({ key }) => key);

describe('what was pushed and what is polled', () => {
  test('every fact that polling sees is found, with the key and the meaning that its webhook has', async () => {
    await start();
    history();

    const { events } = await sweep(null);

    const found = new Map(events.map((event) => [event.key, event]));
    // A comment that is gone does not say any more that it was written.
    const wanted = pushed().filter(
      ({ kind, text }) => sees().includes(kind) && text !== 'Never mind',
    );
    expect(wanted.length).toBeGreaterThan(11);
    for (const { kind, subject, key, message, scope, actor } of wanted) {
      expect(found.get(key), kind).toMatchObject({ kind, subject, message, scope });
      if (kind !== 'comment.deleted') expect(found.get(key)?.actor).toEqual(actor);
    }
    expect(new Set(keys(events)).size).toBe(events.length);
    expect(new Set(wanted.map(({ kind }) => kind))).toEqual(new Set(sees()));
  });

  test('polling says nothing that no webhook said, and is in order of time', async () => {
    await start();
    history();

    const { events } = await sweep(null);

    const known = new Set(keys(pushed()));
    expect(events.filter(({ key }) => !known.has(key))).toEqual([]);
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted());
  });

  test('a failed build of a pull request is found and names the pull request', async () => {
    await start();
    history();

    const { events } = await sweep(null);

    expect(events.find(({ kind }) => kind === 'build.failed')).toMatchObject({
      subject: 'bitbucket:branch:acme/payments/feature/ECD-1',
      related: ['bitbucket:pull-request:acme/payments/1'],
    });
  });

  test('what was too large to be pushed is polled', async () => {
    await start();
    bitbucket.createPullRequest('payments', mia, {
      title: 'Long',
      branch: 'long',
      description: 'x'.repeat(300_000),
    });

    const { events } = await sweep(null);

    expect(bitbucket.deliveries).toMatchObject([{ outcome: 'dropped', reason: 'too large' }]);
    expect(keys(events)).toEqual(keys(pushed()));
  });
});

describe('from where to where', () => {
  test('the first poll gives nothing from before it was asked for', async () => {
    await start();
    history();
    const since = START + 10 * MINUTE;

    const { events } = await sweep(null, since);

    const kinds = events.map(({ kind }) => kind);
    expect(kinds).toEqual([
      'pull-request.approved',
      'pull-request.merged',
      'pull-request.created',
      'pull-request.declined',
    ]);
  });

  test('a pull request that was closed long ago and is talked about is not closed again', async () => {
    await start();
    history();
    now += HOUR;
    const since = now;
    bitbucket.addComment(on(tom), 'Thank you');

    const { events } = await sweep(null, since);

    expect(events.map(({ kind }) => kind)).toEqual(['comment.created']);
  });

  test('the same where the log is too long to be read to that end', async () => {
    await start();
    history();
    for (let nth = 0; nth < 60; nth += 1) bitbucket.approve(on(ines));
    now += HOUR;
    const since = now;
    bitbucket.addComment(on(tom), 'Thank you');

    const { events } = await sweep(null, since);

    expect(events.map(({ kind }) => kind)).toEqual(['comment.created']);
  });

  test('what turns up late with an earlier time than what was read is found', async () => {
    await start();
    history();
    const { cursor } = await sweep(null);
    now -= 6 * MINUTE;
    bitbucket.addComment(on(ines), 'Late');
    now += 10 * MINUTE;

    const { events } = await sweep(cursor);

    expect(events.map(({ text }) => text)).toContain('Late');
  });

  test('a week without webhooks is found in the sweeps after it, each fact once by its key', async () => {
    await start();
    const { cursor } = await sweep(null);
    for (let day = 0; day < 7; day += 1) {
      now += 24 * HOUR;
      for (let nth = 0; nth < 4; nth += 1) {
        now += MINUTE;
        bitbucket.createPullRequest('payments', mia, {
          title: `PR ${day}.${nth}`,
          branch: `b${day}${nth}`,
        });
      }
      bitbucket.addComment(on(ines, day + 1), 'Ready?');
    }

    const { events } = await sweep(cursor);

    expect(new Set(keys(events))).toEqual(
      new Set(keys(pushed().filter(({ kind }) => sees().includes(kind)))),
    );
    expect(events.length).toBeGreaterThanOrEqual(35);
  });

  test('what lists show two minutes late is found, whenever they are asked', async () => {
    await start({ indexLagMs: 120_000 });
    const found = new Set<string>();
    let cursor: string | null = null;
    for (let nth = 0; nth < 12; nth += 1) {
      bitbucket.createPullRequest('payments', mia, { title: `PR ${nth}`, branch: `b${nth}` });
      now += 20_000;
      bitbucket.addComment(on(ines, nth + 1), 'Ready?');
      now += 45_000;
      const page = await sweep(cursor);
      ({ cursor } = page);
      for (const key of keys(page.events)) found.add(key);
    }
    now += 3 * MINUTE;
    for (const key of keys((await sweep(cursor)).events)) found.add(key);

    expect(found).toEqual(new Set(keys(pushed().filter(({ kind }) => sees().includes(kind)))));
  });

  test('a build that ends an hour after the last change of its pull request is found', async () => {
    await start();
    bitbucket.createPullRequest('payments', mia, { title: 'Slow', branch: 'slow' });
    now += 5 * MINUTE;
    const { cursor } = await sweep(null);
    now += HOUR;
    bitbucket.setBuild('payments', { branch: 'slow', key: 'ci', state: 'FAILED' });
    now += 5 * MINUTE;

    const { events } = await sweep(cursor);

    expect(events.map(({ kind }) => kind)).toContain('build.failed');
  });

  test('at rest a poll is one call', async () => {
    await start();
    history();
    now += 3 * HOUR;
    const { cursor } = await sweep(null);
    const before = bitbucket.requests.length;
    now += HOUR;

    await sweep(cursor);

    expect(bitbucket.requests.length - before).toBe(1);
  });

  test.each([-5, 5])('our own clock may be %i minutes off', async (minutes) => {
    await start();
    now += HOUR;
    // What happened before we began, by either clock, is not wanted; all after it is.
    bitbucket.createPullRequest('payments', mia, { title: 'Before', branch: 'before' });
    now += 2_000;
    const ours = () => now + minutes * MINUTE;
    const since = ours();
    bitbucket.createPullRequest('payments', mia, { title: 'After', branch: 'after' });
    now += MINUTE;
    const poll = (cursor: string | null) =>
      connector.poll!.fetch({ scope: 'acme/payments', cursor, since, now: ours() }, call);
    const first = await poll(null);
    bitbucket.addComment(on(ines, 2), 'Later');
    now += MINUTE;

    const second = await poll(first.cursor);

    expect(first.events.map(({ title }) => title)).toEqual([
      'Mia Berg opened pull request acme/payments#2: After',
    ]);
    expect(second.events.map(({ text }) => text)).toContain('Later');
  });
});

describe('when it goes wrong', () => {
  async function kindOf(work: Promise<unknown>): Promise<Failure> {
    const error: unknown = await work.catch((reason: unknown) => reason);
    if (error instanceof Failure) return error;
    throw new Error('no failure');
  }

  test('a rate limit says how long to wait, with or without the header', async () => {
    await start({ requestsPerHour: 0 });
    const bare = await kindOf(fetchPage(null));
    bitbucket.faults.push({ kind: 'status', status: 429, headers: { 'retry-after': '90' } });
    await bitbucket.close();
    await start();
    bitbucket.faults.push({ kind: 'status', status: 429, headers: { 'retry-after': '90' } });
    const told = await kindOf(fetchPage(null));

    expect(bare).toMatchObject({ kind: 'rate-limited', retryAfterMs: 60_000 });
    expect(told).toMatchObject({ kind: 'rate-limited', retryAfterMs: 90_000 });
  });

  test('a page that could not be read whole gives no cursor, and the next poll gives all of it', async () => {
    await start();
    history();
    const { cursor } = await sweep(null, START - HOUR);
    bitbucket.addComment(on(ines, 2), 'After all?');
    bitbucket.faults.push({ kind: 'status', status: 403, match: { path: /\/comments$/ } });

    const failure = await kindOf(fetchPage(cursor));
    const { events } = await sweep(cursor);

    expect(failure.kind).toBe('forbidden');
    expect(events.map(({ text }) => text)).toContain('After all?');
  });

  test('a next page that leads elsewhere is not followed', async () => {
    await start();
    const body = { values: [], next: 'https://evil.example/2.0/user' };
    bitbucket.faults.push({ kind: 'status', status: 200, body });

    expect((await kindOf(fetchPage(null))).kind).toBe('bad-answer');
  });

  test('a next page that was given before is not followed again', async () => {
    await start();
    const next = `${bitbucket.url}/repositories/acme/payments/pullrequests?page=2`;
    bitbucket.faults.push({ kind: 'status', status: 200, body: { values: [], next }, times: 3 });

    expect((await kindOf(fetchPage(null))).kind).toBe('bad-answer');
  });

  test('a cursor that is not one of ours and a repository that is not watched are refused', async () => {
    await start();
    expect((await kindOf(fetchPage('page 2'))).kind).toBe('bad-answer');
    const ask = { scope: 'acme/web', cursor: null, since: 0, now };

    expect((await kindOf(connector.poll!.fetch(ask, call))).kind).toBe('denied');
  });
});

test('the scopes are the watched repositories, or all that are there', async () => {
  await start();
  const all = bitbucketConnector({
    ...{ baseUrl: bitbucket.url, email: 'agent@example.com', token: 'token-1' },
    ...{ workspace: 'acme', repos: [], webhookSecrets: [], mayWrite: false },
  });

  expect(await connector.poll?.scopes(call)).toEqual(['acme/payments']);
  expect(await all.poll?.scopes(call)).toEqual(['acme/payments', 'acme/web']);
});
