import { readFileSync } from 'node:fs';
import ajvDraft04 from 'ajv-draft-04';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PEOPLE } from './bitbucket-seed.ts';
import type { BitbucketEmulator } from './start-bitbucket-emulator.ts';
import { startBitbucketEmulator } from './start-bitbucket-emulator.ts';

// Every answer is held to Atlassian's own document.

interface Schema {
  readonly allOf?: readonly {
    properties?: Record<string, object>;
    additionalProperties?: boolean;
  }[];
}
interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { schema?: object }> }>
  >;
  readonly definitions: Record<string, Schema & { properties?: Record<string, object> }>;
}

const file = new URL('../openapi/bitbucket.json', import.meta.url);
const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
loosen(document);
const ajv = new ajvDraft04.default({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'bitbucket');

/** What recorded answers contradict: they are followed, not the document. */
function loosen({ definitions }: OpenApi): void {
  const endpoint = definitions['pullrequest_endpoint']?.properties ?? {};
  // Recorded commits of a pull request have a type and links, branches and comments more keys than the document knows.
  open(endpoint['commit']);
  const properties = (name: string) => definitions[name]?.allOf?.[1]?.properties ?? {};
  open(properties('comment')['content']);
  open(properties('pullrequest')['summary']);
  open(properties('pullrequest')['links']);
  // Recorded answers have null where nothing is: no line in a file, no merge, nobody who closed.
  // And a comment is named as a parent without its type.
  properties('comment')['parent'] = { type: 'object', required: ['id'] };
  properties('comment')['inline'] = { type: 'object', required: ['path'] };
  properties('pullrequest')['merge_commit'] = { type: ['object', 'null'] };
  properties('pullrequest')['closed_by'] = { type: ['object', 'null'] };
  properties('participant')['state'] = { enum: ['approved', 'changes_requested', null] };
  properties('participant')['participated_on'] = { type: ['string', 'null'] };
  properties('commitstatus')['refname'] = { type: ['string', 'null'] };
}

function open(schema: object | undefined): void {
  if (schema) Reflect.set(schema, 'additionalProperties', true);
}

function faultsOf(pointer: readonly string[], body: unknown) {
  const path = pointer.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'));
  const uri = `bitbucket#/${path.map(encodeURIComponent).join('/')}`;
  const validate = ajv.getSchema(uri);
  if (!validate) throw new Error(`${uri} is not in the document`);
  return validate(body) ? [] : validate.errors;
}

let bitbucket: BitbucketEmulator;
const { mia, ines } = PEOPLE;
const on = (by: string) => ({ repo: 'payments', id: 1, by });

beforeAll(async () => {
  bitbucket = await startBitbucketEmulator({ email: null, token: 'token' });
  bitbucket.createPullRequest('payments', mia.uuid, {
    title: 'Fix',
    branch: 'fix',
    reviewers: [ines.uuid],
  });
  const { id } = bitbucket.addComment(on(ines.uuid), 'Why?', { inline: { path: 'a.ts', to: 3 } });
  bitbucket.addComment(on(mia.uuid), 'So', { parent: id });
  bitbucket.resolveComment(on(mia.uuid), id);
  bitbucket.approve(on(ines.uuid));
  bitbucket.setBuild('payments', { branch: 'fix', key: 'ci', state: 'FAILED' });
});

afterAll(() => bitbucket.close());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(bitbucket.url + path, {
    method,
    headers: { authorization: 'Bearer token' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const PR = '/repositories/{workspace}/{repo_slug}/pullrequests';
const hook = { url: 'http://127.0.0.1:9/', events: ['repo:push'], active: true };

interface Case {
  readonly query?: string;
  readonly status?: number;
  readonly body?: unknown;
}

describe('every answer has the shape that Atlassian documents', () => {
  test.each<[string, string, Case?]>([
    ['get', '/user'],
    ['get', '/workspaces/{workspace}'],
    ['get', '/workspaces/{workspace}/members'],
    ['get', '/repositories/{workspace}'],
    ['get', '/repositories/{workspace}/{repo_slug}'],
    ['get', '/repositories/{workspace}/{repo_slug}/default-reviewers'],
    ['get', '/repositories/{workspace}/{repo_slug}/effective-default-reviewers'],
    ['get', PR, { query: '?fields=%2Bvalues.participants,%2Bvalues.reviewers' }],
    ['post', PR, { status: 201, body: { title: 'New', source: { branch: { name: 'new' } } } }],
    ['get', `${PR}/{pull_request_id}`],
    ['put', `${PR}/{pull_request_id}`, { body: { title: 'Fix it' } }],
    ['post', `${PR}/{pull_request_id}/approve`, { body: {} }],
    ['post', `${PR}/{pull_request_id}/request-changes`, { body: {} }],
    ['get', `${PR}/{pull_request_id}/comments`],
    ['post', `${PR}/{pull_request_id}/comments`, { status: 201, body: { content: { raw: 'x' } } }],
    ['get', `${PR}/{pull_request_id}/comments/{comment_id}`],
    ['get', `${PR}/{pull_request_id}/statuses`],
    [
      'post',
      '/repositories/{workspace}/{repo_slug}/commit/{commit}/statuses/build',
      { status: 201, body: { key: 'k', state: 'FAILED', url: 'https://ci.example.com/' } },
    ],
    ['get', '/workspaces/{workspace}/hooks'],
    ['post', '/workspaces/{workspace}/hooks', { status: 201, body: hook }],
    ['post', '/repositories/{workspace}/{repo_slug}/hooks', { status: 201, body: hook }],
    ['get', '/repositories/{workspace}/{repo_slug}/hooks'],
    ['post', `${PR}/{pull_request_id}/decline`, { body: {} }],
  ])('%s %s %j', async (method, path, { query = '', status = 200, body } = {}) => {
    const filled = path
      .replace('{workspace}', 'acme')
      .replace('{repo_slug}', 'payments')
      .replace('{pull_request_id}', '1')
      .replace('{comment_id}', String(bitbucket.comments('payments', 1)[0]?.id))
      .replace('{commit}', 'a'.repeat(40));

    const answer = await call(method.toUpperCase(), filled + query, body);

    expect(answer.status).toBe(status);
    const pointer = ['paths', path, method, 'responses', String(status), 'schema'];
    expect(faultsOf(pointer, answer.body)).toEqual([]);
  });

  test.each([
    ['/repositories/acme/none', 404],
    ['/repositories/acme/payments/pullrequests?q=x', 400],
    ['/workspaces', 410],
  ])('%s fails with %i in the documented error shape', async (path, status) => {
    const answer = await call('GET', path);

    expect(answer.status).toBe(status);
    expect(faultsOf(['definitions', 'error'], answer.body)).toEqual([]);
  });

  test('a wrong shape would be found', () => {
    expect(faultsOf(['definitions', 'error'], { error: { more: 1 } })).toHaveLength(3);
  });
});

/** The keys of the first `depth` levels, lists looked into. */
function keysOf(value: unknown, depth: number): string[] {
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return keysOf(value[0], depth);
  return Object.entries(value).flatMap(([key, inner]) => [
    key,
    ...keysOf(inner, depth - 1).map((one) => `${key}.${one}`),
  ]);
}

describe('what the document leaves open is as it was recorded', () => {
  function recorded(name: string): unknown {
    const at = new URL(`../../test/fixtures/bitbucket/${name}.json`, import.meta.url);
    return JSON.parse(readFileSync(at, 'utf8'));
  }

  test.each(['update', 'approval', 'comment'])('a line of the log: %s', async (kind) => {
    const lines = recorded('rest/danger--bitbucket_cloud_activities') as object[];
    const { body } = await call(
      'GET',
      '/repositories/acme/payments/pullrequests/1/activity?pagelen=50',
    );
    const own = (body as { values: object[] }).values.find((line) => kind in line);
    const wanted = keysOf(
      lines.findLast((line) => kind in line),
      2,
    );

    // Later recordings than this one have `pending` and `changes`, and a parent or a resolution where there is one.
    const newer = /\.(pending|parent|resolution|inline|changes)/;
    expect(wanted.filter((key) => !newer.test(key))).toEqual(
      expect.arrayContaining(keysOf(own, 2).filter((key) => !newer.test(key))),
    );
  });
});
