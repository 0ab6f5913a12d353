import { expect, test } from 'vitest';
import { ROUTES } from '../../src/http/roles.ts';
import { sha256 } from '../../src/lib/digest.ts';
import { newId } from '../../src/lib/ids.ts';
import { handClock } from '../helpers/store.ts';
import { ADMIN, problemIn, startWorld } from './http-world.ts';
import type { World } from './http-world.ts';

const RANK = { viewer: 1, approver: 2, admin: 3 } as const;
type Role = keyof typeof RANK;

function isRole(value: string): value is Role {
  return value in RANK;
}

const guarded = Object.entries(ROUTES).flatMap(([route, role]) =>
  isRole(role) ? [[route, role] as const] : [],
);

const pathOf = (pattern: string): string =>
  pattern.replace(':id', newId()).replace(':connector', 'jira').replace(':operation', 'get-issue');

const JSON_TYPE = { 'content-type': 'application/json' };

async function statusWith(world: World, route: string, token: string | null): Promise<number> {
  const [method = '', pattern = ''] = route.split(' ');
  const url = pathOf(pattern);
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  if (pattern === '/api/stream') return await statusOfStream(world, headers);
  const body = method === 'POST' ? { payload: '{}', headers: { ...headers, ...JSON_TYPE } } : {};
  const call = { method: method as 'GET', url, headers, ...body };
  return (await world.server.inject(call)).statusCode;
}

async function statusOfStream(world: World, headers: Record<string, string>): Promise<number> {
  const ending = new AbortController();
  const answer = await fetch(`${world.url}/api/stream`, { headers, signal: ending.signal });
  ending.abort();
  return answer.status;
}

test.each(guarded)('%s answers by the table of roles: %s', async (route, needed) => {
  const world = await startWorld();
  const roles = Object.keys(RANK).filter(isRole);
  const tokens = await Promise.all(roles.map((role) => world.token(role)));

  const none = await statusWith(world, route, null);
  const statuses = [];
  for (const token of tokens) statuses.push(await statusWith(world, route, token));
  const environment = await statusWith(world, route, ADMIN);

  expect(none).toBe(401);
  for (const [at, role] of roles.entries()) {
    if (RANK[role] < RANK[needed]) expect(statuses[at]).toBe(403);
    else expect([200, 201, 202, 400, 404]).toContain(statuses[at]);
  }
  expect([200, 201, 202, 400, 404]).toContain(environment);
});

test('a route that is not in the table of roles stops the server', async () => {
  const { server } = await startWorld();
  const { default: fastify } = await import('fastify');
  const { openRouteBook } = await import('../../src/http/roles.ts');
  const other = fastify();
  openRouteBook(other);

  expect(() => other.get('/api/secrets', () => 'all of them')).toThrow(/not in the table of roles/);
  expect(server.hasRoute({ method: 'GET', url: '/api/status' })).toBe(true);
});

test.each([
  ['an unknown token', 'Bearer pma_unknown'],
  ['an empty token', 'Bearer '],
  ['another scheme', 'Basic YTpi'],
  ['the admin token with something behind it', `Bearer ${ADMIN}x`],
])('%s is answered 401 with the scheme to use', async (_name, authorization) => {
  const world = await startWorld();

  const answer = await world.ask('/api/status', { headers: { authorization } });

  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  expect(await problemIn(answer)).toMatchObject({ status: 401, kind: 'unauthorized' });
});

test('without an admin token in the environment nobody is admin by it', async () => {
  const world = await startWorld({ parts: { adminToken: null } });

  expect((await world.ask('/api/status', { token: ADMIN })).status).toBe(401);
  expect((await world.ask('/api/status', { token: 'null' })).status).toBe(401);
});

test('a token with a role that does not exist opens nothing', async () => {
  const world = await startWorld();
  const token = await world.token('constructor');

  expect((await world.ask('/api/status', { token })).status).toBe(401);
});

test('a token is shown once, kept as a hash, and ends when it is revoked', async () => {
  const world = await startWorld();
  const body = JSON.stringify({ name: 'a tool', role: 'viewer' });

  const asked = { method: 'POST', token: ADMIN, headers: JSON_TYPE, body };
  const answer = await world.ask('/api/tokens', asked);
  const made = (await answer.json()) as { id: string; token: string };

  expect(answer.status).toBe(201);
  expect(made.token).toMatch(/^pma_[\w-]{43}$/);
  const [row] = await world.store.db.selectFrom('tokens').selectAll().execute();
  expect(row!.hash).toBe(sha256(made.token));
  const list = await (await world.ask('/api/tokens', { token: ADMIN })).text();
  expect(list).not.toContain(made.token);
  expect(list).not.toContain(row!.hash);
  expect((await world.ask('/api/status', { token: made.token })).status).toBe(200);
  const ended = await world.ask(`/api/tokens/${made.id}`, { method: 'DELETE', token: ADMIN });
  expect([ended.status, await ended.json()]).toEqual([200, { revoked: 1 }]);
  expect((await world.ask('/api/status', { token: made.token })).status).toBe(401);
  const again = await world.ask(`/api/tokens/${made.id}`, { method: 'DELETE', token: ADMIN });
  expect(again.status).toBe(404);
  const journal = await (await world.ask('/api/journal', { token: ADMIN })).text();
  expect(journal).toContain('token.created');
  expect(journal).not.toContain(made.token);
});

test('ten wrong tokens a minute are answered, then the address has to wait', async () => {
  const clock = handClock();
  const world = await startWorld({ clock });
  const wrong = (at: number) => world.ask('/api/status', { token: `pma_wrong_${at}` });

  const statuses = [];
  for (let at = 0; at < 30; at += 1) statuses.push((await wrong(at)).status);

  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.slice(10)).toEqual(Array(20).fill(429));
  const waiting = await wrong(99);
  expect(waiting.headers.get('retry-after')).toBe('60');
  expect(await problemIn(waiting)).toMatchObject({ kind: 'rate-limited' });
  clock.move(60_000);
  expect((await world.ask('/api/status', { token: ADMIN })).status).toBe(200);
});

test('many wrong tokens at the same moment get no more than ten answers', async () => {
  const world = await startWorld({ clock: handClock() });

  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, at) => world.ask('/api/status', { token: `pma_${at}` })),
  );

  expect(answers.filter((answer) => answer.status === 401).length).toBeLessThanOrEqual(10);
});

test('right tokens and missing ones are not counted as tries', async () => {
  const world = await startWorld();

  for (let at = 0; at < 15; at += 1) {
    expect((await world.ask('/api/status')).status).toBe(401);
    expect((await world.ask('/api/status', { token: ADMIN })).status).toBe(200);
  }
});

const changing = guarded.map(([route]) => route).filter((route) => !route.startsWith('GET'));
const FORMS: [string, Record<string, string>][] = [
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a form with a charset', { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=utf-8' }],
  ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['plain text', { 'content-type': 'text/plain' }],
  ['JSON from another site', { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }],
  ['JSON from a sister site', { ...JSON_TYPE, 'sec-fetch-site': 'same-site' }],
];

test.each(changing)('%s cannot be forged', async (route) => {
  const world = await startWorld();
  const [method = '', pattern = ''] = route.split(' ');
  const path = pathOf(pattern);

  for (const [, headers] of FORMS) {
    const answer = await world.ask(path, { method, token: ADMIN, headers, body: 'subject=x' });
    expect(answer.status).toBe(403);
  }
});

test.each(changing)('%s takes no other content type and no other method', async (route) => {
  const world = await startWorld();
  const [method = '', pattern = ''] = route.split(' ');
  const path = pathOf(pattern);

  const headers = { 'content-type': 'application/xml' };
  const odd = await world.ask(path, { method, token: ADMIN, headers, body: '<a/>' });
  const put = await world.ask(path, { method: 'PUT', token: ADMIN });

  expect(odd.status).toBe(415);
  expect(put.status).toBe(405);
  expect(put.headers.get('allow')).toContain(method);
});
