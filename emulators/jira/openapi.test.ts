import { readFileSync } from 'node:fs';
import ajvDraft04 from 'ajv-draft-04';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textToAdf } from './adf-document.ts';
import type { JiraEmulator } from './start-jira-emulator.ts';
import { startJiraEmulator } from './start-jira-emulator.ts';

// Every answer is held to Atlassian's own document, which forbids keys that it does not name.

interface OpenApi {
  readonly paths: Record<
    string,
    Record<
      string,
      {
        responses: Record<
          string,
          { content: { 'application/json': { schema?: object; example?: unknown } } }
        >;
      }
    >
  >;
  readonly components: { schemas: Record<string, { properties: Record<string, object> }> };
}

function openApi(file: string): OpenApi {
  return JSON.parse(
    readFileSync(new URL(`../openapi/${file}`, import.meta.url), 'utf8'),
  ) as OpenApi;
}

const platform = openApi('jira-cloud-v3.json');
const agile = openApi('jira-agile.json');
const ajv = new ajvDraft04.default({ strict: false, validateFormats: false, allErrors: true });

// The document calls them strings; recorded histories have null for "was empty".
const change = platform.components.schemas['ChangeDetails']!.properties;
for (const side of ['from', 'fromString', 'to', 'toString'])
  change[side] = { type: ['string', 'null'] };
// They are called numbers, and every example shows a date.
for (const name of ['Webhook', 'WebhooksExpirationDate']) {
  platform.components.schemas[name]!.properties['expirationDate'] = { type: 'string' };
}
ajv.addSchema(platform, 'platform');
ajv.addSchema(agile, 'agile');

function faultsOf(document: 'platform' | 'agile', pointer: readonly string[], body: unknown) {
  const path = pointer.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'));
  const uri = `${document}#/${path.map(encodeURIComponent).join('/')}`;
  const validate = ajv.getSchema(uri);
  if (!validate) throw new Error(`${uri} is not in the document`);
  return validate(body) ? [] : validate.errors;
}

const authorization = `Basic ${Buffer.from('agent@example.com:token').toString('base64')}`;
let jira: JiraEmulator;

beforeAll(async () => {
  const oauth = { token: 'oauth-token', clientSecret: 'app-secret' };
  jira = await startJiraEmulator({ email: 'agent@example.com', token: 'token', oauth });
  jira.logWork('ECD-1', '712020:mia-0001', { seconds: 5_400 });
  jira.link('ECD-1', '712020:mia-0001', { type: 'Blocks', to: 'ECD-2' });
  jira.createSprint(1, 'ECD Sprint 13');
  jira.transition('ECD-1', '712020:ines-0002', 'Done');
  jira.assign('ECD-1', '712020:mia-0001', null);
  jira.addComment('ECD-1', '712020:mia-0001', 'Ready? [~accountid:712020:pm-agent]');
});

afterAll(() => jira.close());

async function call(method: string, path: string, body?: unknown) {
  // Apps alone may look after dynamic webhooks, with a token that the gateway takes.
  const isApp = path.startsWith('/rest/api/3/webhook');
  const base = isApp ? `${jira.url}/ex/jira/${jira.cloudId}` : jira.url;
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: isApp ? 'Bearer oauth-token' : authorization,
      'content-type': 'application/json',
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const commentId = () => jira.comments('ECD-1')[0]!.id;
const comment = {
  body: textToAdf('A line'),
  properties: [{ key: 'pm-agent', value: { id: 'a' } }],
};

interface Case {
  readonly query?: string;
  readonly status?: number;
  readonly body?: unknown;
}

describe('every answer has the shape that Atlassian documents', () => {
  test.each<[string, string, Case?]>([
    ['get', '/rest/api/3/myself', {}],
    ['get', '/rest/api/3/serverInfo', {}],
    ['get', '/rest/api/3/mypermissions', { query: '?permissions=ADD_COMMENTS,EDIT_ISSUES' }],
    ['get', '/rest/api/3/field', {}],
    ['get', '/rest/api/3/project/search', {}],
    ['get', '/rest/api/3/user', { query: '?accountId=712020:mia-0001' }],
    ['get', '/rest/api/3/search/jql', { query: '?jql=project=ECD&fields=*all&maxResults=2' }],
    ['post', '/rest/api/3/search/jql', { body: { jql: 'key = ECD-1', expand: 'changelog' } }],
    [
      'post',
      '/rest/api/3/search/jql',
      { body: { jql: 'key = ECD-1', fields: ['*all'], expand: 'changelog' } },
    ],
    ['post', '/rest/api/3/search/approximate-count', { body: { jql: 'project = ECD' } }],
    ['post', '/rest/api/3/issue/bulkfetch', { body: { issueIdsOrKeys: ['ECD-2', 'ECD-1'] } }],
    [
      'post',
      '/rest/api/3/issue',
      {
        status: 201,
        body: {
          fields: {
            project: { key: 'ECD' },
            issuetype: { name: 'Task' },
            summary: 'New',
            description: textToAdf('x'),
          },
        },
      },
    ],
    ['get', '/rest/api/3/issue/{issueIdOrKey}', { query: '?expand=changelog,transitions' }],
    ['get', '/rest/api/3/issue/{issueIdOrKey}/changelog', {}],
    ['get', '/rest/api/3/issue/{issueIdOrKey}/transitions', {}],
    ['get', '/rest/api/3/issue/{issueIdOrKey}/comment', { query: '?expand=properties' }],
    [
      'post',
      '/rest/api/3/issue/{issueIdOrKey}/comment',
      { query: '?expand=properties', status: 201, body: comment },
    ],
    ['get', '/rest/api/3/issue/{issueIdOrKey}/comment/{id}', {}],
    ['put', '/rest/api/3/issue/{issueIdOrKey}/comment/{id}', { body: { body: textToAdf('B') } }],
    ['post', '/rest/api/3/comment/list', { query: '?expand=properties', body: { ids: [10106] } }],
    ['get', '/rest/api/3/comment/{commentId}/properties', {}],
    ['get', '/rest/api/3/issue/{issueIdOrKey}/worklog', {}],
    [
      'post',
      '/rest/api/3/issue/{issueIdOrKey}/worklog',
      { status: 201, body: { timeSpentSeconds: 600 } },
    ],
    ['post', '/rest/api/3/changelog/bulkfetch', { body: { issueIdsOrKeys: ['ECD-1'] } }],
    ['get', '/rest/api/3/issueLinkType', {}],
    ['get', '/rest/api/3/user/search', { query: '?query=mia' }],
    ['get', '/rest/api/3/user/assignable/search', { query: '?query=mia&project=ECD' }],
    ['get', '/rest/api/3/webhook', {}],
    [
      'post',
      '/rest/api/3/webhook',
      {
        body: {
          url: 'https://pm.acme.example/webhooks/jira',
          webhooks: [
            { events: ['comment_created'], jqlFilter: 'project = ECD' },
            { events: ['sprint_started'], jqlFilter: 'project = ECD' },
          ],
        },
      },
    ],
    ['put', '/rest/api/3/webhook/refresh', { body: { webhookIds: [1] } }],
  ])('%s %s %j', async (method, path, { query = '', status = 200, body } = {}) => {
    const filled = path
      .replace('{issueIdOrKey}', 'ECD-1')
      .replace('{id}', commentId())
      .replace('{commentId}', commentId());

    const answer = await call(method.toUpperCase(), filled + query, body);

    expect(answer.status).toBe(status);
    const responses = ['paths', path, method, 'responses', String(status)];
    const pointer = [...responses, 'content', 'application/json', 'schema'];
    expect(faultsOf('platform', pointer, answer.body)).toEqual([]);
  });

  test('boards keep to the agile document', async () => {
    const { body } = await call('GET', '/rest/agile/1.0/board');

    const path = '/rest/agile/1.0/board';
    const pointer = [
      'paths',
      path,
      'get',
      'responses',
      '200',
      'content',
      'application/json',
      'schema',
    ];
    expect(faultsOf('agile', pointer, body)).toEqual([]);
  });

  test.each([
    ['/rest/agile/1.0/board/{boardId}/sprint', '/rest/agile/1.0/board/1/sprint'],
    ['/rest/agile/1.0/sprint/{sprintId}', '/rest/agile/1.0/sprint/11'],
  ])('%s has no key that its documented example does not have', async (path, real) => {
    const { body } = await call('GET', real);

    const { example } = agile.paths[path]!['get']!.responses['200']!.content['application/json'];
    // Atlassian's own client library knows one key more, the date on which a sprint was made.
    const more = ['.createdDate', '.values[].createdDate'];
    expect([...keyPaths(example), ...more]).toEqual(expect.arrayContaining(keyPaths(body)));
  });

  test.each([
    ['GET', '/rest/api/3/issue/ECD-99', 404],
    ['GET', '/rest/api/3/mypermissions', 400],
    ['POST', '/rest/api/3/search', 410],
    ['POST', '/rest/api/3/search/jql', 400],
    ['GET', '/rest/agile/1.0/board/2/sprint', 400],
  ])('%s %s fails with %i in the documented error shape', async (method, path, status) => {
    const answer = await call(method, path, method === 'POST' ? { jql: '' } : undefined);

    expect(answer.status).toBe(status);
    expect(faultsOf('platform', ['components', 'schemas', 'ErrorCollection'], answer.body)).toEqual(
      [],
    );
  });

  test('a wrong shape would be found', () => {
    const pointer = ['components', 'schemas', 'ErrorCollection'];

    expect(faultsOf('platform', pointer, { errorMessages: 'no list', more: 1 })).toHaveLength(2);
  });
});

function keyPaths(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => keyPaths(one, `${at}[]`)))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${at}.${key}`,
    ...keyPaths(inner, `${at}.${key}`),
  ]);
}
