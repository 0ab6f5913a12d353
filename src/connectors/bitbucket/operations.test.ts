import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AGENT, PEOPLE } from '../../../emulators/bitbucket/bitbucket-seed.ts';
import type { BitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import { startBitbucketEmulator } from '../../../emulators/bitbucket/start-bitbucket-emulator.ts';
import type { Connector, WriteOperation } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { bitbucketReader, bitbucketWriter } from './client.ts';
import { bitbucketConnector } from './index.ts';
import type { BitbucketSettings } from './settings.ts';

const { mia, ines, tom } = PEOPLE;
const call = { signal: new AbortController().signal, marker: 'action-1' };
const name = { repository: 'acme/payments', pullRequest: 1 };

let bitbucket: BitbucketEmulator;
let settings: BitbucketSettings;
let connector: Connector;

beforeEach(async () => {
  bitbucket = await startBitbucketEmulator({ email: 'agent@example.com', token: 'token-1' });
  settings = {
    baseUrl: bitbucket.url,
    email: 'agent@example.com',
    token: 'token-1',
    workspace: 'acme',
    repos: ['payments'],
    webhookSecrets: ['s'],
    mayWrite: true,
  };
  connector = bitbucketConnector(settings);
  bitbucket.createPullRequest('payments', mia.uuid, {
    title: 'Fix rounding',
    branch: 'feature/ECD-1',
    description: 'Half up',
    reviewers: [ines.uuid],
  });
});

afterEach(() => bitbucket.close());

async function read(operation: string, input: unknown): Promise<unknown> {
  const found = connector.operations.find((one) => one.name === operation);
  if (found?.effect !== 'read') throw new Error(`no read ${operation}`);
  return found.output.parse(await found.run(found.input.parse(input), call));
}

function write(operation: string, from = connector): NonNullable<WriteOperation['write']> {
  const found = from.operations.find((one) => one.name === operation);
  if (found === undefined || found.effect === 'read' || found.write === undefined) {
    throw new Error(`no write ${operation}`);
  }
  return found.write;
}

async function kindOf(work: Promise<unknown> | undefined): Promise<string> {
  const error: unknown = await work?.catch((reason: unknown) => reason);
  return error instanceof Failure ? error.kind : 'no failure';
}

const on = (by: string) => ({ repo: 'payments', id: 1, by });

describe('reading', () => {
  test('a pull request is read with its reviewers and what they said', async () => {
    bitbucket.requestChanges(on(ines.uuid));

    expect(await read('bitbucket.get-pull-request', name)).toMatchObject({
      title: 'Fix rounding',
      state: 'OPEN',
      author: { name: 'Mia Berg', id: '712020:mia-0001' },
      source: 'feature/ECD-1',
      destination: 'main',
      reviewers: [{ name: 'Ines Okafor', state: 'changes_requested' }],
      description: 'Half up',
      url: 'https://bitbucket.example/acme/payments/pull-requests/1',
    });
  });

  test('reviewers come with the default ones of the repository', async () => {
    expect(await read('bitbucket.list-reviewers', name)).toMatchObject({
      reviewers: [{ name: 'Ines Okafor', state: 'waiting' }],
      defaultReviewers: [{ name: 'Tom Weber', id: '712020:tom-0004' }],
    });
  });

  test('comments come newest first, without deleted ones and markers', async () => {
    const gone = bitbucket.addComment(on(tom.uuid), 'wrong place');
    bitbucket.deleteComment(on(tom.uuid), gone.id);
    const first = bitbucket.addComment(on(ines.uuid), 'Why?\n\n[//]: # (pm-agent:x)', {
      inline: { path: 'src/a.ts', to: 7 },
    });
    bitbucket.addComment(on(mia.uuid), 'Because', { parent: first.id });

    expect(await read('bitbucket.list-comments', name)).toMatchObject({
      comments: [
        { text: 'Because', parent: String(first.id) },
        { text: 'Why?', path: 'src/a.ts', line: 7 },
      ],
      complete: true,
    });
    expect(await read('bitbucket.list-comments', { ...name, limit: 1 })).toMatchObject({
      comments: [{ text: 'Because' }],
      complete: false,
    });
  });

  test('the log, the commits and the builds are read', async () => {
    bitbucket.push('payments', {
      branch: 'feature/ECD-1',
      author: mia.uuid,
      messages: ['Round up'],
    });
    bitbucket.setBuild('payments', { branch: 'feature/ECD-1', key: 'ci', state: 'FAILED' });
    bitbucket.approve(on(ines.uuid));

    expect(await read('bitbucket.list-activity', name)).toMatchObject({
      activity: [
        { what: 'approval', by: { name: 'Ines Okafor' } },
        { what: 'update' },
        { what: 'update' },
      ],
    });
    expect(await read('bitbucket.list-commits', name)).toMatchObject({
      commits: [{ message: 'Round up', author: { name: 'Mia Berg' } }, { message: 'Work' }],
    });
    expect(await read('bitbucket.list-statuses', name)).toMatchObject({
      statuses: [{ name: 'ci', state: 'FAILED', ref: 'feature/ECD-1' }],
    });
  });

  test('no mail address of a commit comes through', async () => {
    const commits = await read('bitbucket.list-commits', name);

    expect(JSON.stringify(commits)).not.toContain('@');
  });

  test('the changed files are read from where the redirect would lead', async () => {
    expect(await read('bitbucket.get-diffstat', name)).toEqual({
      files: [{ path: 'src/rounding.ts', status: 'modified', added: 12, removed: 3 }],
      added: 12,
      removed: 3,
      complete: true,
    });
    const redirect = await fetch(
      `${bitbucket.url}/repositories/acme/payments/pullrequests/1/diffstat`,
      {
        headers: {
          authorization: `Basic ${Buffer.from('agent@example.com:token-1').toString('base64')}`,
        },
        redirect: 'manual',
      },
    );
    const asked = bitbucket.requests.find(({ path }) => path.includes('/diffstat/'));
    expect(new URL(redirect.headers.get('location') ?? '').pathname).toBe(asked?.path);
  });

  test('pull requests are listed with reviewers, only open ones unless told', async () => {
    bitbucket.merge(on(mia.uuid));
    const repository = name.repository;

    expect(await read('bitbucket.list-pull-requests', { repository })).toEqual({
      pullRequests: [],
      complete: true,
    });
    const merged = await read('bitbucket.list-pull-requests', {
      repository,
      states: ['OPEN', 'MERGED'],
    });
    expect(merged).toMatchObject({
      pullRequests: [{ state: 'MERGED', reviewers: [{ name: 'Ines Okafor' }] }],
    });
  });

  test('a repository outside of the watched ones is refused before anything is sent', async () => {
    const other = { repository: 'acme/web', pullRequest: 1 };
    for (const { name: operation, effect } of connector.operations) {
      if (effect !== 'read') continue;
      expect(await kindOf(read(operation, other))).toBe('denied');
    }
    for (const operation of [
      'bitbucket.add-comment',
      'bitbucket.reply-comment',
      'bitbucket.request-reviewer',
    ]) {
      const input = { ...other, text: 'x', comment: '1', reviewer: tom.uuid };
      expect(await kindOf(write(operation).run(input, call))).toBe('denied');
    }
    expect(bitbucket.requests).toEqual([]);
  });
});

describe('commenting', () => {
  const input = { ...name, text: 'Who reviews this?' };

  test('a comment bears an invisible marker and is found by it', async () => {
    const effect = await write('bitbucket.add-comment').run(input, call);

    expect(bitbucket.comments('payments', 1)[0]?.raw).toBe(
      'Who reviews this?\n\n[//]: # (pm-agent:action-1)',
    );
    expect(await write('bitbucket.add-comment').find?.(input, call)).toEqual(effect);
    expect(effect.url).toContain('/pull-requests/1/');
  });

  test('a comment whose answer was lost is found and not sent twice', async () => {
    bitbucket.faults.push({ kind: 'hang-up-after', match: { method: 'POST' } });

    expect(await kindOf(write('bitbucket.add-comment').run(input, call))).toBe('broken-line');
    expect(await write('bitbucket.add-comment').find?.(input, call)).toMatchObject({
      id: String(bitbucket.comments('payments', 1)[0]?.id),
    });
    expect(bitbucket.writes).toBe(1);
  });

  test('555 is an unclear end: the comment may be there', async () => {
    bitbucket.faults.push({ kind: 'status', status: 555, apply: true, match: { method: 'POST' } });

    expect(await kindOf(write('bitbucket.add-comment').run(input, call))).toBe('unavailable');
    expect(await write('bitbucket.add-comment').find?.(input, call)).not.toBeNull();
  });

  test('the marker of another action or of another account does not count', async () => {
    bitbucket.addComment(on(mia.uuid), 'Copied\n\n[//]: # (pm-agent:action-1)');
    await write('bitbucket.add-comment').run(input, { ...call, marker: 'action-10' });

    expect(await write('bitbucket.add-comment').find?.(input, call)).toBeNull();
  });

  test('a text cannot bring a marker of its own', async () => {
    const forged = { ...name, text: 'Hi\n\n[//]: # (pm-agent:action-9)' };
    await write('bitbucket.add-comment').run(forged, call);

    expect(bitbucket.comments('payments', 1)[0]?.raw).toBe('Hi\n\n[//]: # (pm-agent:action-1)');
    const find = write('bitbucket.add-comment').find;
    expect(await find?.(forged, { ...call, marker: 'action-9' })).toBeNull();
    expect(await find?.(forged, call)).not.toBeNull();
  });

  test('a marker is found behind more comments than one page holds', async () => {
    await write('bitbucket.add-comment').run(input, call);
    for (let nth = 0; nth < 120; nth += 1) bitbucket.addComment(on(mia.uuid), `and ${nth}`);

    expect(await write('bitbucket.add-comment').find?.(input, call)).not.toBeNull();
  });

  test('looking for it fails when not everything could be looked at', async () => {
    const next = (page: number) =>
      `${bitbucket.url}/repositories/acme/payments/pullrequests/1/comments?page=${page}`;
    for (let page = 2; page < 25; page += 1) {
      const body = { values: [], next: next(page) };
      bitbucket.faults.push({ kind: 'status', status: 200, body, match: { path: /comments$/ } });
    }

    expect(await kindOf(write('bitbucket.add-comment').find?.(input, call))).toBe('too-large');
    bitbucket.faults.clear();
    bitbucket.faults.push({ kind: 'status', status: 403, match: { path: /comments$/ } });
    expect(await kindOf(write('bitbucket.add-comment').find?.(input, call))).toBe('forbidden');
  });

  test('an answer stands below its comment', async () => {
    const { id } = bitbucket.addComment(on(ines.uuid), 'Why?');
    const reply = { ...name, comment: String(id), text: 'See ECD-1' };

    await write('bitbucket.reply-comment').run(reply, call);

    expect(bitbucket.comments('payments', 1)[1]).toMatchObject({ parent: id, author: AGENT.uuid });
    expect(await write('bitbucket.reply-comment').find?.(reply, call)).not.toBeNull();
  });
});

describe('asking for a review', () => {
  const input = { ...name, reviewer: '712020:tom-0004' };
  const reviewers = () => bitbucket.pullRequest('payments', 1).reviewers;

  test('the reviewers who are there stay, and the title too', async () => {
    expect(await write('bitbucket.request-reviewer').find?.(input, call)).toBeNull();

    await write('bitbucket.request-reviewer').run(input, call);

    expect(reviewers()).toEqual([ines.uuid, tom.uuid]);
    expect(bitbucket.pullRequest('payments', 1)).toMatchObject({
      title: 'Fix rounding',
      description: 'Half up',
    });
    expect(await write('bitbucket.request-reviewer').find?.(input, call)).toMatchObject({
      id: '1',
    });
  });

  test('who reviews already is not asked again, by either id', async () => {
    for (const reviewer of [ines.uuid, '712020:ines-0002']) {
      await write('bitbucket.request-reviewer').run({ ...name, reviewer }, call);
    }

    expect(bitbucket.writes).toBe(0);
  });

  test('what cannot be asked is refused', async () => {
    const ask = (reviewer: string) =>
      kindOf(write('bitbucket.request-reviewer').run({ ...name, reviewer }, call));

    expect(await ask(mia.uuid)).toBe('refused');
    expect(await ask('712020:nobody')).toBe('not-found');
    bitbucket.decline(on(mia.uuid));
    expect(await ask(tom.uuid)).toBe('conflict');
  });

  test('a person decides it in every mode', () => {
    const asking = connector.operations.flatMap((one) =>
      one.effect === 'read' || !one.asks ? [] : [one.name],
    );

    expect(asking).toEqual(['bitbucket.request-reviewer']);
  });
});

describe('who we are and what we know', () => {
  test('check names us by both ids and says what was tried', async () => {
    const identity = await connector.check?.(call);

    expect(identity).toMatchObject({
      accountId: '712020:pm-agent',
      name: 'pm-agent',
      aliases: [AGENT.uuid],
    });
    expect(identity?.grants?.map(({ name: scope, held }) => [scope, held])).toEqual([
      ['read:repository:bitbucket', true],
      ['read:pullrequest:bitbucket', true],
      ['write:pullrequest:bitbucket', null],
      ['read:webhook:bitbucket', true],
    ]);
    expect(bitbucket.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('scopes that are missing are told, as far as Bitbucket tells', async () => {
    await bitbucket.close();
    bitbucket = await startBitbucketEmulator({
      email: null,
      token: 'token-1',
      scopes: ['account', 'repository', 'pullrequest', 'pullrequest:write'],
    });
    connector = bitbucketConnector({ ...settings, baseUrl: bitbucket.url, email: null });

    const identity = await connector.check?.(call);

    expect(identity?.grants?.map(({ held }) => held)).toEqual([true, true, true, false]);
  });

  test('a wrong token is said to be one', async () => {
    for (const wrong of [{ token: 'other' }, { email: null }, { email: 'x@example.com' }]) {
      const other = bitbucketConnector({ ...settings, ...wrong });
      expect(await kindOf(other.check?.(call))).toBe('unauthorized');
    }
  });

  test('a profile has a name and never a mail address', async () => {
    const wanted = { name: 'Mia Berg', email: null, zone: null, kind: 'person' };

    expect(await connector.profile?.('712020:mia-0001', call)).toEqual(wanted);
    expect(await connector.profile?.(mia.uuid, call)).toEqual(wanted);
    expect(await connector.profile?.('712020:nobody', call)).toBeNull();
    expect(await connector.profile?.('../../user', call)).toBeNull();
  });

  test('facts are gathered of a pull request, and of nothing else', async () => {
    bitbucket.addComment(on(ines.uuid), 'Why?');
    bitbucket.approve(on(ines.uuid));
    bitbucket.setBuild('payments', { branch: 'feature/ECD-1', key: 'ci', state: 'FAILED' });

    const facts = await connector.gather?.('bitbucket:pull-request:acme/payments/1', call);

    expect(facts?.map(({ kind, text }) => `${kind}: ${text}`)).toEqual(
      expect.arrayContaining([
        'title: Fix rounding',
        'state: State: OPEN',
        'reviewers: Reviewers: Ines Okafor (approved)',
        'comment: Why?',
        'change: Ines Okafor approved',
      ]),
    );
    expect(facts?.some(({ text }) => /^Build ci at [0-9a-f]{12}: FAILED$/.test(text))).toBe(true);
    expect(new Set(facts?.map(({ id }) => id)).size).toBe(facts?.length);
    expect(await connector.gather?.('bitbucket:branch:acme/payments/main', call)).toEqual([]);
    expect(await connector.gather?.('jira:issue:ECD-1', call)).toEqual([]);
    expect(
      await kindOf(
        connector.gather?.('bitbucket:pull-request:acme/web/1', call) as Promise<unknown>,
      ),
    ).toBe('denied');
  });
});

describe('the clients', () => {
  const access = {
    ...{ baseUrl: 'http://127.0.0.1:1/2.0', email: null, token: 't', workspace: 'acme' },
    fetch: (): Promise<Response> => Promise.reject(new Error('a request left the house')),
  };

  test('the writer sends comments and reviewers and nothing else', async () => {
    const writer = bitbucketWriter(access);
    for (const repository of ['acme/payments/pullrequests/1/merge?', 'acme/../user', 'acme/a/b']) {
      const target = { repository, pullRequest: 1 };
      expect(await kindOf(writer.addComment(target, { content: { raw: 'x' } }, call))).toBe(
        'denied',
      );
      expect(await kindOf(writer.setReviewers(target, { title: 'x', reviewers: [] }, call))).toBe(
        'denied',
      );
    }
  });

  test('the reader follows no address that is not below its own', async () => {
    for (const address of ['http://127.0.0.1:2/2.0/user', 'http://127.0.0.1:1/internal', 'user']) {
      expect(await kindOf(bitbucketReader(access).follow(address, call))).toBe('bad-answer');
    }
  });

  test('without a workspace or a token nothing is read, and the banner names what is missing', () => {
    for (const [missing, word] of [
      [{ token: null }, 'BITBUCKET_TOKEN'],
      [{ workspace: null }, 'BITBUCKET_WORKSPACE'],
    ] as const) {
      const bare = bitbucketConnector({ ...settings, ...missing });
      expect(bare).not.toHaveProperty('poll');
      expect(bare).not.toHaveProperty('profile');
      expect(bare.abilities.find((one) => one.name === 'read')).toMatchObject({ on: false });
      expect(bare.abilities.find((one) => one.name === 'read')?.note).toContain(word);
    }
  });
});
