import { connect } from 'node:net';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { LIMIT, SECRET, problemIn, sign, startWorld } from './http-world.ts';
import type { World } from './http-world.ts';

async function kept(world: World): Promise<number> {
  return (await world.store.db.selectFrom('deliveries').select('id').execute()).length;
}

/** Sends bytes as they are and gives back all that came until the line ended. */
function raw(world: World, text: string): Promise<string> {
  const { port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

function rawDelivery(headers: readonly string[], body: string): string {
  const lines = [
    'POST /webhooks/jira HTTP/1.1',
    'host: x',
    'connection: close',
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

test('a signed delivery is on the disk when its sender hears 200', async () => {
  const world = await startWorld();

  const answer = await world.deliver('{"comment":"1"}', { headers: { authorization: 'Basic x' } });

  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ status: 'kept' });
  const [row] = await world.store.db.selectFrom('delivery_bodies').selectAll().execute();
  expect(Buffer.from(row!.body).toString()).toBe('{"comment":"1"}');
  expect(JSON.parse(row!.headers)).toMatchObject({ 'x-delivery': ['delivery-1'] });
  expect(row!.headers).not.toContain('Basic');
});

test('the same delivery again is answered 200 and kept once', async () => {
  const world = await startWorld();
  await world.deliver('{"comment":"1"}');

  const answer = await world.deliver('{"comment":"1"}');

  expect([answer.status, await answer.json()]).toEqual([200, { status: 'known' }]);
  expect(await kept(world)).toBe(1);
});

test.each([
  ['missing', null],
  ['of another secret', `sha256=${'0'.repeat(64)}`],
  ['too short', 'sha256=00ff'],
  ['empty', ''],
  ['of another scheme', `sha1=${'0'.repeat(40)}`],
  ['without its prefix', sign('{"comment":"1"}').slice(7)],
])('a signature that is %s is refused and nothing is kept', async (_name, signature) => {
  const world = await startWorld();

  const answer = await world.deliver('{"comment":"1"}', { signature });

  expect(answer.status).toBe(401);
  const problem = await problemIn(answer);
  expect(problem).toMatchObject({ status: 401, kind: 'unauthorized' });
  expect(JSON.stringify(problem)).not.toContain(SECRET);
  expect(await kept(world)).toBe(0);
});

test('a signature header that came twice is refused, even when both are right', async () => {
  const world = await startWorld();
  const header = `x-hub-signature: ${sign('{}')}`;

  const once = await raw(world, rawDelivery([header, 'content-type: application/json'], '{}'));
  const twice = await raw(world, rawDelivery([header, header], '{}'));

  expect(once).toMatch(/^HTTP\/1.1 200 /);
  expect(twice).toMatch(/^HTTP\/1.1 401 /);
});

test('headers with the names of object members are kept like others', async () => {
  const world = await startWorld();
  const odd = ['__proto__: a', '__proto__: b', 'constructor: c', 'hasOwnProperty: d'];

  const answer = await raw(world, rawDelivery([`x-hub-signature: ${sign('{}')}`, ...odd], '{}'));

  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  const [row] = await world.store.db.selectFrom('delivery_bodies').select('headers').execute();
  expect(row!.headers).toContain('"constructor":["c"]');
  expect(({} as Record<string, unknown>)['a']).toBeUndefined();
});

test.each([
  ['no content type', undefined, '{"comment":"1"}'],
  ['an unknown content type', 'application/x-odd', '{"comment":"1"}'],
  ['a form content type', 'application/x-www-form-urlencoded', 'payload=1'],
  ['bytes that are no text', 'application/json', '\u00ff\u0000'],
])('%s is no reason to refuse a signed body', async (_name, type, body) => {
  const world = await startWorld();
  const headers = [`x-hub-signature: ${sign(body)}`, ...(type ? [`content-type: ${type}`] : [])];

  const answer = await raw(world, rawDelivery(headers, body));

  expect(answer).toMatch(/^HTTP\/1.1 200 /);
});

test('an empty body is verified like any other', async () => {
  const world = await startWorld();
  const nothing = ['POST /webhooks/jira HTTP/1.1', 'host: x', 'connection: close'];
  const signed = [...nothing, `x-hub-signature: ${sign('')}`];

  expect(await raw(world, `${signed.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  expect(await raw(world, `${nothing.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1.1 401 /);
  expect((await world.deliver('')).status).toBe(200);
});

test('a body over the limit is refused by its announced length, before it is sent', async () => {
  const world = await startWorld();
  const lines = ['POST /webhooks/jira HTTP/1.1', 'host: x', 'content-length: 60000000'];

  const answer = await raw(world, `${lines.join('\r\n')}\r\n\r\n{"a":`);

  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect(answer).toContain('application/problem+json');
});

test('a body over the limit that announced no length is cut off', async () => {
  const world = await startWorld();
  const lines = ['POST /webhooks/jira HTTP/1.1', 'host: x', 'transfer-encoding: chunked'];
  const chunk = `${(LIMIT + 1).toString(16)}\r\n${'a'.repeat(LIMIT + 1)}\r\n`;

  const answer = await raw(world, `${lines.join('\r\n')}\r\n\r\n${chunk}`);

  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect((await world.deliver('a'.repeat(LIMIT))).status).toBe(200);
});

test.each(['gzip', 'br', 'deflate', 'gzip, identity'])(
  'a body encoded as %s is refused',
  async (encoding) => {
    const world = await startWorld();

    const answer = await world.deliver('{}', { headers: { 'content-encoding': encoding } });

    expect(answer.status).toBe(415);
    expect(await problemIn(answer)).toMatchObject({ kind: 'unsupported-media-type' });
    expect(await kept(world)).toBe(0);
  },
);

test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])(
  '%s on a webhook says what is allowed',
  async (method) => {
    const world = await startWorld();

    const answer = await world.ask('/webhooks/jira', { method });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  },
);

test.each([
  '/webhooks/slack',
  '/webhooks/github',
  '/webhooks',
  '/webhooks/jira/x',
  '/webhooks/__proto__',
])('there is no route at %s', async (path) => {
  const world = await startWorld();

  const answer = await world.ask(path, { method: 'POST', body: '{}' });

  expect(answer.status).toBe(404);
  expect(await problemIn(answer)).toMatchObject({ kind: 'not-found', instance: path });
});

test('while nothing can be committed every answer is 503 with Retry-After, never 2xx', async () => {
  const world = await startWorld();
  await world.deliver('{"comment":"1"}');
  await sql`pragma query_only = 1`.execute(world.store.db);

  const startedAt = Date.now();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) => world.deliver(`{"comment":"${at}"}`, { id: `d${at}` })),
  );

  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
  expect(Number(answers[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await problemIn(answers[0]!)).toMatchObject({ kind: 'store-unavailable' });
  expect(Date.now() - startedAt).toBeLessThan(2000);
  await sql`pragma query_only = 0`.execute(world.store.db);
  expect(await kept(world)).toBe(1);
  expect((await world.deliver('{"comment":"1"}', { id: 'd1' })).status).toBe(200);
});

test('more than may wait is turned away with Retry-After', async () => {
  const world = await startWorld({ receiver: { backlog: 0 } });

  const answer = await world.deliver('{}');

  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
});

test('many at once are all kept', async () => {
  const world = await startWorld();

  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) => world.deliver(`{"comment":"${at}"}`, { id: `d${at}` })),
  );

  expect(answers.every((answer) => answer.status === 200)).toBe(true);
  expect(await kept(world)).toBe(200);
});

test('bytes that are no request get a problem document and the line is closed', async () => {
  const world = await startWorld();

  const answer = await raw(world, 'this is no http\r\n\r\n');
  const large = await raw(world, `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`);

  expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
  expect(large).toMatch(/^HTTP\/1.1 431 /);
});

test('a path that cannot be decoded is a problem, not a crash', async () => {
  const world = await startWorld();

  const answer = await raw(world, 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');

  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(answer).toContain('application/problem+json');
  expect((await world.ask('/health')).status).toBe(200);
});

test('a line on which nothing comes does not hold up the end of the server', async () => {
  const world = await startWorld();
  const { port } = new URL(world.url);
  const silent = connect(Number(port), '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));

  const startedAt = Date.now();
  await world.server.close();

  expect(Date.now() - startedAt).toBeLessThan(5000);
  silent.destroy();
});
