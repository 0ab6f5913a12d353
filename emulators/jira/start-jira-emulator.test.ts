import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../http/fault-plan.ts';
import { textToAdf } from './adf-document.ts';
import type { JiraEmulator } from './start-jira-emulator.ts';
import { startJiraEmulator } from './start-jira-emulator.ts';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';

const MIA = '712020:mia-0001';
const credentials = `Basic ${Buffer.from('agent@example.com:token').toString('base64')}`;
const COMMENTS = '/rest/api/3/issue/ECD-1/comment';

let jira: JiraEmulator;
let time: Date;

beforeEach(async () => {
  time = new Date('2026-11-20T10:00:30Z');
  jira = await startJiraEmulator({ email: 'agent@example.com', token: 'token', now: () => time });
});

afterEach(() => jira.close());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(jira.url + path, {
    method,
    headers: { authorization: credentials, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) as unknown };
}

const post = (text: string) =>
  call('POST', COMMENTS, {
    body: textToAdf(text),
    properties: [{ key: 'pm-agent.action', value: { id: 'a-1' } }],
  });

describe('credentials', () => {
  test.each([null, 'Bearer token', credentials.slice(0, -1)])(
    '%j is refused',
    async (authorization) => {
      const headers: Record<string, string> = authorization === null ? {} : { authorization };

      const response = await fetch(`${jira.url}/rest/api/3/myself`, { headers });

      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({
        errorMessages: [expect.any(String)],
        errors: {},
      });
    },
  );

  test('are taken through the gateway too, whose id the site tells anyone', async () => {
    const response = await fetch(`${jira.url}/_edge/tenant_info`);
    const { cloudId } = (await response.json()) as { cloudId: string };

    expect((await call('GET', `/ex/jira/${cloudId}/rest/api/3/myself`)).json()).toMatchObject({
      accountId: '712020:pm-agent',
      emailAddress: 'agent@example.com',
    });
    expect((await call('GET', '/ex/jira/another/rest/api/3/myself')).status).toBe(404);
  });
});

describe('comments', () => {
  test('keep their properties, shown where they are asked for', async () => {
    const made = await post('Hello');

    const plain = await call('GET', COMMENTS);
    const expanded = await call('GET', `${COMMENTS}?expand=properties`);
    expect(made.status).toBe(201);
    expect(plain.text).not.toContain('a-1');
    expect(expanded.json()).toMatchObject({
      total: 1,
      comments: [{ properties: [{ key: 'pm-agent.action', value: { id: 'a-1' } }] }],
    });
    const { id } = made.json() as { id: string };
    const property = await call('GET', `/rest/api/3/comment/${id}/properties/pm-agent.action`);
    expect(property.json()).toEqual({ key: 'pm-agent.action', value: { id: 'a-1' } });
  });

  test.each([
    ['a string', 'Hello'],
    ['nothing', undefined],
    [
      'an empty text',
      {
        version: 1,
        type: 'doc',
        content: [{ type: 'paragraph', content: [{ type: 'text', text: '' }] }],
      },
    ],
    ['an unknown key', { ...textToAdf('Hello'), colour: 'red' }],
    ['no version', { type: 'doc', content: [] }],
  ])('a body that is %s is refused', async (_, body) => {
    const answer = await call('POST', COMMENTS, { body });

    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({
      errorMessages: [],
      errors: { comment: 'Comment body is not valid!' },
    });
    expect(jira.writes).toBe(0);
  });

  test('come in pages, newest first where wanted', async () => {
    for (const text of ['One', 'Two', 'Three']) jira.addComment('ECD-1', MIA, text);

    const { json } = await call('GET', `${COMMENTS}?orderBy=-created&startAt=1&maxResults=1`);

    expect(json()).toMatchObject({ startAt: 1, maxResults: 1, total: 3 });
    expect(JSON.stringify(json())).toContain('Two');
    expect(JSON.stringify(json())).not.toContain('Three');
  });

  test('can be changed and deleted', async () => {
    const { id } = (await post('Hello')).json() as { id: string };

    const edited = await call('PUT', `${COMMENTS}/${id}`, { body: textToAdf('Bye') });
    const deleted = await call('DELETE', `${COMMENTS}/${id}`);

    expect(edited.text).toContain('Bye');
    expect(deleted).toMatchObject({ status: 204, text: '' });
    expect((await call('GET', `${COMMENTS}/${id}`)).status).toBe(404);
    expect(jira.writes).toBe(3);
  });
});

describe('search', () => {
  const search = (jql: string, more: object = {}) =>
    call('POST', '/rest/api/3/search/jql', { jql, fields: ['summary'], ...more });
  const keysFor = async (jql: string) => {
    const { issues } = (await search(jql)).json() as { issues: { key: string }[] };
    return issues.map(({ key }) => key);
  };

  test.each([
    ['project = ECD ORDER BY key ASC', ['ECD-1', 'ECD-2', 'ECD-3']],
    ['project in ("ECD") AND (status = "In Progress") ORDER BY updated DESC', ['ECD-1']],
    ['key in (ECD-2, ECD-3) ORDER BY key DESC', ['ECD-3', 'ECD-2']],
    ['issuekey = ECD-2', ['ECD-2']],
    ['statusCategory != Done AND assignee = "712020:tomas-0003"', ['ECD-2']],
    ['assignee is EMPTY', ['ECD-3']],
    ['sprint in openSprints() AND NOT key = ECD-1', ['ECD-2']],
    ['summary ~ "checkout" OR text ~ receipt ORDER BY key', ['ECD-1', 'ECD-2']],
    ['updated >= "-15m" AND project = ECD AND status = Done', []],
  ])('%s', async (jql, keys) => {
    expect(await keysFor(jql)).toEqual(keys);
  });

  test('updated has minutes, not seconds', async () => {
    time = new Date('2026-11-20T10:15:02Z');
    jira.addComment('ECD-2', MIA, 'Text');
    time = new Date('2026-11-20T10:30:50Z');

    expect(await keysFor('updated >= "-15m"')).toEqual(['ECD-2']);
    expect(await keysFor('updated >= "-14m"')).toEqual([]);
  });

  test.each([
    '',
    'ORDER BY updated',
    'project = NOPE',
    'key = ECD-99',
    'colour = red',
    'status = "In Progress" AND',
    'project = ECD) OR (project = ECD',
    'project = ECD ORDER BY colour',
    'updated >= "yesterday"',
    'status was Done',
  ])('%j is answered with 400', async (jql) => {
    const answer = await search(jql);

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ errorMessages: [expect.any(String)] });
  });

  test('pages by token, without a total, and gives nothing but ids unasked', async () => {
    const query = { fields: undefined, maxResults: 2 };

    const first = (await search('project = ECD', query)).json() as { nextPageToken: string };
    const second = (
      await search('project = ECD', { ...query, nextPageToken: first.nextPageToken })
    ).json();

    expect(first).toEqual({
      issues: [{ id: expect.any(String) as string }, { id: expect.any(String) as string }],
      isLast: false,
      nextPageToken: expect.any(String) as string,
    });
    expect(second).toEqual({ issues: [{ id: expect.any(String) as string }], isLast: true });
    const strange = await search('key = ECD-1', { nextPageToken: first.nextPageToken });
    expect(strange.status).toBe(400);
  });
});

test('comments by id and issues by key come in bulk, issues in the order of their ids', async () => {
  const { id } = jira.addComment('ECD-2', MIA, 'Hello');

  const comments = await call('POST', '/rest/api/3/comment/list', { ids: [Number(id), 1] });
  const issues = await call('POST', '/rest/api/3/issue/bulkfetch', {
    issueIdsOrKeys: ['ECD-2', 'ECD-99', 'ECD-1'],
    fields: ['summary'],
  });

  expect(comments.json()).toMatchObject({ total: 1, values: [{ id }] });
  expect(issues.json()).toMatchObject({ issues: [{ key: 'ECD-1' }, { key: 'ECD-2' }] });
});

test('a transition through REST is kept in the history and cannot be repeated', async () => {
  const path = '/rest/api/3/issue/ECD-1/transitions';

  const done = await call('POST', path, { transition: { id: '51' } });
  const again = await call('POST', path, { transition: { id: '51' } });

  expect([done.status, again.status]).toEqual([204, 400]);
  expect((await call('GET', '/rest/api/3/issue/ECD-1/changelog')).json()).toMatchObject({
    total: 1,
    values: [
      {
        author: { accountId: '712020:pm-agent' },
        items: [
          { fieldId: 'resolution', toString: 'Done' },
          { fieldId: 'status', toString: 'Done' },
        ],
      },
    ],
  });
});

test('the comment of the agent itself comes back as a webhook', async () => {
  await using receiver = await startWebhookReceiver();
  jira.aimWebhook({ url: receiver.url, secret: 'secret' });

  await post('Hello');
  await jira.idle();

  expect(JSON.parse(String(receiver.received[0]!.body))).toMatchObject({
    webhookEvent: 'comment_created',
    comment: { author: { accountId: '712020:pm-agent' } },
  });
});

describe('faults', () => {
  type Told = number | 'hung up';
  const told = () =>
    post('Hello').then(
      ({ status }): Told => status,
      (): Told => 'hung up',
    );

  test.each<[Fault, Told, number]>([
    [{ kind: 'status', status: 503, headers: { 'retry-after': '1' } }, 503, 0],
    [{ kind: 'status', status: 504, apply: true }, 504, 1],
    [{ kind: 'hang-up-before' }, 'hung up', 0],
    [{ kind: 'hang-up-after' }, 'hung up', 1],
    [{ kind: 'garbage' }, 200, 1],
    [{ kind: 'delay', ms: 1 }, 201, 1],
    [{ kind: 'apply-late', ms: 1 }, 'hung up', 1],
    [{ kind: 'apply-late', ms: 1, status: 502 }, 502, 1],
    [{ kind: 'drip', ms: 0 }, 201, 1],
  ])('%j', async (fault, answer, comments) => {
    jira.faults.push({ ...fault, match: { method: 'POST', path: /comment$/ } });

    const first = await told();
    await jira.idle();

    expect(first).toBe(answer);
    expect(jira.comments('ECD-1')).toHaveLength(comments);
    expect(jira.writes).toBe(comments);
    expect(jira.faults.pending).toBe(0);
    expect(jira.requests).toMatchObject([
      {
        fault: fault.kind,
        status: answer === 'hung up' ? null : answer,
        outcome: comments ? 201 : null,
      },
    ]);
    expect(await told()).toBe(201);
  });

  test('what is never answered is ended by closing', async () => {
    jira.faults.push({ kind: 'never-answer', apply: true });
    const answer = told();
    await expect.poll(() => jira.comments('ECD-1')).toHaveLength(1);

    await jira.close();

    expect(await answer).toBe('hung up');
  });

  test('half of an answer comes, and then the line is cut', async () => {
    jira.faults.push({ kind: 'cut-off', match: { method: 'POST' } });

    expect(await told()).toBe('hung up');
    expect(jira.comments('ECD-1')).toHaveLength(1);
    expect(jira.requests).toMatchObject([{ fault: 'cut-off', status: 201, outcome: 201 }]);
  });

  test('by the clock of a test, what is late comes when the test says', async () => {
    let moved = (): void => undefined;
    const wait = () => new Promise<void>((resolve) => (moved = resolve));
    jira.faults.push({ kind: 'apply-late', ms: 60_000, wait, match: { body: /Hello/ } });

    const first = await told();
    await jira.idle();
    const before = jira.comments('ECD-1').length;
    moved();

    await expect.poll(() => jira.comments('ECD-1')).toHaveLength(1);
    expect([first, before]).toEqual(['hung up', 0]);
  });

  test('every request is told of, with how long it took', async () => {
    const seen: string[] = [];
    jira.faults.watch(({ method, body }) => seen.push(`${method} ${body.length > 0}`));

    await told();

    expect(seen).toEqual(['POST true']);
    await expect.poll(() => jira.requests[0]?.tookMs).toBeGreaterThan(0);
  });

  test('strike only what they match, as often as they say', async () => {
    jira.faults.push({ kind: 'status', status: 500, times: 2, match: { method: 'POST' } });

    expect((await call('GET', COMMENTS)).status).toBe(200);
    expect([await told(), await told(), await told()]).toEqual([500, 500, 201]);
  });

  test('with a probability strike the same requests for the same seed', async () => {
    const run = async (faultSeed: number) => {
      const site = await startJiraEmulator({ email: 'a', token: 't', faultSeed });
      site.faults.push({ kind: 'status', status: 500, times: 100, probability: 0.5 });
      const statuses: number[] = [];
      while (statuses.length < 12) statuses.push((await fetch(site.url)).status);
      await site.close();
      return statuses.join();
    };

    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });
});

test('the control API takes faults and comments, and shows the state', async () => {
  const control = async (method: string, path: string, body?: object) => {
    const init = { method, body: body ? JSON.stringify(body) : null };
    return (await fetch(`${jira.url}/_emulator/${path}`, init)).json();
  };

  await control('POST', 'faults', { kind: 'status', status: 500, match: { path: 'comment$' } });
  await control('POST', 'comment', { issue: 'ECD-1', author: MIA, text: 'Hello' });

  expect((await post('Mine')).status).toBe(500);
  expect((await post('Mine')).status).toBe(201);
  expect(await control('GET', 'state')).toMatchObject({
    writes: 1,
    comments: {
      'ECD-1': [{ author: MIA }, { properties: { 'pm-agent.action': { id: 'a-1' } } }],
      'ECD-2': [],
    },
  });
});
