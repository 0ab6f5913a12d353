import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dockerfileFindings } from '../../scripts/audit/image.ts';
import { auditReport, billAndLicences, isAllowed } from '../../scripts/audit/packages.ts';
import { historySecrets, treeSecrets } from '../../scripts/audit/secrets.ts';
import { textOf } from '../helpers/deploy-files.ts';
import { temporaryFolder } from '../helpers/store.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Letters and digits that no person wrote; made here, so that this file holds nothing of the shape of a secret. */
const noise = (count: number) =>
  createHash('sha512').update('audit').digest('base64').replaceAll(/\W/g, '').slice(0, count);

const PLANTED: Readonly<Record<string, string>> = {
  'slack-token': ['xoxb', '123456789012', noise(24)].join('-'),
  'slack-webhook': ['hooks.slack.com', 'services', 'T0ACME123', 'B0ACME123', noise(24)].join('/'),
  'github-token': ['ghp', noise(36)].join('_'),
  'github-fine-token': ['github', 'pat', noise(60)].join('_'),
  'atlassian-token': ['ATATT3', noise(60)].join(''),
  'sentry-token': ['sntrys', noise(40)].join('_'),
  'anthropic-key': ['sk', 'ant', 'api03', noise(60)].join('-'),
  'aws-key-id': ['AKIA', noise(60).toUpperCase().slice(0, 16)].join(''),
  'npm-token': ['npm', noise(36)].join('_'),
  'private-key': ['-----BEGIN RSA', 'PRIVATE KEY-----'].join(' '),
  jwt: ['eyJ', noise(20), '.eyJ', noise(30), '.', noise(40)].join(''),
  'password-in-address': ['postgres', '//admin', `${noise(16)}@db.acme.example`].join(':'),
  'random-value': `client_secret: '${noise(40)}'`,
};

interface Repository {
  readonly root: string;
  readonly write: (path: string, text: string) => void;
  readonly commit: () => void;
}

function repository(): Repository {
  const root = temporaryFolder();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@acme.example', ...args], {
      cwd: root,
      stdio: 'ignore',
    });
  git('init', '-q');
  return {
    root,
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    commit: () => {
      git('add', '-A');
      git('commit', '-q', '-m', 'one');
    },
  };
}

describe('secrets', () => {
  test('of each kind are found in the tree, and not printed', () => {
    const { root, write } = repository();
    for (const [shape, text] of Object.entries(PLANTED)) write(`deep/${shape}.txt`, `a ${text} b`);
    write('.gitignore', 'ignored.txt');
    write('ignored.txt', PLANTED['github-token']!);
    write(
      'names.ts',
      "const token = 'the-webhook-secret-of-the-tests';\nconst secret = process.env;",
    );

    const { state, lines } = treeSecrets(root);

    expect(state).toBe('findings');
    const found = lines.map((line) => /^deep\/(\S+)\.txt:1: (\S+) /.exec(line)?.slice(1));
    expect(found.toSorted()).toEqual(
      Object.keys(PLANTED)
        .map((shape) => [shape, shape])
        .toSorted(),
    );
    for (const text of Object.values(PLANTED)) {
      const secret = text.slice(-20);
      expect(lines.join('\n').includes(secret), secret.slice(0, 2)).toBe(false);
    }
  });

  test('that were taken out again are found in the history', async () => {
    const { root, write, commit } = repository();
    write('a.env', `TOKEN=${PLANTED['github-token']!}`);
    commit();
    rmSync(join(root, 'a.env'));
    write('b.txt', 'nothing');
    commit();

    expect(treeSecrets(root).state).toBe('clean');
    const { state, lines } = await historySecrets(root);
    expect(state).toBe('findings');
    expect(lines).toEqual([expect.stringMatching(/^[0-9a-f]{12} a\.env: github-token ghp_\.\.\./)]);
  });

  test('that are none are allowed one by one, with a reason', () => {
    const { root, write } = repository();
    write('a.txt', `${PLANTED['github-token']!} ${PLANTED['npm-token']!}`);
    const [first = ''] = treeSecrets(root).lines;
    const digest = /digest (\w+)$/.exec(first)?.[1] ?? '';
    const allow = (reason: string) =>
      write(
        'scripts/audit/allowed-secrets.yaml',
        `- { reason: '${reason}', digests: ['${digest}'] }`,
      );

    allow('an invented token of a test');
    expect(treeSecrets(root).lines).toEqual([expect.stringContaining('npm-token')]);
    allow('');
    expect(() => treeSecrets(root)).toThrow(/reason/);
  });

  test('are not known to be absent where git cannot tell', async () => {
    const folder = temporaryFolder();

    expect(treeSecrets(folder).state).toBe('not-known');
    expect((await historySecrets(folder)).state).toBe('not-known');
  });

  test('are neither in this repository nor in its history', async () => {
    expect(treeSecrets(ROOT)).toMatchObject({ state: 'clean' });
    const history = await historySecrets(ROOT);
    if (history.state === 'not-known') console.warn(`SKIPPED: the history, ${history.lines[0]!}`);
    else expect(history).toMatchObject({ state: 'clean' });
  }, 60_000);
});

describe('the image', () => {
  const good = textOf('Dockerfile');

  test('of the repository is without a finding', () => {
    expect(dockerfileFindings(good)).toEqual([]);
  });

  test.each([
    [
      'a base without a version',
      good.replaceAll(/node:\S+-slim/g, 'node:latest'),
      /no full version/,
    ],
    ['root', good.replace(/^USER .*$/m, ''), /runs as root/],
    ['root by name', good.replace(/^USER .*$/m, 'USER root'), /USER is root/],
    ['a user by name', good.replace(/^USER .*$/m, 'USER node'), /is no number/],
    ['a secret', `${good}\nARG NPM_TOKEN\n`, /names a secret/],
    ['a secret as a setting', `${good}\nENV A=b DB_PASSWORD=x\n`, /names a secret/],
    ['ADD', `${good}\nADD https://acme.example/a.tgz /app\n`, /use COPY/],
    ['a script unseen', `${good}\nRUN curl -s https://acme.example | sh\n`, /unseen/],
    ['packages unasked', `${good}\nRUN apt-get install -y curl\n`, /--no-install-recommends/],
    ['no health check', good.replace(/^HEALTHCHECK[^]*?\n(?=ENTRYPOINT)/m, ''), /HEALTHCHECK/],
    ['everything', `${good}\nCOPY . .\n`, /more than the last stage needs/],
  ])('with %s is found', (_what, text, finding) => {
    expect(text).not.toBe(good);
    expect(dockerfileFindings(text).join('\n')).toMatch(finding);
  });
});

describe('packages', () => {
  const report = (vulnerabilities: object, total: number) =>
    JSON.stringify({ vulnerabilities, metadata: { vulnerabilities: { total } } });

  test.each([
    ['an error of the registry', JSON.stringify({ message: '405 Method Not Allowed', error: {} })],
    ['nothing', ''],
    ['half a report', '{"vulnerabilities":{}}'],
    ['words', 'npm ERR! network'],
  ])('are not known to be sound after %s', (_what, text) => {
    expect(auditReport(text)).toMatchObject({ state: 'not-known' });
  });

  test('are clean after a whole report without a finding, and named after one with', () => {
    expect(auditReport(report({}, 0))).toMatchObject({ state: 'clean' });
    const found = auditReport(report({ left: { severity: 'high', range: '<2' } }, 1));
    expect(found).toMatchObject({ state: 'findings', lines: ['high: left <2'] });
    expect(auditReport(report({}, 3))).toMatchObject({ state: 'findings' });
  });

  test('need a licence of the list; one of alternatives is enough', () => {
    const allowed = ['MIT', '(AFL-2.1 OR BSD-3-Clause)', 'MIT AND ISC'];
    const others = ['GPL-3.0-only', 'none', 'MIT AND GPL-2.0-only', 'SEE LICENSE IN FILE', ''];
    expect(allowed.filter((one) => !isAllowed(one))).toEqual([]);
    expect(others.filter(isAllowed)).toEqual([]);
  });

  test.skipIf(spawnSync('npm', ['--version']).status !== 0)(
    'of this repository are all in the bill of materials, with licences of the list',
    () => {
      const sections = billAndLicences(ROOT);

      expect(sections.map(({ name, state, lines }) => [name, state, lines.length])).toEqual([
        ['bill of materials', 'clean', 1],
        ['licences', 'clean', 1],
      ]);
    },
    60_000,
  );
});
