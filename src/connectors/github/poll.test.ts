import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import { startGithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import type { WebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../../../emulators/http/start-webhook-receiver.ts';
import type { Connector } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { githubConnector } from './index.ts';

const START = Date.parse('2026-03-02T10:00:00Z');
const MINUTE = 60_000;
const call = { signal: new AbortController().signal };
const PLACE = 'acme/payments#1';

let now: number;
let github: GithubEmulator;
let receiver: WebhookReceiver;
let connector: Connector;

async function start(indexLagMs = 0, aheadMs = 0): Promise<void> {
  now = START;
  receiver = await startWebhookReceiver();
  github = await startGithubEmulator({
    token: 'token-1',
    now: () => new Date(now + aheadMs),
    indexLagMs,
    webhook: { url: receiver.url, secret: 's' },
  });
  connector = githubConnector({
    baseUrl: github.url,
    siteUrl: null,
    token: 'token-1',
    repos: ['acme/payments', 'acme/web'],
    webhookSecrets: ['s'],
    hookUrl: null,
    mayWrite: true,
  });
}

beforeEach(() => start());
afterEach(async () => {
  await github.close();
  await receiver[Symbol.asyncDispose]();
});

/** Polls until nothing waits; answers the events by their keys. */
async function pollAll(
  cursor: string | null,
  scope = 'acme/payments',
): Promise<{ found: Map<string, ProjectEvent>; cursor: string; pages: number }> {
  const found = new Map<string, ProjectEvent>();
  let at = cursor;
  for (let pages = 1; pages < 100; pages += 1) {
    const page = await connector.poll!.fetch({ scope, cursor: at, since: START, now }, call);
    for (const event of page.events) found.set(event.key, event);
    expect(page.more && page.cursor === at).toBe(false);
    at = page.cursor;
    if (!page.more) return { found, cursor: at, pages };
  }
  throw new Error('the poll does not end');
}

async function pushed(): Promise<ProjectEvent[]> {
  await github.idle();
  return receiver.received.flatMap(
    ({ body, headers }) =>
      connector.webhook!.normalise(JSON.parse(body.toString()), {
        'x-github-event': [String(headers['x-github-event'])],
      }).events,
  );
}

function step(ms = 7_000): void {
  now += ms;
}

/** One of everything that people do; each at a moment of its own. */
function busyDay(): void {
  const acts: readonly (() => unknown)[] = [
    () =>
      github.openPullRequest('acme/payments', 'mia-berg', {
        title: 'Fix ECD-7',
        branch: 'ECD-7',
        draft: true,
      }),
    () => github.markReady(PLACE, 'mia-berg'),
    () => github.convertToDraft(PLACE, 'mia-berg'),
    () => github.markReady(PLACE, 'mia-berg'),
    () => github.label(PLACE, 'mia-berg', 'needs a look'),
    () => github.unlabel(PLACE, 'mia-berg', 'needs a look'),
    () => github.assign(PLACE, 'mia-berg', 'tom-weber'),
    () => github.unassign(PLACE, 'mia-berg', 'tom-weber'),
    () => github.requestReview(PLACE, 'mia-berg', 'ines-okafor'),
    () => github.removeReviewRequest(PLACE, 'mia-berg', 'ines-okafor'),
    () => github.requestReview(PLACE, 'mia-berg', 'ines-okafor'),
    () => github.addComment(PLACE, 'tom-weber', 'looks odd'),
    () =>
      github.editComment('acme/payments', {
        id: github.comments(PLACE)[0]!.id,
        by: 'tom-weber',
        body: 'odd',
      }),
    () => github.review(PLACE, { by: 'ines-okafor', state: 'changes_requested', body: 'no' }),
    () => github.addLineComment(PLACE, { by: 'ines-okafor', body: 'here', path: 'a.ts', line: 3 }),
    () => github.closeItem(PLACE, 'mia-berg'),
    () => github.reopen(PLACE, 'mia-berg'),
    () => github.review(PLACE, { by: 'ines-okafor', state: 'approved' }),
    () => github.merge(PLACE, 'mia-berg'),
    () => github.openIssue('acme/payments', 'jonas-lind', { title: 'Broken', body: 'see log' }),
    () => github.closeItem('acme/payments#2', 'jonas-lind'),
    () => github.reopen('acme/payments#2', 'jonas-lind'),
    () => github.closeItem('acme/payments#2', 'jonas-lind'),
    () => github.publishRelease('acme/payments', { by: 'mia-berg', tag: 'v1' }),
  ];
  for (const act of acts) {
    step();
    act();
  }
  const run = github.startRun('acme/payments', { by: 'mia-berg', branch: 'main' });
  step();
  github.finishRun('acme/payments', { run, conclusion: 'failure' });
  step();
  github.restartRun('acme/payments', run);
  step();
}

describe('what a poll finds', () => {
  test('is what push tells, under the same keys, each once', async () => {
    busyDay();
    const seen = connector.poll!.sees;
    const told = (await pushed()).filter(({ kind }) => seen.includes(kind));
    const { found } = await pollAll(null);

    const keys = told.map(({ key }) => key);
    expect(keys).not.toHaveLength(0);
    expect(new Set(keys).size).toBe(keys.length);
    // The run was started again: how its first attempt ended is gone from the list.
    const firstRun = keys.filter((key) => key.startsWith('github:run:'));
    expect(keys.filter((key) => !found.has(key))).toEqual(firstRun);
    expect([...found.keys()].filter((key) => !keys.includes(key))).toEqual([]);
  });

  test('says the same of a fact as push: kind, subject, moment, actor and message', async () => {
    busyDay();
    const told = await pushed();
    const { found } = await pollAll(null);

    const both = told.flatMap((event) => {
      const same = found.get(event.key);
      return same === undefined ? [] : [[event, same] as const];
    });
    expect(both.length).toBeGreaterThan(20);
    for (const [one, other] of both) {
      const { kind, subject, at, actor, message, scope, changes } = one;
      expect(other).toMatchObject({ kind, subject, at, actor, message, scope, changes });
    }
  });

  test('names the branch of a pull request', async () => {
    busyDay();
    const { found } = await pollAll(null);

    const opened = found.values().find(({ kind }) => kind === 'pull-request.opened');
    expect(opened?.clues).toEqual(['ECD-7']);
  });

  test('begins at the instant that is asked for', async () => {
    github.openIssue('acme/payments', 'mia-berg', { title: 'Old' });
    const comment = github.addComment(PLACE, 'mia-berg', 'old');
    step(MINUTE);
    const since = now;
    step(MINUTE);
    github.editComment('acme/payments', { id: comment.id, by: 'mia-berg', body: 'new' });
    github.label(PLACE, 'mia-berg', 'bug');
    const page = await connector.poll!.fetch(
      { scope: 'acme/payments', cursor: null, since, now },
      call,
    );

    expect(page.events.map(({ kind }) => kind).toSorted()).toEqual([
      'comment.edited',
      'issue.labeled',
    ]);
  });

  test.each([5 * MINUTE, -5 * MINUTE])(
    'does not depend on our clock being right (%i ms)',
    async (ahead) => {
      await github.close();
      await receiver[Symbol.asyncDispose]();
      await start(0, ahead);
      const first = await pollAll(null);
      step();
      github.openIssue('acme/payments', 'mia-berg', { title: 'New' });
      const second = await pollAll(first.cursor);

      expect(first.found.size).toBe(0);
      expect([...second.found.values()].map(({ kind }) => kind)).toEqual(['issue.opened']);
    },
  );
});

describe('nothing is lost', () => {
  test('although lists show a change two minutes late', async () => {
    await github.close();
    await receiver[Symbol.asyncDispose]();
    await start(120_000);
    const found = new Map<string, ProjectEvent>();
    let { cursor } = await pollAll(null);
    const poll = async (): Promise<void> => {
      const round = await pollAll(cursor);
      cursor = round.cursor;
      for (const [key, event] of round.found) found.set(key, event);
    };
    for (let round = 0; round < 20; round += 1) {
      const number = github.openIssue('acme/payments', 'mia-berg', { title: `No ${round}` });
      github.addComment(`acme/payments#${number}`, 'tom-weber', 'yes');
      step(45_000);
      await poll();
    }
    step(120_000);
    await poll();

    const told = (await pushed()).map(({ key }) => key);
    expect(told).toHaveLength(40);
    expect(told.filter((key) => !found.has(key))).toEqual([]);
  });

  test('over many pages, also where many changes bear one instant', async () => {
    for (let count = 0; count < 50; count += 1) {
      github.openIssue('acme/payments', 'mia-berg', { title: `No ${count}` });
    }
    for (let count = 0; count < 230; count += 1) {
      if (count > 150) step(1_000);
      github.addComment(PLACE, 'tom-weber', `line ${count}`);
    }
    const { found, pages } = await pollAll(null);

    expect(found.size).toBe(280);
    expect(pages).toBeGreaterThan(1);
  });

  test('where what was read moves to the end of the list while we read', async () => {
    const count = 150;
    for (let number = 1; number <= count; number += 1) {
      step(1_000);
      github.openIssue('acme/payments', 'mia-berg', { title: `No ${number}` });
    }
    const opened = new Set<string>();
    let cursor: string | null = null;
    for (let page = 1; ; page += 1) {
      const got = await connector.poll!.fetch(
        { scope: 'acme/payments', cursor, since: START, now },
        call,
      );
      const made = got.events.filter(({ kind }) => kind === 'issue.opened');
      made.forEach(({ subject }) => opened.add(subject));
      cursor = got.cursor;
      if (!got.more) break;
      step(1_000);
      const moved = page === 1 ? [1, 2, 3, 4, 5] : [];
      moved.forEach((number) => github.label(`acme/payments#${number}`, 'mia-berg', 'moved'));
    }

    expect(opened.size).toBe(count);
  });

  test('because each round looks at the last quarter of an hour again', async () => {
    for (let round = 0; round < 40; round += 1) {
      step(MINUTE);
      github.openIssue('acme/payments', 'mia-berg', { title: `No ${round}` });
    }
    const newest = now;
    const { cursor } = await pollAll(null);
    const before = github.requests.length;
    await pollAll(cursor);

    const lists = github.requests.slice(before).filter(({ query }) => query.includes('since='));
    expect(lists).toHaveLength(3);
    for (const { query } of lists) {
      const since = Date.parse(new URLSearchParams(query).get('since') ?? '');
      expect(newest - since).toBe(15 * MINUTE);
    }
  });

  test('from a time line of several pages', async () => {
    github.openIssue('acme/payments', 'mia-berg', { title: 'Long' });
    for (let count = 0; count < 250; count += 1) {
      step(1_000);
      github.label(PLACE, 'mia-berg', `label-${count}`);
    }
    const { found } = await pollAll(null);

    expect(found.size).toBe(251);
  });

  test('where a time line grows beyond the page that was remembered', async () => {
    github.openIssue('acme/payments', 'mia-berg', { title: 'Long' });
    const label = (count: number): void => github.label(PLACE, 'mia-berg', `label-${count}`);
    for (let count = 0; count < 100; count += 1) label(count);
    const { cursor } = await pollAll(null);
    await pollAll(cursor);
    step();
    label(100);
    const { found } = await pollAll(cursor);

    expect([...found.values()].at(-1)?.changes).toEqual([
      { field: 'label', from: null, to: 'label-100' },
    ]);
  });

  test('where a page fails: the same cursor reads it again', async () => {
    const { cursor } = await pollAll(null);
    step();
    github.openIssue('acme/payments', 'mia-berg', { title: 'New' });
    const status = { kind: 'status', status: 403, headers: { 'retry-after': '40' } } as const;
    github.faults.push({ ...status, match: { path: /comments$/ } });
    const failure: unknown = await pollAll(cursor).catch((error: unknown) => error);

    expect(failure).toMatchObject({ kind: 'rate-limited', retryAfterMs: 40_000 });
    expect((await pollAll(cursor)).found.size).toBe(1);
  });
});

describe('what a poll costs', () => {
  test('at rest five calls that count for nothing', async () => {
    busyDay();
    const { cursor } = await pollAll(null);
    const { cursor: again } = await pollAll(cursor);
    step(60 * MINUTE);
    const before = github.requests.length;
    const rest = await pollAll(again);
    const calls = github.requests.slice(before);

    expect(rest.cursor).toBe(again);
    expect(calls.filter(({ status }) => status !== 304)).toEqual([]);
    // The five lists, and the time line of what changed last.
    expect(calls.filter(({ path }) => !/timeline$|pulls\/1$/.test(path))).toHaveLength(5);
  });

  test('a limit that is used up is told with its wait', async () => {
    github.exhaustLimit();
    const error: unknown = await pollAll(null).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ kind: 'rate-limited' });
    expect(error instanceof Failure && error.retryAfterMs).toBe(60 * MINUTE);
  });

  test('a repository that is not configured is denied before anything is sent', async () => {
    const ask = { scope: 'acme/other', cursor: null, since: START, now };

    await expect(connector.poll!.fetch(ask, call)).rejects.toMatchObject({ kind: 'denied' });
    expect(github.requests).toHaveLength(0);
  });
});
