import { readFileSync } from 'node:fs';
import ajvDraft04 from 'ajv-draft-04';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GithubEmulator } from './start-github-emulator.ts';
import { startGithubEmulator } from './start-github-emulator.ts';

// Every answer is held to GitHub's own document.

interface OpenApi {
  readonly components: {
    readonly schemas: Record<string, { readonly properties?: Record<string, object> }>;
  };
}

const document = JSON.parse(
  readFileSync(new URL('../openapi/github.json', import.meta.url), 'utf8'),
) as OpenApi;
// The document says "or null" of members with a choice of shapes and no type, which the validator refuses; without the
// word they take null as well, because one of the shapes does. A list of values that may be null does not name null.
function readably(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Reflect.get(value, 'nullable') === true) {
    if (!('type' in value)) Reflect.deleteProperty(value, 'nullable');
    const values: unknown = Reflect.get(value, 'enum');
    if (Array.isArray(values)) values.push(null);
  }
  Object.values(value).forEach(readably);
}
readably(document);
// Recorded issues without a text have null; of the results of a search alone the document says otherwise.
const found = document.components.schemas['issue-search-result-item']!;
Object.assign(found.properties!['body']!, { nullable: true });
const ajv = new ajvDraft04.default({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'github');

function faultsOf(pointer: readonly string[], body: unknown) {
  const path = pointer.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'));
  const validate = ajv.getSchema(`github#/${path.map(encodeURIComponent).join('/')}`);
  if (!validate) throw new Error(`${pointer.join(' ')} is not in the document`);
  return validate(body) ? [] : (validate.errors ?? []);
}

let github: GithubEmulator;
const PLACE = 'acme/payments#1';

beforeAll(async () => {
  github = await startGithubEmulator({
    token: 'token-1',
    webhook: { url: 'http://127.0.0.1:9/nobody', secret: 's' },
  });
  github.openPullRequest('acme/payments', 'mia-berg', { title: 'Fix', branch: 'fix', draft: true });
  github.markReady(PLACE, 'mia-berg');
  github.label(PLACE, 'mia-berg', 'bug');
  github.assign(PLACE, 'mia-berg', 'tom-weber');
  github.requestReview(PLACE, 'mia-berg', 'ines-okafor');
  github.addComment(PLACE, 'tom-weber', 'hm');
  const review = github.review(PLACE, { by: 'ines-okafor', state: 'approved', body: 'good' });
  github.dismissReview(PLACE, 'mia-berg', review);
  github.addLineComment(PLACE, { by: 'ines-okafor', body: 'here', path: 'a.ts', line: 1 });
  github.closeItem(PLACE, 'mia-berg');
  github.reopen(PLACE, 'mia-berg');
  github.openIssue('acme/payments', 'mia-berg', { title: 'Broken' });
  const at = { by: 'mia-berg', sha: 'f'.repeat(40), branch: 'main' };
  github.finishCheck('acme/payments', { ...at, name: 'lint', conclusion: 'failure' });
  github.setStatus('acme/payments', { ...at, context: 'ci', state: 'success' });
  const run = github.startRun('acme/payments', { by: 'mia-berg', pulls: [1] });
  github.finishRun('acme/payments', { run, conclusion: 'success' });
  await github.idle();
});
afterAll(() => github.close());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(github.url + path, {
    method,
    headers: { authorization: 'Bearer token-1', 'user-agent': 'test' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const REPO = '/repos/{owner}/{repo}';
const hook = { config: { url: 'https://agent.example/h', content_type: 'json', secret: 's' } };

interface Case {
  readonly query?: string;
  readonly body?: unknown;
  readonly status?: number;
}

async function filledIn(path: string): Promise<string> {
  const list = await call('GET', '/repos/acme/payments/hooks');
  const [{ id = 0 } = {}] = list.body as { id?: number }[];
  const deliveries = await call('GET', `/repos/acme/payments/hooks/${id}/deliveries`);
  const [{ id: delivery = 0 } = {}] = deliveries.body as { id?: number }[];
  return path
    .replace('{owner}/{repo}', 'acme/payments')
    .replace(/\{(issue|pull)_number\}/, '1')
    .replace('{ref}', 'f'.repeat(40))
    .replace('{hook_id}', String(id))
    .replace('{delivery_id}', String(delivery))
    .replace('{username}', 'mia-berg');
}

describe('every answer has the shape that GitHub documents', () => {
  test.each<[string, string, Case?]>([
    ['get', '/user'],
    ['get', '/users/{username}'],
    ['get', REPO],
    ['get', `${REPO}/issues`, { query: '?state=all' }],
    ['get', `${REPO}/issues/{issue_number}`],
    ['get', `${REPO}/issues/{issue_number}/comments`],
    ['get', `${REPO}/issues/comments`],
    ['get', `${REPO}/issues/{issue_number}/timeline`],
    ['get', `${REPO}/pulls/{pull_number}`],
    ['get', `${REPO}/pulls/{pull_number}/reviews`],
    ['get', `${REPO}/pulls/{pull_number}/files`],
    ['get', `${REPO}/pulls/{pull_number}/commits`],
    ['get', `${REPO}/commits/{ref}/check-runs`],
    ['get', `${REPO}/commits/{ref}/status`],
    ['get', `${REPO}/actions/runs`],
    ['get', `${REPO}/hooks`],
    ['get', `${REPO}/hooks/{hook_id}/deliveries`],
    ['get', `${REPO}/hooks/{hook_id}/deliveries/{delivery_id}`],
    ['get', '/search/issues', { query: '?q=repo:acme/payments' }],
    ['post', `${REPO}/issues/{issue_number}/comments`, { status: 201, body: { body: 'x' } }],
    ['post', `${REPO}/issues/{issue_number}/labels`, { body: { labels: ['x y'] } }],
    [
      'post',
      `${REPO}/issues/{issue_number}/assignees`,
      { status: 201, body: { assignees: ['tom-weber'] } },
    ],
    [
      'post',
      `${REPO}/pulls/{pull_number}/requested_reviewers`,
      { status: 201, body: { reviewers: ['tom-weber'] } },
    ],
    ['post', `${REPO}/hooks`, { status: 201, body: { ...hook, events: ['push'] } }],
    ['patch', `${REPO}/hooks/{hook_id}`, { body: { active: false } }],
  ])('%s %s', async (method, path, { query = '', status = 200, body } = {}) => {
    const answer = await call(method.toUpperCase(), (await filledIn(path)) + query, body);

    expect(answer.status).toBe(status);
    expect(Array.isArray(answer.body) && answer.body.length === 0).toBe(false);
    const pointer = [
      'paths',
      path,
      method,
      'responses',
      String(status),
      'content',
      'application/json',
      'schema',
    ];
    expect(faultsOf(pointer, answer.body)).toEqual([]);
  });

  test('comments on lines keep to the document too', async () => {
    const { body } = await call('GET', '/repos/acme/payments/pulls/comments');

    const path = `${REPO}/pulls/{pull_number}/comments`;
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
    expect(body).toHaveLength(1);
    expect(faultsOf(pointer, body)).toEqual([]);
  });

  test.each([
    ['GET', '/repos/acme/nothing', undefined, 404, 'basic-error'],
    ['POST', '/repos/acme/payments/issues/1/comments', { body: '' }, 422, 'validation-error'],
    ['POST', '/repos/acme/payments/hooks', { ...hook, config: {} }, 422, 'validation-error'],
  ])('%s %s %j fails with %i as a %s', async (...[method, path, body, status, schema]) => {
    const answer = await call(method, path, body);

    expect(answer.status).toBe(status);
    expect(faultsOf(['components', 'schemas', schema], answer.body)).toEqual([]);
  });

  test('a wrong shape would be found', () => {
    expect(faultsOf(['components', 'schemas', 'issue'], { number: 'x' })).not.toEqual([]);
  });
});
