import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PEOPLE } from '../../../emulators/bitbucket/bitbucket-seed.ts';
import type { BitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import { startBitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import { PullRequestSituation } from '../../domain/situation.ts';
import { sha256 } from '../../lib/digest.ts';
import { fitting } from '../rest-shape.ts';
import { bitbucketConnector } from './index.ts';
import { Activity } from './payload.ts';
import type { BitbucketSettings } from './settings.ts';
import { addedAt, draftChangesIn, pushesIn, reviewsIn, updatesIn } from './survey-log.ts';

const START = Date.parse('2026-11-16T09:00:00Z');
const HOUR = 3_600_000;
const SUBJECT = 'bitbucket:pull-request:acme/payments/1';
const { mia, ines, tom } = PEOPLE;

let bitbucket: BitbucketEmulator;
let settings: BitbucketSettings;
let now: number;

beforeEach(async () => {
  now = START;
  const account = { email: 'agent@example.com', token: 'token-1' };
  bitbucket = await startBitbucketEmulator({ ...account, now: () => new Date(now) });
  settings = {
    ...account,
    baseUrl: bitbucket.url,
    workspace: 'acme',
    repos: ['payments'],
    webhookSecrets: [],
    mayWrite: true,
  };
});
afterEach(() => bitbucket.close());

const call = { signal: new AbortController().signal };
const on = (by: string) => ({ repo: 'payments', id: 1, by });

function survey(subject: string, more: Partial<BitbucketSettings> = {}) {
  return bitbucketConnector({ ...settings, ...more }).survey?.(subject, call);
}

async function look(): Promise<PullRequestSituation> {
  return PullRequestSituation.parse(await survey(SUBJECT));
}

function open(more: { draft?: boolean; title?: string; reviewers?: string[] } = {}): void {
  const wanted = { title: 'Fix rounding', description: 'Half up.', branch: 'ECD-7', ...more };
  bitbucket.createPullRequest('payments', mia.uuid, wanted);
}

/** An hour later, somebody does something. */
function later(act: () => unknown): string {
  now += HOUR;
  act();
  return new Date(now).toISOString();
}

const ref = ({ accountId, name }: { accountId: string | null; name: string }) => ({
  system: 'bitbucket',
  id: accountId,
  name,
  bot: false,
});

describe('how a pull request stands', () => {
  test('from draft to ready, asked for review, sent back and pushed again', async () => {
    open({ draft: true });
    const created = new Date(now).toISOString();
    const ready = later(() => bitbucket.updatePullRequest(on(mia.uuid), { draft: false }));
    const asked = later(() =>
      bitbucket.updatePullRequest(on(mia.uuid), { reviewers: [ines.uuid, tom.uuid] }),
    );
    const inline = later(() =>
      bitbucket.addComment(on(tom.uuid), 'why?', { inline: { path: 'a.ts', to: 1 } }),
    );
    const back = later(() => bitbucket.requestChanges(on(tom.uuid)));
    const said = later(() => bitbucket.addComment(on(mia.uuid), 'On it'));
    const pushed = later(() => bitbucket.push('payments', { branch: 'ECD-7', author: mia.uuid }));

    expect(await look()).toEqual({
      kind: 'pull-request',
      subject: SUBJECT,
      name: 'payments#1',
      title: 'Fix rounding',
      url: 'https://bitbucket.example/acme/payments/pull-requests/1',
      createdAt: created,
      textDigest: sha256('Fix rounding\nHalf up.'),
      state: 'open',
      draft: false,
      author: ref(mia),
      draftChanges: [{ at: ready, by: ref(mia), ready: true }],
      requests: [{ reviewer: ref(ines), at: asked }],
      reviews: [{ at: back, by: ref(tom), verdict: 'changes_requested' }],
      comments: [
        { at: inline, by: ref(tom), inline: true },
        { at: said, by: ref(mia), inline: false },
      ],
      pushes: [{ at: pushed, by: ref(mia) }],
      checks: 'unknown',
      critical: false,
      lines: null,
      mergedAt: null,
    });
  });

  test('who was a reviewer from the beginning waits since then; who approved is asked no more', async () => {
    open({ reviewers: [ines.uuid, tom.uuid] });
    const approved = later(() => bitbucket.approve(on(ines.uuid)));

    expect(await look()).toMatchObject({
      requests: [{ reviewer: ref(tom), at: new Date(START).toISOString() }],
      reviews: [{ at: approved, by: ref(ines), verdict: 'approved' }],
    });
    later(() => bitbucket.unapprove(on(ines.uuid)));
    const found = await look();
    expect(found.reviews).toEqual([]);
    expect(found.requests.map(({ reviewer }) => reviewer.name)).toEqual([ines.name, tom.name]);
  });

  test('merged and declined are told, and when', async () => {
    open({ title: 'HOTFIX: rounding' });
    const merged = later(() => bitbucket.merge(on(tom.uuid)));
    expect(await look()).toMatchObject({ state: 'merged', mergedAt: merged, critical: true });

    open({ title: 'Other' });
    bitbucket.decline({ repo: 'payments', id: 2, by: mia.uuid });
    expect(await survey('bitbucket:pull-request:acme/payments/2')).toMatchObject({
      state: 'declined',
      mergedAt: null,
    });
  });

  test('builds of the last commit count, those of older ones do not', async () => {
    open();
    const build = { branch: 'ECD-7', key: 'ci' };
    bitbucket.setBuild('payments', { ...build, state: 'FAILED' });
    expect((await look()).checks).toBe('failing');
    bitbucket.push('payments', { branch: 'ECD-7', author: mia.uuid });
    expect((await look()).checks).toBe('unknown');
    bitbucket.setBuild('payments', { ...build, state: 'INPROGRESS' });
    expect((await look()).checks).toBe('pending');
    bitbucket.setBuild('payments', { ...build, state: 'SUCCESSFUL' });
    expect((await look()).checks).toBe('passing');
  });

  test('a comment that was deleted is nobody’s answer', async () => {
    open();
    const { id } = bitbucket.addComment(on(tom.uuid), 'oops');
    bitbucket.deleteComment(on(tom.uuid), id);

    expect((await look()).comments).toEqual([]);
  });

  test('a usual one takes four calls', async () => {
    open();
    await look();

    expect(bitbucket.requests).toHaveLength(4);
  });
});

describe('what is not watched', () => {
  test.each([
    'bitbucket:pull-request:acme/payments/9',
    'bitbucket:pull-request:acme/web/1',
    'bitbucket:pull-request:other/payments/1',
    'bitbucket:branch:acme/payments/main',
    'github:pull-request:acme/payments#1',
  ])('there is no situation of %s', async (subject) => {
    open();

    expect(await survey(subject)).toBeNull();
  });

  test('a token that is not taken is a failure, not a missing pull request', async () => {
    open();

    await expect(survey(SUBJECT, { token: 'wrong' })).rejects.toMatchObject({
      kind: 'unauthorized',
    });
  });
});

test('a recorded log that does not say what changed still tells votes and pushes', () => {
  const file = '../../../test/fixtures/bitbucket/rest/danger--bitbucket_cloud_activities.json';
  const log = fitting(Activity).parse(
    JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')),
  );
  const updates = updatesIn(log);

  expect(updates).toHaveLength(7);
  expect(reviewsIn(log)).toMatchObject([{ at: '2019-06-19T15:54:52.598Z', verdict: 'approved' }]);
  expect(pushesIn(updates).length).toBeGreaterThan(0);
  expect(draftChangesIn(updates)).toEqual([]);
  expect(addedAt(updates, 'anybody')).toBeNull();
});
