import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SentryEmulator } from '../../../emulators/sentry/start-sentry-emulator.ts';
import { startSentryEmulator } from '../../../emulators/sentry/start-sentry-emulator.ts';
import type { ReadOperation, WriteOperation } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { sentryConnector } from './index.ts';
import { normaliseSentry } from './normalise.ts';
import type { SentrySettings } from './settings.ts';

const MIA = '101';
const MARKER = 'action-1';

let sentry: SentryEmulator;
let settings: SentrySettings;
let issue: string;
let foreign: string;

beforeEach(async () => {
  sentry = await startSentryEmulator({ token: 'token' });
  sentry.aimWebhook({ url: 'http://127.0.0.1:9/webhooks', secret: 'secret' });
  settings = {
    baseUrl: sentry.baseUrl,
    siteUrl: 'https://sentry.example',
    token: 'token',
    organization: 'acme',
    projects: ['payments'],
    webhookSecrets: ['secret'],
    pollSeconds: 900,
    mayWrite: true,
  };
  const report = { title: 'RangeError: off by one', release: 'payments@2.4.0' };
  issue = sentry.captureError('payments', report).row.id;
  foreign = sentry.captureError('web', { title: 'TypeError: not ours' }).row.id;
});

afterEach(() => sentry.close());

const call = { signal: new AbortController().signal, marker: MARKER };
const url = (id: string): string => `https://sentry.example/organizations/acme/issues/${id}/`;

async function read(name: string, input: unknown): Promise<unknown> {
  const operation = sentryConnector(settings).operations.find((one) => one.name === name);
  if (operation?.effect !== 'read') throw new Error(`no read ${name}`);
  const asked: ReadOperation = operation;
  return asked.output.parse(await asked.run(asked.input.parse(input), call));
}

function writing(name: string): Required<Omit<NonNullable<WriteOperation['write']>, 'ours'>> {
  const operation = sentryConnector(settings).operations.find((one) => one.name === name);
  if (operation === undefined || operation.effect === 'read') throw new Error(`no write ${name}`);
  const { find, run } = operation.write ?? {};
  if (find === undefined || run === undefined) throw new Error(`${name} cannot write`);
  return { find, run };
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  return error instanceof Failure ? error.kind : 'no failure';
}

const hangUp = (method: string): void => {
  sentry.faults.push({ kind: 'hang-up-after', match: { method } });
};

describe('reads', () => {
  test('an issue with its comments and changes', async () => {
    sentry.comment(issue, MIA, 'Looking at it');
    sentry.assign(issue, MIA, 'team:301');

    expect(await read('sentry.get-issue', { issue })).toMatchObject({
      id: issue,
      shortId: 'PAYMENTS-1',
      title: 'RangeError: off by one',
      project: 'payments',
      status: 'unresolved',
      assignee: 'Checkout',
      assigneeId: 'team:301',
      events: '1',
      lastRelease: 'payments@2.4.0',
      // The emulator's own link leads elsewhere than people look.
      url: url(issue),
      comments: [{ author: 'Mia Berg', text: 'Looking at it' }],
      activity: [{ type: 'assigned' }, { type: 'first_seen', author: 'Sentry' }],
    });
  });

  test('the newest occurrence, without what could identify a user', async () => {
    const { event } = (await read('sentry.get-latest-event', { issue })) as { event: object };

    expect(event).toMatchObject({
      title: 'RangeError: off by one',
      exceptions: [{ name: 'RangeError: off by one', frames: ['pay (app.js:42)'] }],
      tags: ['environment: production', 'level: error', 'release: payments@2.4.0'],
    });
    expect(event).not.toHaveProperty('user');
  });

  test('an issue whose occurrences are no longer kept', async () => {
    sentry.faults.push({ kind: 'status', status: 404, match: { path: /latest/ } });

    expect(await read('sentry.get-latest-event', { issue })).toEqual({ event: null });
  });

  test('occurrences, newest first', async () => {
    sentry.captureError('payments', { title: 'RangeError: off by one' });

    const { events } = (await read('sentry.list-events', { issue })) as { events: object[] };

    expect(events).toHaveLength(2);
    expect(await read('sentry.list-events', { issue, limit: 1 })).toMatchObject({
      events: [events[0]],
    });
  });

  test('releases and suspect commits', async () => {
    expect(await read('sentry.list-releases', { project: 'payments' })).toMatchObject({
      releases: [{ version: 'payments@2.4.0', commits: 1 }],
    });
    expect(await read('sentry.list-suspect-commits', { issue })).toMatchObject({
      commits: [{ author: 'Jonas Lind', message: 'ECD-1: round amounts before the transfer' }],
    });
  });

  test('no suspects where Sentry knows no release', async () => {
    const other = sentry.captureError('payments', { title: 'Error: x' }).row.id;

    expect(await read('sentry.list-suspect-commits', { issue: other })).toEqual({ commits: [] });
  });

  test('a search, of watched projects only', async () => {
    expect(await read('sentry.search-issues', { query: '' })).toMatchObject({
      issues: [{ id: issue }],
      complete: true,
    });
    settings = { ...settings, projects: [] };
    const all = (await read('sentry.search-issues', { query: 'is:unresolved' })) as {
      issues: { id: string }[];
    };
    expect(new Set(all.issues.map(({ id }) => id))).toEqual(new Set([issue, foreign]));
  });
});

describe('what is not watched', () => {
  test.each([
    ['sentry.get-issue'],
    ['sentry.get-latest-event'],
    ['sentry.list-events'],
    ['sentry.list-suspect-commits'],
  ])('%s is denied', async (name) => {
    expect(await kindOf(read(name, { issue: foreign }))).toBe('denied');
  });

  test('a project by its name is denied before anything is sent', async () => {
    expect(await kindOf(read('sentry.list-releases', { project: 'web' }))).toBe('denied');
    expect(await kindOf(read('sentry.search-issues', { query: '', project: 'web' }))).toBe(
      'denied',
    );
    expect(sentry.requests).toEqual([]);
  });

  test.each([
    ['sentry.add-comment', { text: 'x' }],
    ['sentry.assign-issue', { assignee: `user:${MIA}` }],
    ['sentry.resolve-issue', { when: 'now' }],
  ])('%s changes nothing', async (name, more) => {
    const { run, find } = writing(name);

    expect(await kindOf(run({ issue: foreign, ...more }, call))).toBe('denied');
    expect(await kindOf(find({ issue: foreign, ...more }, call))).toBe('denied');
    expect(sentry.writes).toBe(0);
  });
});

describe('a comment', () => {
  const input = () => ({ issue, text: 'Fixed by #12' });

  test('is written once, with a marker that nobody sees', async () => {
    const effect = await writing('sentry.add-comment').run(input(), call);

    const [comment] = sentry.comments(issue);
    expect(comment?.data['text']).toBe(`Fixed by #12\n\n[//]: # (pm-agent:${MARKER})`);
    expect(effect).toEqual({ id: comment?.id, url: url(issue) });
    const events = sentry.deliveries.flatMap(({ body }) => {
      return normaliseSentry(JSON.parse(String(body)), {}).events;
    });
    expect(events.at(-1)).toMatchObject({
      kind: 'comment.created',
      text: 'Fixed by #12',
      actor: { id: sentry.integration, kind: 'bot' },
    });
  });

  test('is found after a lost answer', async () => {
    const { run, find } = writing('sentry.add-comment');
    hangUp('POST');

    expect(await find(input(), call)).toBeNull();
    expect(await kindOf(run(input(), call))).toBe('broken-line');
    expect(await find(input(), call)).toEqual({
      id: sentry.comments(issue)[0]?.id,
      url: url(issue),
    });
    expect(sentry.writes).toBe(1);
  });

  test('with a marker that a person forged is not ours', async () => {
    sentry.comment(issue, MIA, `x\n\n[//]: # (pm-agent:${MARKER})`);

    expect(await writing('sentry.add-comment').find(input(), call)).toBeNull();
  });

  test('cannot bring a marker of its own', async () => {
    const text = `One\n[//]: # (pm-agent:other)\nTwo`;

    await writing('sentry.add-comment').run({ issue, text }, call);

    expect(sentry.comments(issue)[0]?.data['text']).not.toContain('other');
  });

  test('is looked for on every page, and not given up silently', async () => {
    const { run, find } = writing('sentry.add-comment');
    await run(input(), call);
    for (let count = 0; count < 150; count += 1) sentry.comment(issue, MIA, `${count}`);
    const found = await find(input(), call);
    for (let count = 0; count < 900; count += 1) sentry.comment(issue, MIA, `${count}`);

    expect(found).not.toBeNull();
    expect(await kindOf(find(input(), call))).toBe('too-large');
  });

  test('cannot be looked for without knowing ourselves', async () => {
    const body = { version: '0', auth: null, user: null };
    sentry.faults.push({ kind: 'status', status: 200, body, match: { path: /\/api\/0\/$/ } });

    expect(await kindOf(writing('sentry.add-comment').find(input(), call))).toBe('unauthorized');
  });
});

describe('a state', () => {
  test.each([
    ['sentry.assign-issue', () => ({ issue, assignee: `user:${MIA}` })],
    ['sentry.resolve-issue', () => ({ issue, when: 'now' })],
    ['sentry.resolve-issue', () => ({ issue, when: 'next-release' })],
  ])('%s is set, and read back after a lost answer', async (name, input) => {
    const { run, find } = writing(name);
    hangUp('PUT');

    expect(await find(input(), call)).toBeNull();
    expect(await kindOf(run(input(), call))).toBe('broken-line');
    expect(await find(input(), call)).toEqual({ id: issue, url: url(issue) });
  });

  test('an assignee can be taken away', async () => {
    sentry.assign(issue, MIA, `user:${MIA}`);
    const { run, find } = writing('sentry.assign-issue');

    expect(await find({ issue, assignee: null }, call)).toBeNull();
    await run({ issue, assignee: null }, call);
    expect(sentry.state.issues.get(issue)?.row.assignee).toBeNull();
    expect(await find({ issue, assignee: null }, call)).not.toBeNull();
  });

  test('resolving asks a person in every mode', () => {
    const { operations } = sentryConnector(settings);

    const asking = operations.filter((one) => one.effect !== 'read' && one.asks === true);
    expect(asking.map(({ name }) => name)).toEqual(['sentry.resolve-issue']);
  });
});

describe('what is known', () => {
  test('of an issue', async () => {
    sentry.comment(issue, MIA, 'Looking at it');

    const facts = await sentryConnector(settings).gather?.(`sentry:issue:${issue}`, call);

    const texts = facts?.map(({ text }) => text).join('\n');
    for (const part of [
      'RangeError: off by one',
      'Status: unresolved (new)',
      'pay (app.js:42)',
      'Last release with it: payments@2.4.0',
      'Looking at it',
      'first_seen',
    ]) {
      expect(texts).toContain(part);
    }
    expect(new Set(facts?.map(({ id }) => id)).size).toBe(facts?.length);
  });

  test.each(['sentry:metric-alert:4', 'jira:issue:ECD-1', 'sentry:issue:..'])(
    'of %s is nothing, without a call',
    async (subject) => {
      expect(await sentryConnector(settings).gather?.(subject, call)).toEqual([]);
      expect(sentry.requests).toEqual([]);
    },
  );
});

describe('who is who', () => {
  test('we are the user of the token, in webhooks the integration', async () => {
    const identity = await sentryConnector(settings).check?.(call);

    expect(identity).toMatchObject({
      accountId: '900',
      name: 'pm-agent',
      aliases: [sentry.integration],
    });
    expect(identity?.grants?.every(({ held }) => held === true)).toBe(true);
    expect(Math.abs(identity?.clockSkewMs ?? Infinity)).toBeLessThan(60_000);
    expect(sentry.writes).toBe(0);
  });

  test('a token that may only read says so', async () => {
    await sentry.close();
    sentry = await startSentryEmulator({ token: 'token', scopes: ['event:read', 'org:read'] });

    const identity = await sentryConnector({ ...settings, baseUrl: sentry.baseUrl }).check?.(call);

    const missing = identity?.grants?.filter(({ held }) => held === false).map(({ name }) => name);
    expect(missing).toEqual(['event:write', 'project:read', 'project:releases', 'member:read']);
  });

  test('a wrong token is told', async () => {
    const connector = sentryConnector({ ...settings, token: 'wrong' });

    expect(await kindOf(connector.check?.(call) ?? Promise.resolve())).toBe('unauthorized');
  });

  test('a member is known by name and address, anybody else is not', async () => {
    const profile = sentryConnector(settings).profile;

    expect(await profile?.(MIA, call)).toEqual({
      name: 'Mia Berg',
      email: 'mia@acme.example',
      zone: null,
      kind: 'person',
    });
    expect(await profile?.('999', call)).toBeNull();
    expect(await profile?.('../x', call)).toBeNull();
  });
});

test('what is off says which setting is missing', () => {
  const notes = (more: Partial<SentrySettings>) =>
    sentryConnector({ ...settings, ...more }).abilities.map(({ on, note }) => [on, note]);

  expect(notes({})).toEqual([
    [true, 'signed deliveries at /webhooks/sentry'],
    [true, 'every 900 s'],
    [true, 'projects payments'],
    [true, 'comments, assignees; resolving asks a person'],
  ]);
  expect(notes({ token: null }).slice(1, 3)).toEqual([
    [false, 'no credentials (SENTRY_TOKEN)'],
    [false, 'no credentials (SENTRY_TOKEN)'],
  ]);
  expect(notes({ organization: null })[3]).toEqual([false, 'SENTRY_ORGANIZATION is not set']);
  expect(notes({ mayWrite: false })[3]?.[0]).toBe(false);
});

test('a comment is answered on its issue, an error report is not', () => {
  const { talk } = sentryConnector(settings);
  const event = (action: string, data: object) => {
    const [found] = normaliseSentry({ action, data }, {}).events;
    if (found === undefined) throw new Error('no event');
    return found;
  };
  const time = '2026-11-20T09:00:00Z';

  const comment = event('created', { comment_id: 1, issue_id: 7, timestamp: time, comment: 'x' });
  const report = event('created', { issue: { id: '7', firstSeen: time, title: '@pm-agent' } });

  expect(talk?.reply(comment, 'Yes')).toEqual({
    operation: 'sentry.add-comment',
    input: { issue: '7', text: 'Yes' },
  });
  expect(talk?.reply(report, 'Yes')).toBeNull();
});
