import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import { startJiraEmulator } from '../../../emulators/jira/start-jira-emulator.ts';
import type { Effect, WriteOperation } from '../../domain/connector.ts';
import { jiraConnector } from './index.ts';
import { normaliseJira } from './normalise.ts';
import type { JiraSettings } from './settings.ts';

const MIA = '712020:mia-0001';
const INES = '712020:ines-0002';

let jira: JiraEmulator;
let settings: JiraSettings;

beforeEach(async () => {
  jira = await startJiraEmulator({ email: 'agent@example.com', token: 'token' });
  jira.seed({
    projects: [{ id: '10001', key: 'HR', name: 'People' }],
    boards: [{ id: 7, name: 'HR board', type: 'scrum', projectKey: 'HR' }],
    sprints: [
      { id: 70, name: 'HR Sprint', state: 'active', boardId: 7 },
      { id: 10, name: 'ECD Sprint 10', state: 'closed', boardId: 1 },
    ],
    issues: [{ key: 'HR-1', summary: 'Salaries', reporter: MIA }],
  });
  settings = {
    baseUrl: jira.url,
    siteUrl: 'https://team.example',
    email: 'agent@example.com',
    token: 'token',
    projects: ['ECD'],
    webhookSecrets: [],
    mayWrite: true,
  };
});

afterEach(() => jira.close());

const call = { signal: new AbortController().signal, marker: 'action-1' };

function writeOf(
  name: string,
): NonNullable<WriteOperation['write']> & { declared: WriteOperation } {
  const operation = jiraConnector(settings).operations.find((one) => one.name === name);
  if (operation === undefined || operation.effect === 'read' || !operation.write) {
    throw new Error(`${name} cannot write`);
  }
  return { ...operation.write, declared: operation };
}

const run = (name: string, input: object): Promise<Effect> => {
  const { declared, run: send } = writeOf(name);
  return send(declared.input.parse(input), call);
};
const find = (name: string, input: object): Promise<Effect | null> => {
  const { declared, find: look } = writeOf(name);
  if (look === undefined) throw new Error(`${name} cannot be found again`);
  return look(declared.input.parse(input), call);
};
const issue = (key: string) => jira.state.issues.get(key)!;

const CHANGES: readonly [string, object, RegExp][] = [
  ['jira.add-comment', { issue: 'ECD-1', text: 'On it' }, /\/comment$/],
  ['jira.transition-issue', { issue: 'ECD-1', to: 'In Review' }, /\/transitions$/],
  ['jira.assign-issue', { issue: 'ECD-1', accountId: MIA }, /\/assignee$/],
  ['jira.assign-issue', { issue: 'ECD-1', accountId: null }, /\/assignee$/],
  ['jira.move-to-sprint', { issue: 'ECD-3', sprint: 12 }, /\/sprint\/12\/issue$/],
  ['jira.link-issues', { issue: 'ECD-1', to: 'ECD-2', type: 'blocks' }, /\/issueLink$/],
  ['jira.add-label', { issue: 'ECD-1', label: 'checkout' }, /\/issue\/ECD-1$/],
  ['jira.set-priority', { issue: 'ECD-1', priority: 'Low' }, /\/issue\/ECD-1$/],
  ['jira.close-issue', { issue: 'ECD-1' }, /\/transitions$/],
];

describe.each(CHANGES)('%s %j', (name, input, path) => {
  test('is not there, is done once, and is found', async () => {
    expect(await find(name, input)).toBeNull();

    const effect = await run(name, input);

    expect(effect.id).not.toBe('');
    expect(jira.writes).toBe(1);
    expect(await find(name, input)).not.toBeNull();
  });

  test('is found after an answer that was lost, and was sent only once', async () => {
    const methods = ['POST', 'PUT'];
    for (const method of methods)
      jira.faults.push({ kind: 'hang-up-after', match: { method, path } });

    await expect(run(name, input)).rejects.toMatchObject({ kind: 'broken-line' });

    expect(await find(name, input)).not.toBeNull();
    expect(jira.writes).toBe(1);
  });

  test('is denied in a project that is not watched before anything is sent', async () => {
    const other = { ...input, issue: 'HR-1' };

    await expect(run(name, other)).rejects.toMatchObject({ kind: 'denied' });
    await expect(find(name, other)).rejects.toMatchObject({ kind: 'denied' });
    expect(jira.requests).toEqual([]);
  });
});

describe('moving along the workflow', () => {
  test.each(['Review', 'review', '31', 'In Review', '10001'])(
    '%j leads to the status',
    async (to) => {
      await run('jira.transition-issue', { issue: 'ECD-1', to });

      expect(issue('ECD-1').status).toBe('10001');
    },
  );

  test('a status that is reached already is not sent for', async () => {
    await run('jira.transition-issue', { issue: 'ECD-1', to: 'in progress' });

    expect(jira.writes).toBe(0);
  });

  test('what cannot be reached is refused with what can', async () => {
    await expect(
      run('jira.transition-issue', { issue: 'ECD-1', to: 'Shipped' }),
    ).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Review (to In Review)') as string,
    });
  });

  test('whether a transition by its own name was run is not guessed', async () => {
    expect(await find('jira.transition-issue', { issue: 'ECD-1', to: 'Review' })).toBeNull();
    await run('jira.transition-issue', { issue: 'ECD-1', to: 'Review' });

    const found = find('jira.transition-issue', { issue: 'ECD-1', to: 'Review' });

    await expect(found).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('our own comments', () => {
  test('are edited, and found by what they say', async () => {
    const { id } = await run('jira.add-comment', { issue: 'ECD-1', text: 'One' });
    const input = { issue: 'ECD-1', comment: id, text: 'Two\n- three' };
    expect(await find('jira.edit-comment', input)).toBeNull();

    const effect = await run('jira.edit-comment', input);

    expect(effect).toEqual({ id, url: `https://team.example/browse/ECD-1?focusedCommentId=${id}` });
    expect(await find('jira.edit-comment', input)).toEqual(effect);
  });

  test('those of others are not', async () => {
    const { id } = jira.addComment('ECD-1', MIA, 'Mine');
    const input = { issue: 'ECD-1', comment: id, text: 'Yours' };

    await expect(run('jira.edit-comment', input)).rejects.toMatchObject({ kind: 'denied' });
    expect(jira.writes).toBe(0);
  });
});

describe('sprints and links', () => {
  test.each([
    [70, 'denied'],
    [10, 'refused'],
    [99, 'not-found'],
  ])('sprint %i is %s', async (sprint, kind) => {
    const moved = run('jira.move-to-sprint', { issue: 'ECD-3', sprint });

    await expect(moved).rejects.toMatchObject({ kind });
    expect(jira.writes).toBe(0);
  });

  test('a sprint that was left is not found', async () => {
    jira.moveToSprint('ECD-1', INES, 12);

    expect(await find('jira.move-to-sprint', { issue: 'ECD-1', sprint: 11 })).toBeNull();
  });

  test('a link goes in its outward direction', async () => {
    await run('jira.link-issues', { issue: 'ECD-1', to: 'ECD-2', type: 'Blocks' });

    const [link] = jira.state.links;
    expect(link).toMatchObject({ source: issue('ECD-1').id, destination: issue('ECD-2').id });
    const back = { issue: 'ECD-2', to: 'ECD-1', type: 'Blocks' };
    expect(await find('jira.link-issues', back)).toBeNull();
  });

  test('a type of link that is not there is refused with those that are', async () => {
    const linked = run('jira.link-issues', { issue: 'ECD-1', to: 'ECD-2', type: 'Eats' });

    await expect(linked).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Blocks, Duplicate') as string,
    });
  });

  test('an issue is linked to no project that is not watched', async () => {
    const linked = run('jira.link-issues', { issue: 'ECD-1', to: 'HR-1', type: 'Blocks' });

    await expect(linked).rejects.toMatchObject({ kind: 'denied' });
    expect(jira.requests).toEqual([]);
  });
});

test('a label is added to those that are there', async () => {
  jira.label('ECD-1', MIA, ['audit']);

  await run('jira.add-label', { issue: 'ECD-1', label: 'checkout' });

  expect(issue('ECD-1').labels).toEqual(['audit', 'checkout']);
});

test('an issue is deleted, which cannot be read back', async () => {
  await run('jira.delete-issue', { issue: 'ECD-3' });

  expect(jira.state.issues.has('ECD-3')).toBe(false);
  expect(writeOf('jira.delete-issue').find).toBeUndefined();
  expect(writeOf('jira.delete-issue').declared.effect).toBe('destroy');
});

test('what we do comes back as a push of our own', async () => {
  const us = jira.account.accountId;
  jira.aimWebhook({ url: 'http://127.0.0.1:9/webhooks', secret: 'secret', retryDelayMs: 60_000 });
  await run('jira.transition-issue', { issue: 'ECD-1', to: 'Done' });

  const [event] = normaliseJira(JSON.parse(String(jira.deliveries[0]?.body))).events;

  expect(event).toMatchObject({ kind: 'issue.updated', actor: { id: us } });
});
