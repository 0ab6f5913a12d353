import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { JiraEmulator } from './start-jira-emulator.ts';
import { startJiraEmulator } from './start-jira-emulator.ts';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';

// Webhook bodies are held to recorded ones: the same keys, in issue, comment, people and changelog, of the same types.

const MIA = '712020:mia-0001';
const INES = '712020:ines-0002';

type Shape = Record<string, string>;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function shapeOf(value: unknown, at = 'body'): Shape {
  const shape: Shape = { [at]: typeOf(value) };
  if (Array.isArray(value)) for (const one of value) Object.assign(shape, shapeOf(one, `${at}[]`));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value))
      Object.assign(shape, shapeOf(one, `${at}.${key}`));
  }
  return shape;
}

const DIFFERENT_TODAY = [
  // Keys of people that Cloud no longer sends, and those that came since.
  /\.(user|author|updateAuthor|creator|reporter|assignee)\.(name|key|emailAddress|accountType)$/,
  /\.project\.simplified$/,
  /\.(statuscategorychangedate|tmpFromAccountId|tmpToAccountId)$/,
  // What a site adds by itself, and what an issue happens to hold.
  /\.customfield_\d+/,
  /\.components\[\]/,
  /\.labels\[\]/,
];

function comparable(body: unknown): Shape {
  const entries = Object.entries(shapeOf(body));
  return Object.fromEntries(
    entries
      .filter(([path]) => !DIFFERENT_TODAY.some((pattern) => pattern.test(path)))
      .map(([path, type]) => [path, /\.(lastViewed|security)$/.test(path) ? 'nullable' : type]),
  );
}

function recorded(name: string): unknown {
  const file = new URL(`../../test/fixtures/jira/webhooks/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

async function lastBodyOf(act: (jira: JiraEmulator) => void): Promise<unknown> {
  await using receiver = await startWebhookReceiver();
  const jira = await startJiraEmulator({
    email: 'agent@example.com',
    token: 'token',
    webhook: { url: receiver.url, secret: 'secret' },
  });
  jira.seed({ issues: [{ key: 'ECD-9', summary: 'A', description: 'B', reporter: MIA }] });
  act(jira);
  await jira.idle();
  await jira.close();
  return JSON.parse(String(receiver.received.at(-1)!.body));
}

describe('a webhook body has the keys and types of a recorded one', () => {
  test.each<[string, (jira: JiraEmulator) => unknown]>([
    ['mm--webhook-cloud-comment-created.json', (jira) => jira.addComment('ECD-9', MIA, 'Text')],
    [
      'mm--webhook-cloud-comment-updated.json',
      (jira) => jira.editComment(jira.addComment('ECD-9', MIA, 'Text').id, MIA, 'More'),
    ],
    [
      'mm--webhook-cloud-comment-deleted.json',
      (jira) => {
        jira.assign('ECD-9', MIA, INES);
        jira.deleteComment(jira.addComment('ECD-9', MIA, 'Text').id);
      },
    ],
    ['mm--webhook-issue-updated-resolved.json', (jira) => jira.transition('ECD-9', MIA, 'Done')],
    ['mm--webhook-issue-updated-assigned.json', (jira) => jira.assign('ECD-9', MIA, INES)],
    [
      'mm--webhook-issue-updated-renamed.json',
      (jira) => jira.updateIssue('ECD-9', MIA, { summary: 'C' }),
    ],
    [
      'mm--webhook-issue-updated-lowered-priority.json',
      (jira) => jira.updateIssue('ECD-9', MIA, { priority: 'Low' }),
    ],
  ])('%s', async (name, act) => {
    const body = await lastBodyOf(act);

    expect(comparable(body)).toEqual(comparable(recorded(name)));
  });

  test.each<[string, (jira: JiraEmulator) => unknown, readonly string[]]>([
    [
      'mm--webhook-issue-created-no-description.json',
      (jira) => jira.createIssue(MIA, { key: 'ECD-10', summary: 'New' }),
      ['timestamp', 'webhookEvent', 'issue_event_type_name', 'user', 'issue', 'changelog'],
    ],
    [
      'mm--webhook-issue-deleted.json',
      (jira) => jira.deleteIssue('ECD-9', MIA),
      ['timestamp', 'webhookEvent', 'user', 'issue'],
    ],
  ])('%s, in its outermost keys', async (name, act, keys) => {
    const body = await lastBodyOf(act);

    expect(Object.keys(body as object)).toEqual(keys);
    expect(Object.keys(recorded(name) as object)).toEqual(keys);
  });
});

test('a transition to Done carries resolution and status in one changelog', async () => {
  const body = await lastBodyOf((jira) => jira.transition('ECD-9', MIA, 'Done'));

  expect(body).toMatchObject({
    webhookEvent: 'jira:issue_updated',
    issue_event_type_name: 'issue_generic',
    user: { accountId: MIA },
    changelog: {
      items: [
        { fieldId: 'resolution', from: null, to: '10000', toString: 'Done' },
        { fieldId: 'status', from: '10000', fromString: 'To Do', to: '10002', toString: 'Done' },
      ],
    },
  });
});

test('a comment comes as wiki markup, with its mention', async () => {
  const body = await lastBodyOf((jira) =>
    jira.addComment('ECD-9', MIA, `Ask [~accountid:${INES}]\nplease`),
  );

  expect(body).toMatchObject({
    webhookEvent: 'comment_created',
    comment: { body: `Ask [~accountid:${INES}]\n\nplease`, author: { accountId: MIA } },
  });
});

test('dates have an offset without a colon', async () => {
  const body = await lastBodyOf((jira) => jira.addComment('ECD-9', MIA, 'Text'));

  const { comment } = body as { comment: { created: string } };
  expect(comment.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
});
