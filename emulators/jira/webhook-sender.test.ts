import { describe, expect, test } from 'vitest';
import { sendRecorded } from './send-recorded.ts';
import { signJira } from './sign-jira.ts';
import { startJiraEmulator } from './start-jira-emulator.ts';
import type { WebhookReceiver } from '../http/start-webhook-receiver.ts';
import { startWebhookReceiver } from '../http/start-webhook-receiver.ts';

const MIA = '712020:mia-0001';
const ID = 'x-atlassian-webhook-identifier';

function siteFor(receiver: WebhookReceiver) {
  return startJiraEmulator({
    email: 'agent@example.com',
    token: 'token',
    webhook: { url: receiver.url, secret: 'secret', retryDelayMs: 1 },
  });
}

function textsOf({ received }: WebhookReceiver): string[] {
  return received.map(({ body }) => {
    return (JSON.parse(String(body)) as { comment: { body: string } }).comment.body;
  });
}

test('signs as Atlassian publishes it', () => {
  const signature = signJira(Buffer.from('Hello World!'), "It's a Secret to Everybody");

  expect(signature).toBe('sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9');
});

test('a delivery carries the headers of Jira and a signature of its exact bytes', async () => {
  await using receiver = await startWebhookReceiver();
  const jira = await siteFor(receiver);

  jira.addComment('ECD-1', MIA, 'Größe');
  await jira.idle();
  await jira.close();

  const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = receiver.received;
  expect(headers['x-hub-signature']).toBe(signJira(body, 'secret'));
  expect(headers[ID]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(headers['x-atlassian-webhook-flow']).toBe('Primary');
  expect(headers['x-atlassian-webhook-retry']).toBeUndefined();
  expect(headers['user-agent']).toBe('Atlassian Webhook HTTP Client');
});

describe('retries', () => {
  test('go on after 5xx, 429 and hang-ups, with the same id and a count', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answerWith(503, 429, null);
    const jira = await siteFor(receiver);

    jira.addComment('ECD-1', MIA, 'One');
    await jira.idle();
    await jira.close();

    expect(new Set(receiver.received.map(({ headers }) => headers[ID])).size).toBe(1);
    expect(receiver.received.map(({ headers }) => headers['x-atlassian-webhook-retry'])).toEqual([
      undefined,
      '1',
      '2',
      '3',
    ]);
    expect(jira.deliveries).toMatchObject([
      { attempts: [503, 429, null, 200], outcome: 'delivered' },
    ]);
  });

  test('end after five', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answerWith(500, 500, 500, 500, 500, 500);
    const jira = await siteFor(receiver);

    jira.addComment('ECD-1', MIA, 'One');
    await jira.idle();
    await jira.close();

    expect(receiver.received).toHaveLength(6);
    expect(jira.deliveries).toMatchObject([{ outcome: 'given-up' }]);
  });

  test('never come for another 4xx: the event is lost', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answerWith(401);
    const jira = await siteFor(receiver);

    jira.addComment('ECD-1', MIA, 'One');
    await jira.idle();
    await jira.close();

    expect(jira.deliveries).toMatchObject([{ attempts: [401], outcome: 'rejected' }]);
  });
});

describe('what the network does to deliveries', () => {
  test.each([
    ['drop', ['Two']],
    ['duplicate', ['One', 'One', 'Two']],
    ['duplicate-new-id', ['One', 'One', 'Two']],
    ['delay', ['Two', 'One']],
    ['reorder', ['Two', 'One']],
  ] as const)('%s', async (kind, arrived) => {
    await using receiver = await startWebhookReceiver();
    const jira = await siteFor(receiver);
    jira.pushWebhookFault({ kind, event: 'comment_created', ms: 200 });

    jira.addComment('ECD-1', MIA, 'One');
    jira.addComment('ECD-1', MIA, 'Two');
    await jira.idle();
    await jira.close();

    expect(textsOf(receiver)).toEqual(arrived);
    const ids = new Set(receiver.received.map(({ headers }) => headers[ID]));
    expect(ids.size).toBe(kind === 'duplicate-new-id' ? 3 : new Set(arrived).size);
  });

  test('what was held back still comes when nothing follows it', async () => {
    await using receiver = await startWebhookReceiver();
    const jira = await siteFor(receiver);
    jira.pushWebhookFault({ kind: 'reorder' });

    jira.addComment('ECD-1', MIA, 'One');
    await jira.idle();
    await jira.close();

    expect(textsOf(receiver)).toEqual(['One']);
  });
});

test('an address elsewhere is refused', async () => {
  const webhook = { url: 'https://example.com/hook', secret: 'secret' };

  await expect(startJiraEmulator({ email: 'a', token: 't', webhook })).rejects.toThrow(
    'example.com',
  );
});

test('a recorded delivery is sent as it is, signed anew', async () => {
  await using receiver = await startWebhookReceiver();
  const body = Buffer.from('{ "webhookEvent":\t"comment_created" }\n');

  const response = await sendRecorded({ url: receiver.url, secret: 's' }, body, { [ID]: 'one' });

  expect(response.status).toBe(200);
  expect(receiver.received).toMatchObject([
    { body, headers: { 'x-hub-signature': signJira(body, 's'), [ID]: 'one' } },
  ]);
});
