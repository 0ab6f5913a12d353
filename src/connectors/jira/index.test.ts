import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connector, ReadOperation, WriteOperation } from '../../domain/connector.ts';
import { Failure } from '../../domain/failure.ts';
import { jiraConnector } from './index.ts';
import type { JiraSettings } from './settings.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

let server: Server;
let settings: JiraSettings;
let seen: Seen[];
/** `METHOD /path` to an answer, or to a function of the request. */
let answers: Map<string, object | ((request: Seen) => object)>;

beforeEach(async () => {
  seen = [];
  answers = new Map();
  server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const url = new URL(request.url ?? '/', 'http://site');
      const got: Seen = {
        method: request.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        body: text === '' ? null : JSON.parse(text),
        authorization: request.headers.authorization,
      };
      seen.push(got);
      const answer = answers.get(`${got.method} ${got.path}`);
      response.writeHead(answer === undefined ? 404 : 200);
      response.end(JSON.stringify(isFunction(answer) ? answer(got) : (answer ?? {})));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  settings = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    siteUrl: 'https://team.example',
    email: 'agent@example.com',
    token: 'token-1',
    projects: ['ECD', 'OPS'],
    webhookSecrets: ['hook-secret'],
    mayWrite: true,
  };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

function isFunction(answer: unknown): answer is (request: Seen) => object {
  return typeof answer === 'function';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const signal = new AbortController().signal;
const call = { signal, marker: 'action-1' };

function reading(connector: Connector, name: string): ReadOperation {
  const operation = connector.operations.find((one) => one.name === name);
  if (operation?.effect !== 'read') throw new Error(`no read ${name}`);
  return operation;
}

function commenting(connector: Connector): WriteOperation {
  const operation = connector.operations.find((one) => one.name === 'jira.add-comment');
  if (operation === undefined || operation.effect === 'read') throw new Error('not declared');
  return operation;
}

async function run(name: string, input: unknown): Promise<unknown> {
  const operation = reading(jiraConnector(settings), name);
  const output: unknown = await operation.run(operation.input.parse(input), call);
  return operation.output.parse(output);
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  return error instanceof Failure ? error.kind : 'no failure';
}

const mia = { accountId: 'acc-1', displayName: 'Mia' };
const adf = (text: string): object => ({
  type: 'doc',
  version: 1,
  content: [{ type: 'paragraph', content: [{ type: 'text', text }] }],
});
const comment = (id: number, more: object = {}): object => ({
  id: String(id),
  author: mia,
  body: adf(`comment ${id}`),
  created: `2026-03-02T10:00:0${id % 10}.000+0100`,
  updated: `2026-03-02T10:00:0${id % 10}.000+0100`,
  ...more,
});
const issue = {
  id: '10',
  key: 'ECD-1',
  fields: {
    summary: 'Login is broken',
    description: adf('Nobody can log in.'),
    status: { name: 'In Arbeit', statusCategory: { key: 'indeterminate' } },
    assignee: mia,
    priority: { name: 'High' },
    duedate: '2026-03-09',
    updated: '2026-03-02T10:00:00.000+0100',
    customfield_10044: [
      { id: 1, name: 'Sprint 8', state: 'closed' },
      { id: 3, name: 'Sprint 10', state: 'future', startDate: '2026-04-01T00:00:00.000Z' },
      { id: 2, name: 'Sprint 9', state: 'active' },
    ],
  },
  changelog: {
    histories: [
      {
        id: '801',
        author: mia,
        created: '2026-03-02T09:00:00.000+0100',
        items: [{ field: 'status', fromString: 'To Do', toString: 'In Arbeit' }],
      },
      {
        id: '800',
        author: mia,
        created: '2026-03-01T09:00:00.000+0100',
        items: [{ field: 'rank' }],
      },
    ],
  },
};
const fields = [
  { id: 'summary', schema: { type: 'string', system: 'summary' } },
  { id: 'odd' },
  { id: 'customfield_10044', schema: { custom: 'com.pyxis.greenhopper.jira:gh-sprint' } },
];

function answerIssue(): void {
  answers.set('GET /rest/api/3/field', fields);
  answers.set('GET /rest/api/3/issue/ECD-1', issue);
  answers.set('GET /rest/api/3/issue/ECD-1/comment', {
    comments: [
      comment(3),
      comment(2, { visibility: { type: 'role', value: 'Admins' } }),
      { id: null },
      comment(1),
    ],
    startAt: 0,
    maxResults: 20,
    total: 3,
  });
}

describe('what the settings allow', () => {
  test('without a secret there is no webhook, and an empty secret is none', () => {
    for (const webhookSecrets of [[], ['']]) {
      const connector = jiraConnector({ ...settings, webhookSecrets });

      expect(connector.webhook).toBeUndefined();
      expect(connector.abilities.find(({ name }) => name === 'webhook')).toEqual({
        name: 'webhook',
        on: false,
        note: 'JIRA_WEBHOOK_SECRET is not set: the route /webhooks/jira does not exist',
      });
    }
  });

  test('without credentials nothing is read, and comments are declared without the ability to write', () => {
    for (const missing of [{ token: null }, { email: '' }, { baseUrl: null }]) {
      const connector = jiraConnector({ ...settings, ...missing });

      expect(connector.gather).toBeUndefined();
      expect(connector.check).toBeUndefined();
      expect(connector.operations.every(({ effect }) => effect !== 'read')).toBe(true);
      expect(commenting(connector).write).toBeUndefined();
      expect(connector.poll).toBeUndefined();
      expect(connector.abilities.map(({ on }) => on)).toEqual([true, false, false, false]);
    }
  });

  test('in simulation everything is read and nothing can be written', () => {
    const connector = jiraConnector({ ...settings, mayWrite: false });

    expect(connector.operations).toHaveLength(20);
    expect(connector.operations.every((one) => !('write' in one))).toBe(true);
    expect(commenting(connector).write).toBeUndefined();
    expect(connector.abilities.find(({ name }) => name === 'write')?.on).toBe(false);
  });

  test('check proves the credentials and says who we are', async () => {
    answers.set('GET /rest/api/3/myself', { accountId: 'acc-9', displayName: 'PM Agent' });

    const identity = await jiraConnector(settings).check?.({ signal });

    expect(identity).toMatchObject({ accountId: 'acc-9', name: 'PM Agent' });
    const expected = `Basic ${Buffer.from('agent@example.com:token-1').toString('base64')}`;
    expect(seen[0]?.authorization).toBe(expected);
  });
});

describe('reading', () => {
  test('an issue is read with its sprint, comments and changes, oldest first', async () => {
    answerIssue();

    const read = await run('jira.get-issue', { issue: 'ECD-1' });

    expect(read).toMatchObject({
      key: 'ECD-1',
      status: 'In Arbeit',
      statusCategory: 'indeterminate',
      assignee: 'Mia',
      assigneeId: 'acc-1',
      sprint: 'Sprint 9',
      description: 'Nobody can log in.',
      url: 'https://team.example/browse/ECD-1',
      comments: [
        { id: '1', text: 'comment 1', author: 'Mia' },
        { id: '2', text: null, restricted: true },
        { id: '3', text: 'comment 3' },
      ],
      history: [{ id: '800' }, { id: '801', changes: ['status: To Do → In Arbeit'] }],
    });
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('an issue is read without its sprint where the fields cannot be listed', async () => {
    answerIssue();
    answers.delete('GET /rest/api/3/field');

    expect(await run('jira.get-issue', { issue: 'ECD-1' })).toMatchObject({ sprint: null });
  });

  test('an issue that was moved to another project is not shown', async () => {
    answerIssue();
    answers.set('GET /rest/api/3/issue/ECD-1', { ...issue, key: 'HR-7' });

    expect(await kindOf(run('jira.get-issue', { issue: 'ECD-1' }))).toBe('denied');
  });

  test('an issue of another project is denied before anything is sent', async () => {
    for (const name of ['jira.get-issue', 'jira.list-comments']) {
      expect(await kindOf(run(name, { issue: 'HR-1' }))).toBe('denied');
    }

    expect(seen).toEqual([]);
  });

  test('what is not an issue key is refused', () => {
    const { input } = reading(jiraConnector(settings), 'jira.get-issue');

    for (const key of ['ecd-1', 'ECD-1/comment', 'ECD-', '../x', 'ECD-1\n', 'E-1']) {
      expect(input.safeParse({ issue: key }).success).toBe(false);
    }
  });

  test('an answer in another shape is a bad answer', async () => {
    answerIssue();
    answers.set('GET /rest/api/3/issue/ECD-1', ['garbage']);

    expect(await kindOf(run('jira.get-issue', { issue: 'ECD-1' }))).toBe('bad-answer');
  });
});

describe('searching', () => {
  const found = (...numbers: number[]): object[] =>
    numbers.map((number) => ({ ...issue, id: String(number), key: `ECD-${number}` }));

  test('pages are followed to the end, inside the watched projects', async () => {
    answers.set('POST /rest/api/3/search/jql', ({ body }: Seen) => {
      const more = typeof body === 'object' && body !== null && 'nextPageToken' in body;
      return more
        ? { issues: [...found(2), { ...issue, key: 'HR-1' }], isLast: true }
        : { issues: found(1), nextPageToken: 'page-2' };
    });

    const answer = await run('jira.search-issues', { jql: 'status = Done OR project = HR' });

    expect(answer).toMatchObject({ issues: [{ key: 'ECD-1' }, { key: 'ECD-2' }], complete: true });
    expect(seen[0]?.body).toMatchObject({
      jql: 'project in ("ECD", "OPS") AND (status = Done OR project = HR) ORDER BY updated DESC',
      maxResults: 50,
    });
    expect(seen[1]?.body).toMatchObject({ nextPageToken: 'page-2' });
  });

  test('an empty page is not the end', async () => {
    let page = 0;
    answers.set('POST /rest/api/3/search/jql', () => {
      page += 1;
      return page === 1 ? { issues: [], nextPageToken: 'b' } : { issues: found(1) };
    });

    const answer = await run('jira.search-issues', { jql: 'a = 1' });

    expect(answer).toMatchObject({ issues: [{ key: 'ECD-1' }], complete: true });
  });

  test('a token that comes again ends the search as a bad answer', async () => {
    answers.set('POST /rest/api/3/search/jql', { issues: found(1), nextPageToken: 'same' });

    expect(await kindOf(run('jira.search-issues', { jql: 'a = 1' }))).toBe('bad-answer');
    expect(seen).toHaveLength(2);
  });

  test('pages without end are cut and said to be incomplete', async () => {
    let page = 0;
    answers.set('POST /rest/api/3/search/jql', () => ({
      issues: [],
      nextPageToken: `page-${(page += 1)}`,
    }));

    expect(await run('jira.search-issues', { jql: 'a = 1' })).toEqual({
      issues: [],
      complete: false,
    });
    expect(seen).toHaveLength(10);
  });

  test('no more issues are given than were asked for', async () => {
    answers.set('POST /rest/api/3/search/jql', { issues: found(1, 2, 3), nextPageToken: 'x' });

    const answer = await run('jira.search-issues', { jql: 'a = 1', limit: 2 });

    expect(answer).toMatchObject({ issues: [{ key: 'ECD-1' }, { key: 'ECD-2' }], complete: false });
  });
});

describe('commenting', () => {
  const path = '/rest/api/3/issue/ECD-1/comment';
  const input = { issue: 'ECD-1', text: 'Done by [~accountid:acc-1]?\n- one' };

  test('a comment is sent as a document with its marker', async () => {
    answers.set(`POST ${path}`, comment(5));

    const effect = await commenting(jiraConnector(settings)).write?.run(input, call);

    expect(effect).toEqual({
      id: '5',
      url: 'https://team.example/browse/ECD-1?focusedCommentId=5',
    });
    expect(seen.map(({ method, body }) => ({ method, body }))).toEqual([
      {
        method: 'POST',
        body: {
          body: {
            version: 1,
            type: 'doc',
            content: [
              {
                type: 'paragraph',
                content: [{ type: 'text', text: 'Done by [~accountid:acc-1]?' }],
              },
              {
                type: 'bulletList',
                content: [
                  {
                    type: 'listItem',
                    content: [{ type: 'paragraph', content: [{ type: 'text', text: 'one' }] }],
                  },
                ],
              },
            ],
          },
          properties: [{ key: 'pm-agent.action', value: { id: 'action-1' } }],
        },
      },
    ]);
  });

  test('the marker is found on a later page', async () => {
    const ours = comment(7, {
      properties: [
        { key: 'other', value: 'action-1' },
        { key: 'pm-agent.action', value: { id: 'action-1' } },
      ],
    });
    const others = Array.from({ length: 100 }, (_, index) =>
      comment(index, { properties: [{ key: 'pm-agent.action', value: { id: 'action-2' } }] }),
    );
    answers.set(`GET ${path}`, ({ query }: Seen) => {
      return { comments: query.startAt === '0' ? others : [ours], total: 101 };
    });
    answers.set('GET /rest/api/3/myself', { accountId: 'acc-1', displayName: 'PM Agent' });

    const effect = await commenting(jiraConnector(settings)).write?.find?.(input, call);

    expect(effect?.id).toBe('7');
    expect(seen[0]?.query).toMatchObject({ orderBy: '-created', expand: 'properties' });
  });

  test('a marker on a comment of somebody else is forged and does not count', async () => {
    const forged = comment(7, {
      properties: [{ key: 'pm-agent.action', value: { id: 'action-1' } }],
    });
    answers.set(`GET ${path}`, { comments: [forged], total: 1 });
    answers.set('GET /rest/api/3/myself', { accountId: 'acc-9', displayName: 'PM Agent' });

    expect(await commenting(jiraConnector(settings)).write?.find?.(input, call)).toBeNull();
  });

  test('a comment without our marker is not ours, whatever it says', async () => {
    const copied = { body: adf('pm-agent.action action-1'), properties: [null, { key: 'x' }] };
    answers.set(`GET ${path}`, { comments: [comment(1, copied)], total: 1 });

    expect(await commenting(jiraConnector(settings)).write?.find?.(input, call)).toBeNull();
  });

  test('too many comments to look through are a failure, not an absence', async () => {
    const page = Array.from({ length: 100 }, (_, index) => comment(index));
    answers.set(`GET ${path}`, { comments: page, total: 10_000 });

    const found = commenting(jiraConnector(settings)).write?.find?.(input, call);

    expect(await kindOf(found ?? Promise.resolve())).toBe('too-large');
    expect(seen).toHaveLength(5);
  });

  test('an issue of another project is denied before anything is sent', async () => {
    const { write } = commenting(jiraConnector(settings));
    const other = { ...input, issue: 'HR-1' };

    expect(await kindOf(write?.run(other, call) ?? Promise.resolve())).toBe('denied');
    expect(await kindOf(write?.find?.(other, call) ?? Promise.resolve())).toBe('denied');
    expect(seen).toEqual([]);
  });

  test('text of which nothing would be seen is refused', () => {
    const declared = commenting(jiraConnector(settings));

    expect(declared.input.safeParse({ issue: 'ECD-1', text: ' \u202e\0 ' }).success).toBe(false);
    expect(declared.target(input)).toBe('jira:issue:ECD-1');
    expect(declared.preview(input)).toBe('Comment on ECD-1: Done by [~accountid:acc-1]? - one');
  });
});

describe('gathering', () => {
  test('an issue becomes facts with their provenance', async () => {
    answerIssue();

    const facts = await jiraConnector(settings).gather?.('jira:issue:ECD-1', { signal });

    expect(facts?.map(({ id, text }) => [id, text])).toEqual([
      ['jira:issue:ECD-1#summary', 'Login is broken'],
      ['jira:issue:ECD-1#status', 'Status: In Arbeit (indeterminate)'],
      ['jira:issue:ECD-1#assignee', 'Assignee: Mia (acc-1)'],
      ['jira:issue:ECD-1#priority', 'Priority: High'],
      ['jira:issue:ECD-1#due', 'Due: 2026-03-09'],
      ['jira:issue:ECD-1#sprint', 'Sprint: Sprint 9'],
      ['jira:issue:ECD-1#description', 'Nobody can log in.'],
      ['jira:comment:1', 'comment 1'],
      ['jira:comment:2', '[restricted comment, text left out]'],
      ['jira:comment:3', 'comment 3'],
      ['jira:changelog:800', 'rank: (none) → (none)'],
      ['jira:changelog:801', 'status: To Do → In Arbeit'],
    ]);
    expect(facts?.at(-3)).toMatchObject({
      author: 'Mia',
      at: '2026-03-02T09:00:03.000Z',
      url: 'https://team.example/browse/ECD-1?focusedCommentId=3',
    });
  });

  test('the field of the sprint is looked up once', async () => {
    answerIssue();
    const connector = jiraConnector(settings);

    await connector.gather?.('jira:issue:ECD-1', { signal });
    await connector.gather?.('jira:issue:ECD-1', { signal });

    expect(seen.filter(({ path }) => path.endsWith('/field'))).toHaveLength(1);
  });

  test('nothing is known of other subjects', async () => {
    const connector = jiraConnector(settings);

    expect(await connector.gather?.('jira:sprint:4', { signal })).toEqual([]);
    expect(await connector.gather?.('slack:thread:4', { signal })).toEqual([]);
    expect(seen).toEqual([]);
  });

  test('an issue of another project is denied', async () => {
    const gathered = jiraConnector(settings).gather?.('jira:issue:HR-1', { signal });

    expect(await kindOf(gathered ?? Promise.resolve())).toBe('denied');
  });
});
