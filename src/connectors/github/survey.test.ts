import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import { startGithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import { IssueSituation, PullRequestSituation } from '../../domain/situation.ts';
import { sha256 } from '../../lib/digest.ts';
import { githubConnector } from './index.ts';
import type { GithubSettings } from './settings.ts';
import { Entry } from './rest.ts';
import { datedEntries, pushesIn, requestedAt, reviewsIn } from './survey-timeline.ts';

const REPO = 'acme/payments';
const PLACE = `${REPO}#1`;
const START = Date.parse('2026-11-16T09:00:00Z');
const HOUR = 3_600_000;

let github: GithubEmulator;
let settings: GithubSettings;
let now: number;

beforeEach(async () => {
  now = START;
  github = await startGithubEmulator({ token: 'token-1', now: () => new Date(now) });
  settings = {
    baseUrl: github.url,
    siteUrl: null,
    token: 'token-1',
    repos: ['acme/payments', 'acme/web'],
    webhookSecrets: [],
    hookUrl: null,
    mayWrite: true,
  };
});
afterEach(() => github.close());

const call = { signal: new AbortController().signal };

function survey(subject: string, more: Partial<GithubSettings> = {}) {
  return githubConnector({ ...settings, ...more }).survey?.(subject, call);
}

async function pullAt(place: string): Promise<PullRequestSituation> {
  return PullRequestSituation.parse(await survey(`github:pull-request:${place}`));
}

async function issueAt(place: string): Promise<IssueSituation> {
  return IssueSituation.parse(await survey(`github:issue:${place}`));
}

/** An hour later, somebody does something. */
function later(act: () => unknown): string {
  now += HOUR;
  act();
  return new Date(now).toISOString();
}

const ref = (id: number, name: string) => ({ system: 'github', id: String(id), name, bot: false });
const mia = ref(101, 'mia-berg');
const ines = ref(102, 'ines-okafor');
const tom = ref(104, 'tom-weber');

function open(more: { draft?: boolean; title?: string } = {}): void {
  const pull = { title: 'Fix rounding', body: 'Half up.', branch: 'ECD-7-fix', ...more };
  github.openPullRequest(REPO, 'mia-berg', pull);
}

const headOf = (): string =>
  github.state.repos.get(REPO)?.issues.get(1)?.pull?.commits.at(-1)?.sha ?? '';

describe('how a pull request stands', () => {
  test('from draft to ready, asked for review, sent back and pushed again', async () => {
    open({ draft: true });
    const created = new Date(now).toISOString();
    const ready = later(() => github.markReady(PLACE, 'mia-berg'));
    const asked = later(() => github.requestReview(PLACE, 'mia-berg', 'ines-okafor'));
    later(() => github.requestReview(PLACE, 'mia-berg', 'tom-weber'));
    const inline = later(() =>
      github.addLineComment(PLACE, { by: 'tom-weber', body: 'why?', path: 'a.ts', line: 1 }),
    );
    const back = later(() => github.review(PLACE, { by: 'tom-weber', state: 'changes_requested' }));
    const said = later(() => github.addComment(PLACE, 'mia-berg', 'On it'));
    const pushed = later(() => github.push(PLACE, 'mia-berg', 'ECD-7 half even'));

    const found = await pullAt(PLACE);

    expect(found).toEqual({
      kind: 'pull-request',
      subject: 'github:pull-request:acme/payments#1',
      name: 'payments#1',
      title: 'Fix rounding',
      url: 'https://github.com/acme/payments/pull/1',
      createdAt: created,
      textDigest: sha256('Fix rounding\nHalf up.'),
      state: 'open',
      draft: false,
      author: mia,
      draftChanges: [{ at: ready, by: mia, ready: true }],
      requests: [{ reviewer: ines, at: asked }],
      reviews: [
        { at: inline, by: tom, verdict: 'commented' },
        { at: back, by: tom, verdict: 'changes_requested' },
      ],
      comments: [
        { at: inline, by: tom, inline: true },
        { at: said, by: mia, inline: false },
      ],
      pushes: [
        { at: created, by: mia },
        { at: pushed, by: mia },
      ],
      checks: 'unknown',
      critical: false,
      lines: 2,
      mergedAt: null,
    });
  });

  test('whoever is asked again waits since then', async () => {
    open();
    later(() => github.requestReview(PLACE, 'mia-berg', 'ines-okafor'));
    later(() => github.review(PLACE, { by: 'ines-okafor', state: 'changes_requested' }));
    expect((await pullAt(PLACE)).requests).toEqual([]);
    const again = later(() => github.requestReview(PLACE, 'mia-berg', 'ines-okafor'));

    expect((await pullAt(PLACE)).requests).toEqual([{ reviewer: ines, at: again }]);
  });

  test('a review that was dismissed says so', async () => {
    open();
    const review = github.review(PLACE, { by: 'ines-okafor', state: 'approved' });
    later(() => github.dismissReview(PLACE, 'mia-berg', review));

    expect((await pullAt(PLACE)).reviews).toMatchObject([{ by: ines, verdict: 'dismissed' }]);
  });

  test('a draft again, merged, declined: each is told', async () => {
    open();
    const drafted = later(() => github.convertToDraft(PLACE, 'mia-berg'));
    expect(await pullAt(PLACE)).toMatchObject({
      draft: true,
      draftChanges: [{ at: drafted, ready: false }],
    });
    later(() => github.closeItem(PLACE, 'mia-berg'));
    expect(await pullAt(PLACE)).toMatchObject({ state: 'declined', mergedAt: null });
    later(() => github.reopen(PLACE, 'mia-berg'));
    const merged = later(() => github.merge(PLACE, 'tom-weber'));
    expect(await pullAt(PLACE)).toMatchObject({ state: 'merged', mergedAt: merged });
  });

  test('a commit that was made long before it was pushed counts from its place in the line', async () => {
    open();
    const made = new Date(now);
    const back = later(() => github.review(PLACE, { by: 'tom-weber', state: 'changes_requested' }));
    later(() => github.pushLate(PLACE, 'mia-berg', { message: 'late', made }));

    const { pushes } = await pullAt(PLACE);

    expect(pushes.at(-1)?.at).toBe(back);
  });

  test.each([
    ['success', 'success', 'passing'],
    ['success', 'failure', 'failing'],
    ['success', 'pending', 'pending'],
    ['timed_out', 'success', 'failing'],
    ['neutral', 'success', 'passing'],
  ] as const)('a check %s and a status %s are %s', async (conclusion, state, wanted) => {
    open();
    const at = { by: 'mia-berg', sha: headOf(), branch: 'ECD-7-fix' };
    github.finishCheck(REPO, { ...at, name: 'lint', conclusion });
    github.setStatus(REPO, { ...at, context: 'ci/build', state });

    expect((await pullAt(PLACE)).checks).toBe(wanted);
  });

  test('of a check that ran again the last run counts, and a push clears all', async () => {
    open();
    const at = { by: 'mia-berg', sha: headOf(), branch: 'ECD-7-fix', name: 'lint' };
    github.finishCheck(REPO, { ...at, conclusion: 'failure' });
    later(() => github.finishCheck(REPO, { ...at, conclusion: 'success' }));
    expect((await pullAt(PLACE)).checks).toBe('passing');
    github.push(PLACE, 'mia-berg', 'more');

    expect((await pullAt(PLACE)).checks).toBe('unknown');
  });

  test.each([
    ['hotfix', true],
    ['Critical', true],
    ['prefix-critically', false],
    ['bug', false],
  ])('the label %s makes it critical: %s', async (label, wanted) => {
    open();
    github.label(PLACE, 'mia-berg', label);

    expect((await pullAt(PLACE)).critical).toBe(wanted);
  });

  test('of a long line the beginning and the newest are read, in a bounded number of calls', async () => {
    open({ draft: true });
    const ready = later(() => github.markReady(PLACE, 'mia-berg'));
    for (let count = 0; count < 1_300; count += 1) github.addComment(PLACE, 'tom-weber', 'hm');
    const asked = later(() => github.requestReview(PLACE, 'mia-berg', 'ines-okafor'));
    const before = github.requests.length;

    const found = await pullAt(PLACE);

    expect(found.draftChanges).toMatchObject([{ at: ready }]);
    expect(found.requests).toMatchObject([{ at: asked }]);
    expect(github.requests.length - before).toBe(16);
  });

  test('a usual one takes six calls', async () => {
    open();
    github.review(PLACE, { by: 'ines-okafor', state: 'approved' });
    await pullAt(PLACE);

    expect(github.requests).toHaveLength(6);
  });
});

describe('how an issue stands', () => {
  test('its labels say what a state of two words cannot', async () => {
    github.openIssue(REPO, 'mia-berg', { title: 'Slow search', body: 'Very.' });
    github.assign(PLACE, 'mia-berg', 'tom-weber');
    github.label(PLACE, 'mia-berg', 'priority: high');
    github.label(PLACE, 'tom-weber', 'in progress');
    const blocked = later(() => github.label(PLACE, 'tom-weber', 'blocked'));
    const said = later(() => github.addComment(PLACE, 'ines-okafor', 'Waiting for the vendor'));

    const found = await issueAt(PLACE);

    expect(found).toMatchObject({
      name: 'payments#1',
      status: 'open',
      category: 'in_progress',
      priority: 'high',
      assignee: tom,
      reporter: mia,
      flagged: true,
      changes: [{ at: blocked, by: tom, field: 'flag', from: null, to: 'blocked' }],
      textDigest: sha256('Slow search\nVery.'),
    });
    expect(found.steps.at(-1)).toEqual({ at: said, by: ines, kind: 'comment' });
  });

  test('closed is done, and it is told when', async () => {
    github.openIssue(REPO, 'mia-berg', { title: 'Slow search' });
    const closed = later(() => github.closeItem(PLACE, 'tom-weber'));
    const opened = later(() => github.reopen(PLACE, 'mia-berg'));
    const again = later(() => github.closeItem(PLACE, 'tom-weber'));

    expect(await issueAt(PLACE)).toMatchObject({
      category: 'done',
      changes: [
        { at: closed, by: tom, field: 'status', from: 'open', to: 'closed' },
        { at: opened, by: mia, field: 'status', from: 'closed', to: 'open' },
        { at: again, by: tom, field: 'status', from: 'open', to: 'closed' },
      ],
    });
  });
});

describe('what is not watched', () => {
  test.each([
    'github:pull-request:acme/payments#9',
    'github:issue:acme/payments#9',
    'github:pull-request:other/repo#1',
    'github:build:acme/payments#1',
    'jira:issue:ECD-1',
  ])('there is no situation of %s', async (subject) => {
    expect(await survey(subject)).toBeNull();
  });

  test('neither kind is taken for the other', async () => {
    open();
    github.openIssue(REPO, 'mia-berg', { title: 'Slow search' });

    expect(await survey(`github:issue:${PLACE}`)).toBeNull();
    expect(await survey(`github:pull-request:${REPO}#2`)).toBeNull();
  });

  test('a token that is not taken is a failure, not a missing pull request', async () => {
    open();

    await expect(survey(`github:pull-request:${PLACE}`, { token: 'wrong' })).rejects.toMatchObject({
      kind: 'unauthorized',
    });
  });
});

describe('entries of a time line as GitHub writes them', () => {
  const user = { id: 5, login: 'octo-bot[bot]', type: 'Bot' };
  const entries = [
    { event: 'committed', sha: 'a'.repeat(40), committer: { date: '2026-03-02T08:00:00Z' } },
    { event: 'review_requested', created_at: '2026-03-02T09:00:00Z', requested_reviewer: user },
    { event: 'review_requested', created_at: '2026-03-02T09:30:00Z', requested_team: { id: 1 } },
    { event: 'head_ref_force_pushed', created_at: '2026-03-02T10:00:00Z', actor: user },
    { event: 'reviewed', id: 9, state: 'PENDING', user, submitted_at: '2026-03-02T10:30:00Z' },
    { event: 'reviewed', id: 10, state: 'APPROVED', user, submitted_at: '2026-03-02T11:00:00Z' },
    { event: 'subscribed' },
  ].map((entry) => Entry.parse(entry));
  const line = datedEntries(entries);
  const bot = { system: 'github', id: '5', name: 'octo-bot[bot]', bot: true };

  test('a force push is a push, a pending review is none, a bot is one', () => {
    expect(pushesIn(line, new Map())).toEqual([
      { at: '2026-03-02T08:00:00.000Z', by: null },
      { at: '2026-03-02T10:00:00.000Z', by: bot },
    ]);
    expect(reviewsIn(line)).toEqual([
      { at: '2026-03-02T11:00:00.000Z', by: bot, verdict: 'approved' },
    ]);
    expect(requestedAt(line, '5')).toBe(Date.parse('2026-03-02T09:00:00Z'));
    expect(requestedAt(line, '6')).toBeNull();
  });
});
