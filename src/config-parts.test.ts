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
