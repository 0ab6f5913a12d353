import { createAgileClient, createCloudClient } from 'jira.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textToAdf } from './adf-document.ts';
import type { JiraEmulator } from './start-jira-emulator.ts';
import { startJiraEmulator } from './start-jira-emulator.ts';

// A client library that was written against the real Jira, and checks what it is answered.

let jira: JiraEmulator;

beforeEach(async () => {
  jira = await startJiraEmulator({ email: 'agent@example.com', token: 'token' });
});

afterEach(() => jira.close());

const config = () => ({
  host: jira.url,
  auth: { type: 'basic', email: 'agent@example.com', apiToken: 'token' } as const,
});

test('search, comments and transitions', async () => {
  const cloud = createCloudClient(config());

  const found = await cloud.issueSearch.searchAndReconsileIssuesUsingJqlPost({
    jql: 'project = ECD AND updated >= "-15m" ORDER BY key ASC',
    fields: ['summary', 'status', 'issuelinks'],
  });
  const made = await cloud.issueComments.addComment({
    issueIdOrKey: 'ECD-1',
    body: textToAdf('From a library') as never,
  });
  const { transitions } = await cloud.issues.getTransitions({ issueIdOrKey: 'ECD-1' });
  const done = transitions?.find(({ name }) => name === 'Done');
  await cloud.issues.doTransition({ issueIdOrKey: 'ECD-1', transition: { id: done!.id! } });
  const changelog = await cloud.issues.getChangeLogs({ issueIdOrKey: 'ECD-1' });

  expect(found.issues?.map(({ key }) => key)).toEqual(['ECD-1', 'ECD-2', 'ECD-3']);
  expect(jira.comments('ECD-1').map(({ id }) => id)).toEqual([made.id]);
  expect(jira.state.issues.get('ECD-1')?.status).toBe('10002');
  expect(changelog.values).toHaveLength(1);
});

test('boards and sprints', async () => {
  const agile = createAgileClient(config());

  const boards = await agile.board.getAllBoards({ projectKeyOrId: 'ECD' });
  await agile.sprint.moveIssuesToSprintAndRank({ sprintId: 12, issues: ['ECD-3'] });
  await agile.sprint.partiallyUpdateSprint({ sprintId: 11, state: 'closed' });
  await agile.sprint.partiallyUpdateSprint({ sprintId: 12, state: 'active' });
  const sprints = await agile.board.getAllSprints({ boardId: 1 });

  expect(boards.values.map(({ name }) => name)).toEqual(['ECD board', 'ECD support']);
  expect(sprints.values?.map(({ id, state }) => [id, state])).toEqual([
    [11, 'closed'],
    [12, 'active'],
  ]);
  expect(jira.state.issues.get('ECD-3')?.sprint).toBe(12);
});
