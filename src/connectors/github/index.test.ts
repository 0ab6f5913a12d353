import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import { startGithubEmulator } from '../../../emulators/github/start-github-emulator.ts';
import type { Connector, WriteOperation } from '../../domain/connector.ts';
import { githubWriter, waitOf } from './client.ts';
import { githubConnector } from './index.ts';
import type { GithubSettings } from './settings.ts';

const call = { signal: new AbortController().signal, marker: 'action-1' };
const PLACE = 'acme/payments#1';

let github: GithubEmulator;
let settings: GithubSettings;
let connector: Connector;

beforeEach(async () => {
  github = await startGithubEmulator({ token: 'token-1' });
  settings = {
    baseUrl: github.url,
    siteUrl: null,
    token: 'token-1',
    repos: ['acme/payments', 'acme/web'],
    webhookSecrets: ['s'],
    hookUrl: null,
    mayWrite: true,
  };
  connector = githubConnector(settings);
  github.openPullRequest('acme/payments', 'mia-berg', {
    title: 'Fix rounding',
    branch: 'ECD-7-fix',
  });
});
afterEach(() => github.close());

async function read(name: string, input: unknown, of: Connector = connector): Promise<unknown> {
  const operation = of.operations.find((one) => one.name === name);
  if (operation?.effect !== 'read') throw new Error(`no read ${name}`);
  return operation.output.parse(await operation.run(operation.input.parse(input), call));
}

function change(name: string): {
  operation: WriteOperation;
  write: NonNullable<WriteOperation['write']>;
} {
  const operation = connector.operations.find((one) => one.name === name);
  if (operation === undefined || operation.effect === 'read') throw new Error(`no change ${name}`);
  return { operation, write: operation.write! };
}

const run = (name: string, input: unknown): Promise<unknown> => {
  const { operation, write } = change(name);
  return write.run(operation.input.parse(input), call);
};
const find = async (name: string, input: unknown, marker = 'action-1'): Promise<unknown> => {
  const { operation, write } = change(name);
  return write.find!(operation.input.parse(input), { ...call, marker });
};

const place = { repo: 'acme/payments', number: 1 };

describe('reading', () => {
  test('an issue and a pull request', async () => {
    github.label(PLACE, 'mia-berg', 'bug');
    github.assign(PLACE, 'mia-berg', 'tom-weber');
    github.requestReview(PLACE, 'mia-berg', 'ines-okafor');

    expect(await read('github.get-issue', place)).toMatchObject({
      kind: 'pull-request',
      labels: ['bug'],
      assignees: ['tom-weber'],
    });
    expect(await read('github.get-pull-request', place)).toMatchObject({
      branch: 'ECD-7-fix',
      base: 'main',
      reviewers: ['ines-okafor'],
      state: 'open',
      draft: false,
    });
  });

  test('reviews, comments, files and commits', async () => {
    github.review(PLACE, { by: 'ines-okafor', state: 'approved', body: 'good' });
    github.push(PLACE, 'mia-berg', 'ECD-7 more');
    for (let count = 0; count < 130; count += 1)
      github.addComment(PLACE, 'tom-weber', `no ${count}`);

    expect(await read('github.list-reviews', place)).toMatchObject({
      reviews: [{ author: 'ines-okafor', state: 'approved', text: 'good' }],
    });
    const latest = await read('github.list-comments', { ...place, limit: 2 });
    expect(latest).toMatchObject({ comments: [{ text: 'no 128' }, { text: 'no 129' }] });
    expect(await read('github.list-files', place)).toMatchObject({
      files: [{ name: 'README.md' }],
    });
    expect(await read('github.list-commits', place)).toMatchObject({
      commits: [{ message: 'Fix rounding' }, { message: 'ECD-7 more', author: 'mia-berg' }],
    });
  });

  test('check runs and statuses together, by a branch with a slash too', async () => {
    github.openPullRequest('acme/payments', 'mia-berg', { title: 'B', branch: 'feature/b' });
    const sha = github.state.repos.get('acme/payments')!.issues.get(2)!.pull!.commits[0]!.sha;
    const at = { by: 'mia-berg', sha, branch: 'feature/b' };
    github.finishCheck('acme/payments', { ...at, name: 'lint', conclusion: 'failure' });
    github.setStatus('acme/payments', { ...at, context: 'ci/old', state: 'success' });

    const checks = await read('github.list-checks', { repo: 'acme/payments', ref: 'feature/b' });

    expect(checks).toMatchObject({
      complete: true,
      checks: [
        { name: 'lint', state: 'failure' },
        { name: 'ci/old', state: 'success' },
      ],
    });
  });

  test('a search stays within the configured repositories', async () => {
    github.openIssue('acme/web', 'mia-berg', { title: 'Fix the footer' });
    const narrow = githubConnector({ ...settings, repos: ['acme/web'] });

    const wide = await read('github.search-issues', { query: 'Fix is:open' });
    const found = await read('github.search-issues', { query: 'Fix is:open' }, narrow);

    expect(wide).toMatchObject({ issues: [{ repo: 'acme/payments' }, { repo: 'acme/web' }] });
    expect(found).toMatchObject({ issues: [{ repo: 'acme/web', number: 1 }], complete: true });
    const asked = github.requests.map(({ query }) => new URLSearchParams(query).get('q'));
    expect(asked).toEqual([
      'Fix is:open repo:acme/payments repo:acme/web',
      'Fix is:open repo:acme/web',
    ]);
  });

  test.each(['x repo:other/one', 'x OR repo:a/b', 'org:acme', '(a)', 'x user:me', 'a owner : b'])(
    'a search for "%s" is refused',
    async (query) => {
      await expect(read('github.search-issues', { query })).rejects.toThrow('OR');
    },
  );

  test('another repository is denied before anything is sent', async () => {
    const before = github.requests.length;

    await expect(read('github.get-issue', { ...place, repo: 'acme/other' })).rejects.toMatchObject({
      kind: 'denied',
    });
    const other = { ...place, repo: 'acme/other', text: 'x' };
    await expect(run('github.add-comment', other)).rejects.toMatchObject({ kind: 'denied' });
    expect(github.requests).toHaveLength(before);
  });
});

describe('a comment', () => {
  const input = { ...place, kind: 'pull-request', text: 'Please look.' };

  test('bears a marker that nobody sees and is found by it, once', async () => {
    const effect = await run('github.add-comment', input);

    expect(github.comments(PLACE)[0]?.body).toBe('Please look.\n\n<!-- pm-agent:action-1 -->');
    expect(await find('github.add-comment', input)).toEqual(effect);
    expect(await find('github.add-comment', input, 'action-2')).toBeNull();
  });

  test('is found after the answer was lost', async () => {
    github.faults.push({ kind: 'hang-up-after', match: { method: 'POST' } });

    await expect(run('github.add-comment', input)).rejects.toMatchObject({ kind: 'broken-line' });
    expect(github.writes).toBe(1);
    expect(await find('github.add-comment', input)).toHaveProperty('id');
  });

  test('with our marker, by somebody else, is not ours', async () => {
    github.addComment(PLACE, 'tom-weber', 'me too <!-- pm-agent:action-1 -->');

    expect(await find('github.add-comment', input)).toBeNull();
  });

  test('is found among hundreds, and where there are too many it is said', async () => {
    await run('github.add-comment', input);
    for (let count = 0; count < 250; count += 1) github.addComment(PLACE, 'tom-weber', 'x');
    expect(await find('github.add-comment', input)).not.toBeNull();

    for (let count = 0; count < 400; count += 1) github.addComment(PLACE, 'tom-weber', 'x');
    await expect(find('github.add-comment', input)).rejects.toMatchObject({ kind: 'too-large' });
  });

  test('without anything to see is not taken', () => {
    const { operation } = change('github.add-comment');

    expect(operation.input.safeParse({ ...input, text: ' <!-- pm-agent:x --> ' }).success).toBe(
      false,
    );
  });
});

describe('what is set', () => {
  test('a label, with blanks and in any case', async () => {
    const input = { ...place, label: 'Needs a look' };

    expect(await find('github.add-label', input)).toBeNull();
    await run('github.add-label', input);
    expect(await find('github.add-label', { ...input, label: 'needs a look' })).not.toBeNull();
  });

  test('an assignee; one that GitHub leaves out without a word is refused', async () => {
    const input = { ...place, assignee: 'Tom-Weber' };
    await run('github.assign-issue', input);

    expect(await find('github.assign-issue', input)).not.toBeNull();
    const outsider = { ...place, assignee: 'passer-by' };
    await expect(run('github.assign-issue', outsider)).rejects.toMatchObject({ kind: 'refused' });
    expect(await find('github.assign-issue', outsider)).toBeNull();
  });

  test('a review that is asked for, also once it was given; not of an outsider', async () => {
    const input = { ...place, reviewer: 'ines-okafor' };
    expect(await find('github.request-review', input)).toBeNull();
    await run('github.request-review', input);

    expect(await find('github.request-review', input)).not.toBeNull();
    github.review(PLACE, { by: 'ines-okafor', state: 'approved' });
    expect(await find('github.request-review', input)).not.toBeNull();
    const outsider = { ...place, reviewer: 'passer-by' };
    await expect(run('github.request-review', outsider)).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('who and what', () => {
  test('facts of a pull request: reviews of older commits are told apart', async () => {
    github.review(PLACE, { by: 'ines-okafor', state: 'approved' });
    github.push(PLACE, 'mia-berg', 'more');
    github.addComment(PLACE, 'tom-weber', 'hm');
    const sha = github.state.repos.get('acme/payments')!.issues.get(1)!.pull!.commits[1]!.sha;
    const failed = {
      by: 'mia-berg',
      sha,
      branch: 'ECD-7-fix',
      name: 'lint',
      conclusion: 'failure',
    };
    github.finishCheck('acme/payments', failed);

    const facts = await connector.gather!('github:pull-request:acme/payments#1', call);

    const texts = facts.map(({ text }) => text);
    expect(texts).toContain('Review approved (of older commits)');
    expect(texts).toContain('Checks: lint: failure');
    expect(texts).toContain('Branch: ECD-7-fix into main');
    expect(texts).toContain('hm');
    expect(new Set(facts.map(({ id }) => id)).size).toBe(facts.length);
  });

  test('facts of an issue; none of a branch', async () => {
    github.openIssue('acme/web', 'jonas-lind', { title: 'Broken', body: 'see log' });

    const facts = await connector.gather!('github:issue:acme/web#1', call);

    expect(facts.map(({ text }) => text)).toContain('see log');
    expect(await connector.gather!('github:branch:acme/web@main', call)).toEqual([]);
  });

  test('our own account, and what it may do', async () => {
    const identity = await connector.check!(call);

    expect(identity).toMatchObject({ accountId: '9001', name: 'PM Agent', aliases: ['pm-agent'] });
    expect(identity.grants).toContainEqual(
      expect.objectContaining({ name: 'write:acme/web', held: true }),
    );
  });

  test('profiles by number and by login', async () => {
    const mia = { name: 'Mia Berg', email: 'mia@example.com', zone: null, kind: 'person' };

    expect(await connector.profile!('101', call)).toEqual(mia);
    expect(await connector.profile!('mia-berg', call)).toEqual(mia);
    expect(await connector.profile!('999', call)).toBeNull();
    expect(await connector.profile!('../x', call)).toBeNull();
  });

  test('a mention is whole', async () => {
    const { talk } = connector;
    const { accountId, aliases = [] } = await connector.check!(call);
    const [event] = (
      await connector.poll!.fetch(
        { scope: 'acme/payments', cursor: null, since: 0, now: Date.now() },
        call,
      )
    ).events;
    const ours = [accountId, ...aliases];
    const named = (text: string): boolean => talk!.addresses({ ...event!, text }, ours);

    expect(['hi @PM-Agent!', '@pm-agent'].every(named)).toBe(true);
    expect(['@pm-agent-2', 'x@pm-agent', 'pm-agent'].some(named)).toBe(false);
  });

  test('our own doings come back as ours', async () => {
    await run('github.add-comment', { ...place, text: 'hello' });
    const page = await connector.poll!.fetch(
      { scope: 'acme/payments', cursor: null, since: 0, now: Date.now() },
      call,
    );

    const comment = page.events.find(({ kind }) => kind === 'comment.created');
    expect(comment?.actor?.id).toBe((await connector.check!(call)).accountId);
  });
});

describe('limits and errors', () => {
  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [422, 'refused'],
    [410, 'gone'],
  ])('%i is %s', async (status, kind) => {
    github.faults.push({ kind: 'status', status, body: { message: 'no' } });

    await expect(read('github.get-issue', place)).rejects.toMatchObject({ kind });
  });

  test('a secondary limit without a header wants a minute, and a write is not sent again', async () => {
    github.hitSecondaryLimit(1, null);

    await expect(run('github.add-comment', { ...place, text: 'x' })).rejects.toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 60_000,
    });
    expect(github.writes).toBe(0);
    expect(github.requests).toHaveLength(1);
  });

  test('the wait is told by the clock of GitHub', () => {
    const headers = new Headers({
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1000',
      date: new Date(940_000).toUTCString(),
    });

    expect(waitOf(403, headers, 0)).toBe(60_000);
    expect(waitOf(403, new Headers(), 0)).toBeNull();
    expect(waitOf(429, new Headers(), 0)).toBe(60_000);
    expect(waitOf(404, headers, 0)).toBeNull();
  });

  test('a read is tried again where that can help', async () => {
    github.faults.push({ kind: 'status', status: 502 });

    await expect(read('github.get-issue', place)).resolves.toMatchObject({ number: 1 });
    expect(github.requests).toHaveLength(2);
  });

  test('a wrong token', async () => {
    const wrong = githubConnector({ ...settings, token: 'other' });

    await expect(wrong.check!(call)).rejects.toMatchObject({ kind: 'unauthorized' });
  });

  test('the writer can send nothing but its changes', async () => {
    const writer = githubWriter({ baseUrl: github.url, token: 'token-1' });
    const params = { owner: 'acme', repo: 'payments', pull_number: 1, issue_number: 1 };

    for (const route of [
      'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
      'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
      'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels',
      'POST /repos/{owner}/{repo}/hooks',
    ]) {
      await expect(writer.send(route, params, call)).rejects.toMatchObject({ kind: 'denied' });
    }
    expect(github.requests).toHaveLength(0);
  });
});

test('without credentials or repositories it is said what is missing', () => {
  const notes = (patch: Partial<GithubSettings>): string =>
    githubConnector({ ...settings, ...patch })
      .abilities.filter(({ on }) => !on)
      .map(({ note }) => note)
      .join('\n');

  expect(notes({ token: null })).toContain('GITHUB_TOKEN');
  expect(notes({ repos: [] })).toContain('GITHUB_REPOS');
  expect(notes({ webhookSecrets: [''] })).toContain('GITHUB_WEBHOOK_SECRET');
  expect(notes({ mayWrite: false })).toContain('simulation');
});
