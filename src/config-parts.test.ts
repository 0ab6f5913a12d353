import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { ALL_PARTS } from './domain/program-part.ts';

const faultsOf = (env: Record<string, string>): string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
};

test('a process that is told nothing runs every part', () => {
  expect(readConfig({}).parts).toEqual(ALL_PARTS);
});

test('a process runs the parts it is told, and refuses one that does not exist', () => {
  expect(readConfig({ PM_AGENT_ROLES: 'gateway, api' }).parts).toEqual(['gateway', 'api']);
  expect(faultsOf({ PM_AGENT_ROLES: 'gateway,dancer' }).join()).toContain('PM_AGENT_ROLES');
  expect(faultsOf({ PM_AGENT_ROLES: ',' }).join()).toContain('PM_AGENT_ROLES');
});

test('all seven parts may be named, alone or together', () => {
  const seven = ['gateway', 'poller', 'scheduler', 'worker', 'api', 'mcp', 'dashboard'] as const;

  expect([...ALL_PARTS].sort()).toEqual([...seven].sort());
  for (const part of seven) expect(readConfig({ PM_AGENT_ROLES: part }).parts).toEqual([part]);
  expect(readConfig({ PM_AGENT_ROLES: seven.join(', ') }).parts).toEqual(seven);
});

test('a process for some systems knows the settings of no other, and shows without doing', () => {
  const given = {
    SLACK_BOT_TOKEN: 'xoxb-of-the-tests',
    GITHUB_TOKEN: 'a-token-of-github',
    GITHUB_REPOS: 'acme/web',
  };

  const config = readConfig({ ...given, PM_AGENT_ROLES: 'api,mcp', PM_AGENT_SYSTEMS: 'slack' });
  expect(config.systems).toEqual(['slack']);
  expect(JSON.stringify(config)).toContain('xoxb-of-the-tests');
  expect(JSON.stringify(config)).not.toContain('a-token-of-github');
  expect(readConfig(given).systems).toBeNull();

  expect(faultsOf({ PM_AGENT_SYSTEMS: 'slack' }).join()).toContain(
    'PM_AGENT_SYSTEMS: gateway, poller, scheduler, worker, dashboard need every system',
  );
  const unknown = faultsOf({ PM_AGENT_ROLES: 'mcp', PM_AGENT_SYSTEMS: 'trello' }).join();
  expect(unknown).toContain('PM_AGENT_SYSTEMS: there is no system trello');
});

test('a database is not backed up with a key that would be gone with the program', () => {
  const given = {
    DATABASE_URL: 'postgres://pm@db.test/pm',
    PM_AGENT_BACKUP_DIR: '/backups',
  };

  const [fault = ''] = faultsOf(given).filter((line) => line.includes('PM_AGENT_BACKUP_KEY:'));

  expect(fault).toContain('PM_AGENT_BACKUP_KEY_FILE');
  expect(faultsOf({ ...given, PM_AGENT_ROLES: 'scheduler' })).not.toEqual([]);
  for (const mended of [
    { PM_AGENT_BACKUP_KEY: 'a-key-of-the-tests' },
    { PM_AGENT_BACKUP_KEY_FILE: '/keys/backup.key' },
    { PM_AGENT_BACKUP_DIR: 'off' },
    { PM_AGENT_BACKUP_DIR: '' },
    // Others take none, and need not know the key.
    { PM_AGENT_ROLES: 'gateway,worker' },
    { DATABASE_URL: 'sqlite:data/pm-agent.db' },
  ])
    expect(faultsOf({ ...given, ...mended }), JSON.stringify(mended)).toEqual([]);
});

test('the command line refuses a part that does not exist, names it, and says which there are', () => {
  const main = fileURLToPath(new URL('cli/main.ts', import.meta.url));

  const asked = ['start', '--roles', 'gateway,dancer'];
  const ended = spawnSync(process.execPath, [main, ...asked], { encoding: 'utf8' });

  expect(ended.status).toBe(3);
  expect(ended.stderr).toContain('there is no part dancer');
  expect(ended.stderr).toContain(ALL_PARTS.join(', '));
});

test('proxies are believed by number or by address, and nobody without the setting', () => {
  expect(readConfig({}).trustProxy).toBeNull();
  expect(readConfig({ TRUST_PROXY: '2' }).trustProxy).toBe(2);
  expect(readConfig({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8' }).trustProxy).toEqual([
    '127.0.0.1',
    '10.0.0.0/8',
  ]);
  for (const wrong of ['true', '0', '999.1.1.1', '10.0.0.0/33', '10.0.0.0/8/8', '127.0.0.1,']) {
    expect(faultsOf({ TRUST_PROXY: wrong }).join(), wrong).toContain('TRUST_PROXY');
  }
});
