import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { startJiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { jiraConnector } from './index.ts';
import type { JiraSettings } from './settings.ts';

const MIA = '712020:mia-0001';

let jira: JiraEmulator;
let settings: JiraSettings;

beforeEach(async () => {
  jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'token',
    denied: ['ASSIGN_ISSUES'],
  });
  jira.seed({
    projects: [{ id: '10001', key: 'HR', name: 'People' }],
    boards: [{ id: 7, name: 'HR board', type: 'scrum', projectKey: 'HR' }],
    issues: [{ key: 'HR-1', summary: 'Salaries', reporter: MIA, sprint: 11 }],
  });
  settings = {
    baseUrl: jira.url,
    siteUrl: 'https://team.example',
    email: 'agent@example.com',
    token: 'token',
    projects: ['ECD'],
    webhookSecrets: [],
    mayWrite: false,
  };
});

afterEach(() => jira.close());

const call = { signal: new AbortController().signal };

async function read(name: string, input: object): Promise<unknown> {
  const operation = jiraConnector(settings).operations.find((one) => one.name === name);
  if (operation?.effect !== 'read') throw new Error(`no read ${name}`);
  return operation.output.parse(await operation.run(operation.input.parse(input), call));
}

describe('reading', () => {
  test('a history is given newest first, also where it is long', async () => {
    for (let round = 1; round <= 30; round += 1) {
      jira.updateIssue('ECD-1', MIA, { summary: `Version ${round}` });
    }

    const some = await read('jira.get-changelog', { issue: 'ECD-1', limit: 2 });

    expect(some).toMatchObject({
      total: 30,
      changes: [
        { author: 'Mia Sander', changes: ['summary: Version 29 → Version 30'] },
        { changes: ['summary: Version 28 → Version 29'] },
      ],
    });
  });

  test('transitions are listed with where they lead', async () => {
    expect(await read('jira.list-transitions', { issue: 'ECD-1' })).toMatchObject({
      transitions: expect.arrayContaining([
        { id: '51', name: 'Done', to: 'Done', toCategory: 'done' },
      ]) as unknown,
    });
  });

  test('boards, sprints and their issues are listed within the watched projects', async () => {
    expect(await read('jira.list-boards', { project: 'ECD' })).toEqual({
      boards: [
        { id: 1, name: 'ECD board', type: 'scrum' },
        { id: 2, name: 'ECD support', type: 'kanban' },
      ],
    });
    expect(await read('jira.list-sprints', { board: 1 })).toMatchObject({
      sprints: [
        { id: 11, state: 'active', goal: 'Pay without an account' },
        { id: 12, state: 'future', startDate: null },
      ],
    });
    expect(await read('jira.list-sprints', { board: 1, states: ['future'] })).toMatchObject({
      sprints: [{ id: 12 }],
    });
    expect(await read('jira.list-sprints', { board: 2 })).toEqual({ sprints: [] });
    expect(await read('jira.list-sprint-issues', { sprint: 11 })).toMatchObject({
      issues: [{ key: 'ECD-1' }, { key: 'ECD-2' }],
      complete: true,
    });
  });

  test.each([
    ['jira.list-boards', { project: 'HR' }],
    ['jira.list-sprints', { board: 7 }],
    ['jira.get-changelog', { issue: 'HR-1' }],
    ['jira.list-transitions', { issue: 'HR-1' }],
  ])('%s %j is denied', async (name, input) => {
    await expect(read(name, input)).rejects.toMatchObject({ kind: 'denied' });
  });

  test('fields and people are found by a part of their name', async () => {
    expect(await read('jira.list-fields', { name: 'sprint' })).toEqual({
      fields: [{ id: 'customfield_10020', name: 'Sprint', custom: true, type: 'array' }],
    });
    expect(await read('jira.find-users', { query: 'mia' })).toEqual({
      users: [{ id: MIA, name: 'Mia Sander', active: true }],
    });
  });
});

describe('accounts', () => {
  test('a profile tells name, zone and kind, and no address that is hidden', async () => {
    const { profile } = jiraConnector(settings);

    expect(await profile?.(MIA, call)).toEqual({
      name: 'Mia Sander',
      email: null,
      zone: 'Europe/Berlin',
      kind: 'person',
    });
    expect(await profile?.('712020:nobody', call)).toBeNull();
    expect(await profile?.('../user', call)).toBeNull();
  });

  test('the check tells what the account may do, without a change', async () => {
    const projects = ['ECD', 'GONE'];

    const identity = await jiraConnector({ ...settings, projects }).check?.(call);

    expect(identity).toMatchObject({ accountId: jira.account.accountId, name: 'PM Agent' });
    expect(identity?.grants?.map(({ name, held }) => [name, held])).toEqual([
      ['ADD_COMMENTS ECD', true],
      ['TRANSITION_ISSUES ECD', true],
      ['ASSIGN_ISSUES ECD', false],
      ['EDIT_ISSUES ECD', true],
      ['ADD_COMMENTS GONE', false],
      ['TRANSITION_ISSUES GONE', false],
      ['ASSIGN_ISSUES GONE', false],
      ['EDIT_ISSUES GONE', false],
    ]);
    expect(jira.writes).toBe(0);
    expect(jira.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('without named projects the check asks for any', async () => {
    const identity = await jiraConnector({ ...settings, projects: [] }).check?.(call);

    expect(identity?.grants?.map(({ name }) => name)).toContain('EDIT_ISSUES');
  });
});
