import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fiveSettings, startFive, startProgram } from '../helpers/five.ts';
import type { Five } from '../helpers/five.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/pm-agent.js');
// Emulators send to this machine only, and take no other address.
const HOOK = 'http://127.0.0.1:9';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** Runs a command in a folder of its own, with nothing but these settings. */
function command(settings: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-command-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...settings, PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
  return (...words: string[]) =>
    new Promise<Ended>((resolve) => {
      const args = [LAUNCHER, ...words];
      execFile(process.execPath, args, { cwd: folder, env }, (error, out, talk) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, talk });
      });
    });
}

const settingsOf = (five: Five) => fiveSettings(five, { push: true, poll: true });

describe('pm-agent webhooks', () => {
  test(
    'registers once, changes nothing the second time, and takes away',
    { timeout: 60_000 },
    async () => {
      const five = await startFive();
      const run = command(settingsOf(five));
      const changes = (text: string) =>
        (
          JSON.parse(text) as { services: { service: string; hooks: { change: string }[] }[] }
        ).services
          .flatMap(({ service, hooks }) => hooks.map(({ change }) => `${service} ${change}`))
          .sort();

      const first = await run('webhooks', 'register', '--json', '--url', HOOK);
      const again = await run('webhooks', 'register', '--json', '--url', `${HOOK}/`);
      const listed = await run('webhooks', 'list', '--json');
      const gone = await run('webhooks', 'remove', '--json', '--url', HOOK);

      expect([first.code, again.code, listed.code, gone.code]).toEqual([0, 0, 0, 0]);
      expect(changes(first.out)).toEqual([
        'bitbucket created',
        'github created',
        'github created',
        'jira created',
      ]);
      expect(changes(again.out)).toEqual([
        'bitbucket unchanged',
        'github unchanged',
        'github unchanged',
        'jira unchanged',
      ]);
      expect(listed.out).toContain(`${HOOK}/webhooks/jira`);
      const steps = await run(
        'webhooks',
        'register',
        '--service',
        'slack',
        '--url',
        'pm.acme.example',
      );
      expect(steps.out).toContain('request_url: https://pm.acme.example/webhooks/slack');
      expect(first.out).toContain(`${HOOK}/webhooks/sentry`);
      expect(changes(gone.out).every((change) => change.endsWith('removed'))).toBe(true);
      expect(five.bitbucket.state.hooks).toEqual([]);
    },
  );

  test('names what is missing: an address, a secret, a second secret to change to', async () => {
    const five = await startFive();
    const settings = settingsOf(five);
    const without = { ...settings, JIRA_WEBHOOK_SECRET: '' };

    const nowhere = await command(settings)('webhooks', 'register', '--service', 'jira');
    const open = await command(without)('webhooks', 'register', '--service', 'jira', '--url', HOOK);
    const rotate = await command(settings)(
      'webhooks',
      'rotate-secret',
      '--service',
      'jira',
      '--url',
      HOOK,
    );

    expect([nowhere.code, open.code, rotate.code]).toEqual([2, 3, 3]);
    expect(nowhere.talk).toMatch(/--url|PM_AGENT_PUBLIC_URL/);
    expect(open.talk).toMatch(/JIRA_WEBHOOK_SECRET=/);
    expect(rotate.talk).toMatch(/JIRA_WEBHOOK_SECRET_PREVIOUS/);
    expect(five.jira.hooks.admin.size).toBe(0);
  });

  test('gives the hooks the new secret once the server takes both', async () => {
    const five = await startFive();
    const settings = settingsOf(five);
    await command(settings)('webhooks', 'register', '--service', 'bitbucket', '--url', HOOK);
    const fresh = 'a-fresh-secret-of-the-tests';
    const both = {
      ...settings,
      BITBUCKET_WEBHOOK_SECRET: fresh,
      BITBUCKET_WEBHOOK_SECRET_PREVIOUS: settings['BITBUCKET_WEBHOOK_SECRET'] ?? '',
    };

    const ended = await command(both)(
      'webhooks',
      'rotate-secret',
      '--service',
      'bitbucket',
      '--url',
      HOOK,
    );

    expect(ended.code).toBe(0);
    expect(five.bitbucket.state.hooks.map(({ secret }) => secret)).toEqual([fresh]);
    expect(ended.out + ended.talk).not.toContain(fresh);
  });

  test('verify tells whether our address is there and closed', async () => {
    const five = await startFive();
    const program = await startProgram(five, { push: true, poll: true });
    const run = command(settingsOf(five));
    const { talk } = await run(
      'webhooks',
      'register',
      '--service',
      'github',
      '--url',
      program.app.url,
    );
    const [, url = '', header = '', body = ''] =
      /curl -sS (\S+) -H '([^']+)' .* -d '([^']+)'/.exec(talk) ?? [];
    const [name = '', value = ''] = header.split(': ');
    const tried = await fetch(url, { method: 'POST', headers: { [name]: value }, body });
    expect(tried.status).toBe(200);

    const well = await run('webhooks', 'verify', '--service', 'github', '--url', program.app.url);
    const nobody = await run(
      'webhooks',
      'verify',
      '--service',
      'github',
      '--url',
      'http://127.0.0.1:9',
    );

    expect(well.code).toBe(0);
    expect(nobody.code).toBe(5);
    expect(nobody.out).toMatch(/fail.*nobody answers/);
  });
});

test(
  'test-connections says who we are everywhere, and what fails',
  { timeout: 60_000 },
  async () => {
    const five = await startFive();
    const run = command(settingsOf(five));

    const well = await run('test-connections', '--json');
    const wrong = await command({ ...settingsOf(five), GITHUB_TOKEN: 'wrong' })('test-connections');

    const { findings } = JSON.parse(well.out) as { findings: { check: string; result: string }[] };
    const accounts = findings.filter(({ check }) => check.endsWith(' account'));
    expect(accounts.map(({ check, result }) => `${check} ${result}`).sort()).toEqual(
      ['bitbucket', 'github', 'jira', 'sentry', 'slack'].map((name) => `${name} account pass`),
    );
    // The systems of the test live by a clock of their own.
    expect(findings.some(({ check, result }) => check === 'jira clock' && result === 'warn')).toBe(
      true,
    );
    expect(wrong.code).toBe(5);
    expect(wrong.out).toMatch(/fail +github account +unauthorized/);
  },
);
