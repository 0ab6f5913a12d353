import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  allowedOf,
  readAllowedNetworks,
  watchAllowedNetworks,
} from '../../src/http/allowed-networks.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { startAgent } from '../helpers/agent.ts';
import { temporaryFolder } from '../helpers/store.ts';
import { problemIn, sign, startWorld } from './http-world.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/pm-agent.js');

const RANGES = {
  creationDate: '2026-11-20T00:00:00.000000',
  syncToken: 1,
  items: [
    { cidr: '192.0.2.0/25', product: ['jira', 'bitbucket'], direction: ['egress'] },
    { cidr: '2001:db8:1::/48', product: ['jira'], direction: ['ingress', 'egress'] },
    { cidr: '198.51.100.0/24', product: ['jira'], direction: ['ingress'] },
    { cidr: '203.0.113.0/25', product: ['trello'], direction: ['egress'] },
  ],
};
const META = { hooks: ['203.0.113.128/25', '2001:db8:2::/48'], web: ['198.51.100.9/32'] };

/** A file of networks in a folder of its own. */
function fileOf(text: string): string {
  const path = join(temporaryFolder(), 'networks.yaml');
  writeFileSync(path, text);
  return path;
}

const FILE = `systems:
  jira: [192.0.2.0/25, 2001:db8:1::/48]
  slack: any
also: [10.1.0.0/16]
`;

describe('who may send', () => {
  test.each([
    ['jira', '192.0.2.1', true],
    ['jira', '192.0.2.127', true],
    ['jira', '192.0.2.128', false],
    ['jira', '2001:db8:1:ffff::1', true],
    ['jira', '2001:db8:2::1', false],
    ['jira', '::ffff:192.0.2.1', true],
    ['jira', '::ffff:192.0.3.1', false],
    ['jira', '10.1.2.3', true],
    ['jira', 'unknown', false],
    ['jira', '', false],
    ['slack', '198.51.100.1', true],
    ['slack', 'unknown', false],
    ['github', '192.0.2.1', false],
    ['github', '10.1.2.3', true],
    ['constructor', '192.0.2.1', false],
  ])('%s from %s: %s', (system, address, allows) => {
    const allowed = allowedOf(readAllowedNetworks(fileOf(FILE)));

    expect(allowed.allows(system, address)).toBe(allows);
  });

  test.each([
    ['no YAML', 'systems: ['],
    ['nothing', ''],
    ['an empty list', 'systems: {jira: []}'],
    ['a name instead of a network', 'systems: {jira: [example.com]}'],
    ['an address without its bits', 'systems: {jira: [192.0.2.1]}'],
    ['too many bits', 'systems: {jira: [192.0.2.1/33]}'],
    ['the whole world', 'systems: {jira: [0.0.0.0/0]}'],
    ['the whole world of IPv6', 'systems: {jira: ["::/0"]}'],
    ['a word that nobody knows', 'systems: {jira: all}'],
  ])('a file with %s is refused at the start', (_name, text) => {
    expect(() => readAllowedNetworks(fileOf(text))).toThrow(/has a fault|no YAML/);
  });

  test('the example that comes with the program fits', () => {
    const path = join(import.meta.dirname, '../../config/allowed-networks.example.yaml');

    expect(allowedOf(readAllowedNetworks(path)).allows('jira', '192.0.2.1')).toBe(true);
  });

  test('a changed file is in force without a restart, a broken one never is', () => {
    const path = fileOf(FILE);
    const list = watchAllowedNetworks(path, silentLogger);
    onTestFinished(() => list.stop());

    expect(list.renew()).toBe(false);
    writeFileSync(path, 'systems: {jira: [198.51.100.0/24]}');
    expect(list.renew()).toBe(true);
    expect(list.allows('jira', '198.51.100.1')).toBe(true);
    expect(list.allows('jira', '192.0.2.1')).toBe(false);
    for (const broken of ['systems: {jira: []}', 'systems: [', '']) {
      writeFileSync(path, broken);
      expect(list.renew()).toBe(false);
      expect(list.allows('jira', '198.51.100.1')).toBe(true);
    }
  });
});

describe('the gateway', () => {
  test('takes webhooks from the networks of the file only, as the proxy tells the address', async () => {
    const allowed = allowedOf(readAllowedNetworks(fileOf(FILE)));
    const world = await startWorld({ parts: { allowed, trustProxy: 1 } });
    const from = (address: string, id: string) =>
      world.deliver(JSON.stringify({ comment: id }), {
        id,
        headers: { 'x-forwarded-for': address },
      });

    const inside = await from('192.0.2.7', 'one');
    const outside = await from('198.51.100.7', 'two');
    const made = await from('198.51.100.7, 192.0.2.7', 'three');

    expect([inside.status, outside.status, made.status]).toEqual([200, 403, 200]);
    expect(await problemIn(outside)).toMatchObject({ status: 403, kind: 'forbidden' });
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(metrics).toContain(
      'pm_agent_webhook_receipts_total{source="jira",receipt="elsewhere"} 1',
    );
    expect((await fetch(`${world.url}/health`)).status).toBe(200);
  });

  test('nobody can name an address without a proxy that is trusted', async () => {
    const allowed = allowedOf(readAllowedNetworks(fileOf(FILE)));
    const world = await startWorld({ parts: { allowed } });

    const headers = { 'x-forwarded-for': '192.0.2.7' };
    const answer = await world.deliver('{"comment":"one"}', { headers });

    expect(answer.status).toBe(403);
    expect(await world.store.db.selectFrom('deliveries').select('id').execute()).toEqual([]);
  });

  test('another address is answered before its body has come', async () => {
    const allowed = allowedOf(readAllowedNetworks(fileOf(FILE)));
    const world = await startWorld({ parts: { allowed } });

    // The body is announced and never sent.
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { 'content-length': '50000', 'x-hub-signature': sign('') };
      const call = httpRequest(
        `${world.url}/webhooks/jira`,
        { method: 'POST', headers },
        (answer) => {
          resolve(answer.statusCode ?? 0);
          call.destroy();
        },
      );
      call.once('error', reject);
      call.flushHeaders();
    });

    expect(status).toBe(403);
  });

  test('the whole program keeps to it when it is switched on, and does not start without the file', async () => {
    const path = fileOf('systems: {jira: [192.0.2.0/25]}');
    const on = { PM_AGENT_ALLOW_LIST: 'on', PM_AGENT_ALLOWED_NETWORKS: path };
    const agent = await startAgent({ mode: 'simulation', env: on });
    const send = () => fetch(`${agent.url}/webhooks/jira`, { method: 'POST', body: '{}' });

    expect((await send()).status).toBe(403);
    await agent.restart({ PM_AGENT_ALLOW_LIST: 'off', PM_AGENT_ALLOWED_NETWORKS: path });
    expect((await send()).status).toBe(401);
    const missing = agent.restart({ ...on, PM_AGENT_ALLOWED_NETWORKS: `${path}.not` });
    await expect(missing).rejects.toMatchObject({
      kind: 'not-configured',
      fix: expect.stringContaining('allow-list update') as string,
    });
  });
});

/** The vendors' lists at an address of ours. */
async function vendors() {
  const answers = { ranges: JSON.stringify(RANGES), meta: JSON.stringify(META), status: 200 };
  const server = createServer((request, response) => {
    response.writeHead(answers.status, { 'content-type': 'application/json' });
    response.end(request.url === '/meta' ? answers.meta : answers.ranges);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { answers, url };
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** `pm-agent allow-list …` as a process of its own. */
async function commands() {
  const { answers, url } = await vendors();
  const folder = temporaryFolder();
  const path = join(folder, 'config/networks.yaml');
  const env = {
    PATH: process.env['PATH'] ?? '',
    NO_COLOR: '1',
    PM_AGENT_ALLOWED_NETWORKS: path,
    ATLASSIAN_RANGES_URL: `${url}/ranges`,
    GITHUB_META_URL: `${url}/meta`,
  };
  const run = (...words: string[]) =>
    new Promise<Ended>((resolve) => {
      const args = [LAUNCHER, 'allow-list', ...words];
      execFile(process.execPath, args, { cwd: folder, env }, (error, out, talk) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, talk });
      });
    });
  return { run, path, answers };
}

describe('pm-agent allow-list', () => {
  test('writes what the vendors publish, shows the difference, and says who may send', async () => {
    const { run, path, answers } = await commands();

    const first = await run('update', '--json');
    const again = await run('update');
    answers.meta = JSON.stringify({ hooks: ['203.0.113.128/26'] });
    const changed = await run('update');
    const shown = await run('show');
    const inside = await run('check', '203.0.113.130');
    const odd = await run('check', 'localhost');

    expect(JSON.parse(first.out)).toMatchObject({ written: true });
    expect(again.out).toContain('Nothing changed.');
    expect(changed.out).toContain('+ 203.0.113.128/26');
    expect(changed.out).toContain('- 203.0.113.128/25');
    expect(shown.out).toContain('slack: from anywhere');
    expect(inside.out).toContain('github: may send (its networks)');
    expect(inside.out).toContain('jira: refused (its networks)');
    expect([first, again, changed, shown, inside, odd].map(({ code }) => code)).toEqual([
      0, 0, 0, 0, 0, 2,
    ]);
    expect(readAllowedNetworks(path).systems).toEqual({
      slack: 'any',
      sentry: 'any',
      jira: ['192.0.2.0/25', '2001:db8:1::/48'],
      bitbucket: ['192.0.2.0/25'],
      github: ['203.0.113.128/26'],
    });
  });

  test('an empty, broken or missing list leaves what was there, and is told', async () => {
    const { run, path, answers } = await commands();
    await run('update');
    const before = readFileSync(path, 'utf8');
    const faults: readonly (() => void)[] = [
      () => (answers.meta = JSON.stringify({ hooks: [] })),
      () => (answers.meta = JSON.stringify({ hooks: ['203.0.113.0/24', 'example.com'] })),
      () => (answers.meta = JSON.stringify({ hooks: ['0.0.0.0/0'] })),
      () => (answers.ranges = JSON.stringify({ items: [] })),
      () => (answers.ranges = '<html>'),
      () => (answers.status = 503),
    ];

    for (const [at, fault] of faults.entries()) {
      fault();
      const ended = await run('update');
      expect(ended.code, `fault ${at}`).toBe(5);
      expect(ended.out).toContain('kept as it was');
      expect(readFileSync(path, 'utf8'), `fault ${at}`).toBe(before);
    }
  });

  test('what a person wrote into the file stays, and a file with a fault is not written over', async () => {
    const { run, path } = await commands();
    await run('update');
    writeFileSync(path, readFileSync(path, 'utf8').replace('also: []', 'also: [10.1.0.0/16]'));
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('sentry: any', 'sentry: [192.0.2.9/32]'),
    );
    writeFileSync(path, readFileSync(path, 'utf8').replace('192.0.2.0/25', '192.0.2.0/24'));

    const kept = await run('update');
    writeFileSync(path, 'systems: {jira: [oops]}');
    const refused = await run('update');

    expect(kept.code).toBe(0);
    expect(refused.code).toBe(3);
    expect(refused.talk).toContain('systems.jira');
    expect(readFileSync(path, 'utf8')).toBe('systems: {jira: [oops]}');
  });

  test('nothing is written where nothing was learned', async () => {
    const { run, path, answers } = await commands();
    answers.status = 500;

    expect((await run('update')).code).toBe(5);

    expect(existsSync(path)).toBe(false);
  });
});
