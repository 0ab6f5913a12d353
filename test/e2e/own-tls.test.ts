import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { startOwnTls } from '../../src/http/own-tls.ts';
import type { OwnTlsSettings } from '../../src/http/own-tls.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { ADMIN as AGENT_ADMIN, startAgent } from '../helpers/agent.ts';
import { handClock, temporaryFolder } from '../helpers/store.ts';
import { ADMIN, sign, startWorld } from './http-world.ts';
import type { Wanted } from './http-world.ts';

/** Makes a certificate of its own for `localhost`, valid for so many days. */
function certificate(folder: string, name: string, days: number) {
  const keyFile = join(folder, `${name}.key`);
  const certFile = join(folder, `${name}.crt`);
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', keyFile, '-out', certFile, '-days', String(days)];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
  return { keyFile, certFile };
}

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Heard {
  readonly status: number;
  readonly body: string;
}

async function setUp(over: Partial<OwnTlsSettings> = {}, wanted: Wanted = {}) {
  const folder = temporaryFolder();
  const first = certificate(folder, 'first', 30);
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
  const put = (from: { certFile: string; keyFile: string }) => {
    copyFileSync(from.certFile, files.certFile);
    copyFileSync(from.keyFile, files.keyFile);
  };
  put(first);
  const world = await startWorld(wanted);
  const settings = { ...files, host: '127.0.0.1', port: 0, serves: 'webhooks', ...over } as const;
  const tls = await startOwnTls(world.server, settings, silentLogger);
  onTestFinished(() => tls.close());
  const ask = (asked: Asked, ca = readFileSync(files.certFile)): Promise<Heard> =>
    new Promise((resolve, reject) => {
      const { path, method = 'GET', headers = {}, body } = asked;
      const options = { host: '127.0.0.1', port: tls.port, servername: 'localhost', ca };
      const call = request({ ...options, path, method, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      call.once('error', reject);
      call.end(body);
    });
  return { folder, files, put, world, tls, ask };
}

function delivery(comment: string): Asked {
  const body = JSON.stringify({ comment });
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature': sign(body),
    'x-delivery': comment,
  };
  return { path: '/webhooks/jira', method: 'POST', headers, body };
}

const serialAt = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN as string);
      socket.destroy();
    });
    socket.once('error', reject);
  });

test('senders reach the webhooks over TLS, and what they send is kept', async () => {
  const { world, ask } = await setUp();

  const answer = await ask(delivery('over-tls'));
  const forged = await ask({ ...delivery('forged'), headers: { 'x-hub-signature': 'sha256=00' } });

  expect(answer).toEqual({ status: 200, body: '{"status":"kept"}' });
  expect(forged.status).toBe(401);
  const kept = await world.store.db.selectFrom('deliveries').select('id').execute();
  expect(kept).toHaveLength(1);
});

test.each([
  '/api/status',
  '/',
  '/metrics',
  '/ready',
  '/docs',
  '/openapi.json',
  '//api/status',
  '/webhooks',
  '/webhooks/../api/status',
  '/webhooks/%2e%2e/api/status',
  '/%77ebhooks/jira',
  '/health/../api/status',
])('only webhooks and health are served: %s is not', async (path) => {
  const { ask } = await setUp();

  const answer = await ask({ path, headers: { authorization: `Bearer ${ADMIN}` } });

  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.body)).toMatchObject({ kind: 'not-found' });
});

test('health answers, and all routes do where the settings say so', async () => {
  const narrow = await setUp();
  const wide = await setUp({ serves: 'all' });
  const headers = { authorization: `Bearer ${ADMIN}` };

  expect((await narrow.ask({ path: '/health' })).status).toBe(200);
  expect((await wide.ask({ path: '/api/status', headers })).status).toBe(200);
});

test.each([
  ['GET', '/metrics'],
  ['HEAD', '/metrics'],
  ['GET', '/%6detrics?a=b'],
  ['GET', '/ready'],
  ['HEAD', '/ready'],
  ['GET', '/read%79'],
])(
  'what needs no token stays inside also where all routes are served: %s %s',
  async (method, path) => {
    const { world, ask } = await setUp({ serves: 'all' });

    const answer = await ask({ path, method });

    expect(answer.status).toBe(404);
    if (method === 'GET') expect(JSON.parse(answer.body)).toMatchObject({ kind: 'not-found' });
    expect((await world.ask(path, { method })).status).toBe(200);
  },
);

test('nothing older than TLS 1.2 is spoken, also after a renewal', async () => {
  const { folder, put, tls } = await setUp();
  const spoken = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(
        {
          host: '127.0.0.1',
          port: tls.port,
          rejectUnauthorized: false,
          minVersion: version,
          maxVersion: version,
          // Without this our own side would refuse the old version.
          ciphers: 'DEFAULT@SECLEVEL=0',
        },
        () => {
          resolve(socket.getProtocol() ?? 'none');
          socket.destroy();
        },
      );
      socket.once('error', () => resolve('refused'));
    });

  expect(await spoken('TLSv1.1')).toBe('refused');
  put(certificate(folder, 'second', 60));
  expect(await tls.renew()).toBe(true);
  expect([await spoken('TLSv1.1'), await spoken('TLSv1.2'), await spoken('TLSv1.3')]).toEqual([
    'refused',
    'TLSv1.2',
    'TLSv1.3',
  ]);
});

test('a renewed certificate is taken up while connections stand', async () => {
  const { folder, files, put, tls, ask } = await setUp();
  const before = { name: await serialAt(tls.port), endsAt: tls.endsAt() };

  put(certificate(folder, 'second', 60));
  const renewed = [await tls.renew(), await tls.renew()];

  expect(before.name).toBe('first');
  expect(renewed).toEqual([true, false]);
  expect(await serialAt(tls.port)).toBe('second');
  expect(tls.endsAt()).toBeGreaterThan(before.endsAt);
  expect((await ask(delivery('renewed'), readFileSync(files.certFile))).status).toBe(200);
});

test.each(['a certificate without its key', 'no certificate at all', 'a file that is gone'])(
  '%s leaves the one before in force',
  async (fault) => {
    const { folder, files, tls, ask } = await setUp();
    const first = readFileSync(files.certFile);

    if (fault === 'a certificate without its key') {
      copyFileSync(certificate(folder, 'second', 60).certFile, files.certFile);
    } else if (fault === 'no certificate at all') writeFileSync(files.certFile, 'half of a');
    else execFileSync('rm', [files.keyFile]);

    expect(await tls.renew()).toBe(false);
    expect(await serialAt(tls.port)).toBe('first');
    expect((await ask(delivery('still'), first)).status).toBe(200);
  },
);

test('files that do not fit stop the start and are named', async () => {
  const { folder, world } = await setUp();
  const [one, two] = [certificate(folder, 'one', 1), certificate(folder, 'two', 1)];
  const settings = { host: '127.0.0.1', port: 0, serves: 'webhooks' } as const;
  const files = { certFile: one.certFile, keyFile: two.keyFile };

  const start = startOwnTls(world.server, { ...settings, ...files }, silentLogger);

  await expect(start).rejects.toMatchObject({
    kind: 'invalid-settings',
    message: expect.stringContaining('two.key') as string,
  });
});

test('nobody stands before this listener: what a proxy would say is not believed', async () => {
  const { ask } = await setUp({ serves: 'all' }, { clock: handClock(), parts: { trustProxy: 1 } });
  const wrong = (from: number) =>
    ask({
      path: '/api/status',
      headers: { authorization: 'Bearer pma_wrong', 'x-forwarded-for': `203.0.113.${from}` },
    });

  const statuses = [];
  for (let from = 1; from <= 12; from += 1) statuses.push((await wrong(from)).status);

  // Ten tries of one address, whoever it says it is.
  expect(statuses.slice(-2)).toEqual([429, 429]);
});

test('the whole program serves it by its settings, and ends it', async () => {
  const folder = temporaryFolder();
  const { certFile, keyFile } = certificate(folder, 'program', 30);
  const agent = await startAgent({
    mode: 'simulation',
    env: {
      PM_AGENT_TLS_CERT: certFile,
      PM_AGENT_TLS_KEY: keyFile,
      PM_AGENT_TLS_HOST: '127.0.0.1',
      PM_AGENT_TLS_PORT: '0',
    },
  });
  const port = agent.app.tls?.port ?? 0;

  expect(await serialAt(port)).toBe('program');
  const plain = await fetch(`${agent.url}/api/status`, {
    headers: { authorization: `Bearer ${AGENT_ADMIN}` },
  });
  expect(plain.status).toBe(200);
  const told = /^pm_agent_tls_ends_seconds (.*)$/m;
  const [, left] = told.exec(await (await fetch(`${agent.url}/metrics`)).text()) ?? [];
  expect(Number(left) / 86_400).toBeCloseTo(30, 1);
  await agent.stop();
  await expect(serialAt(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const without = await (await startWorld()).ask('/metrics');
  expect(await without.text()).not.toMatch(told);
});

test.each([
  ['gateway', 'webhooks', true],
  ['api,worker', 'webhooks', false],
  ['poller,scheduler', 'webhooks', false],
  ['api', 'all', true],
  ['dashboard', 'all', true],
  ['mcp', 'all', true],
  ['worker,poller', 'all', false],
] as const)(
  'a process of %s that serves %s over TLS listens for it: %s',
  async (parts, serves, listens) => {
    const { certFile, keyFile } = certificate(temporaryFolder(), 'part', 30);
    const agent = await startAgent({
      mode: 'simulation',
      env: {
        PM_AGENT_ROLES: parts,
        PM_AGENT_TLS_CERT: certFile,
        PM_AGENT_TLS_KEY: keyFile,
        PM_AGENT_TLS_HOST: '127.0.0.1',
        PM_AGENT_TLS_PORT: '0',
        PM_AGENT_TLS_SERVES: serves,
      },
    });

    expect(agent.app.tls !== null).toBe(listens);
    const text = await (await fetch(`${agent.url}/metrics`)).text();
    expect(/^pm_agent_tls_ends_seconds /m.test(text)).toBe(listens);
  },
);
