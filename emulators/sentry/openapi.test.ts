import { readFileSync } from 'node:fs';
import ajvDraft04 from 'ajv-draft-04';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SentryEmulator } from './start-sentry-emulator.ts';
import { startSentryEmulator } from './start-sentry-emulator.ts';

// Answers are held to Sentry's own document of 2024. Its paths of issues are the older ones, without the organisation.

interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>
  >;
}

const file = new URL('../openapi/sentry.json', import.meta.url);
const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
const ajv = new ajvDraft04.default({ strict: false, validateFormats: false, allErrors: true });

let sentry: SentryEmulator;
let id: string;

beforeAll(async () => {
  sentry = await startSentryEmulator({ token: 'token' });
  id = sentry.captureError('payments', { title: 'RangeError: x', release: 'r1' }).row.id;
  sentry.assign(id, '101', 'user:102');
  sentry.comment(id, '101', 'Looking');
});

afterAll(() => sentry.close());

async function ask(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(sentry.baseUrl + path, {
    method,
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const ORG = '/organizations/acme';
const DOCUMENTED_ORG = '/api/0/organizations/{organization_id_or_slug}';

const ISSUES = '/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/issues/';
const EVENT = '/api/0/issues/{issue_id}/events/{event_id}/';

test.each<[string, () => string]>([
  ['/api/0/issues/{issue_id}/', () => `${ORG}/issues/${id}/`],
  [ISSUES, () => `${ORG}/issues/?query=`],
  ['/api/0/issues/{issue_id}/events/', () => `${ORG}/issues/${id}/events/`],
  [EVENT, () => `${ORG}/issues/${id}/events/latest/`],
  [`${DOCUMENTED_ORG}/members/`, () => `${ORG}/members/`],
  [`${DOCUMENTED_ORG}/projects/`, () => `${ORG}/projects/`],
  [`${DOCUMENTED_ORG}/sentry-app-installations/`, () => `${ORG}/sentry-app-installations/`],
])('GET %s answers in the documented shape', async (path, real) => {
  const answer = await ask('GET', real());

  expect(answer.status).toBe(200);
  expect(faultsOf(path, 'get', answer.body)).toEqual([]);
  // A list without an element would prove nothing.
  if (Array.isArray(answer.body)) expect(answer.body).not.toHaveLength(0);
});

test('a changed issue is answered in the documented shape', async () => {
  const answer = await ask('PUT', `${ORG}/issues/${id}/`, { status: 'resolved' });

  expect(answer.status).toBe(200);
  expect(faultsOf('/api/0/issues/{issue_id}/', 'put', answer.body)).toEqual([]);
});

test('a wrong shape would be found', () => {
  expect(faultsOf('/api/0/issues/{issue_id}/', 'get', { id: 7 })).not.toEqual([]);
});

function faultsOf(path: string, method: string, body: unknown) {
  const responses = document.paths[path]?.[method]?.responses;
  const content = responses?.['200']?.content['application/json'];
  if (content === undefined) throw new Error(`${method} ${path} is not in the document`);
  const validate = ajv.compile(content.schema);
  return validate(body) ? [] : validate.errors;
}
