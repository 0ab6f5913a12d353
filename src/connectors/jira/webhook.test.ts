import { expect, test } from 'vitest';
import { verifyProofs } from '../../inbox/verify.ts';
import { jiraWebhook } from './webhook.ts';

test('the scheme gives the signature that Atlassian publishes', () => {
  const webhook = jiraWebhook({ webhook: ["It's a Secret to Everybody"], app: [] });

  const signature = 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
  const headers = { 'x-hub-signature': [signature] };
  const verified = verifyProofs(webhook.proofs, { headers, body: Buffer.from('Hello World!') }, 0);

  expect(verified.ok).toBe(true);
});

test('the delivery is named by the header that stays the same on retries', () => {
  const webhook = jiraWebhook({ webhook: ['secret'], app: [] });

  expect(webhook.deliveryHeader).toBe('x-atlassian-webhook-identifier');
  expect(webhook.bodyLimit).toBe(25 * 1024 * 1024);
});
