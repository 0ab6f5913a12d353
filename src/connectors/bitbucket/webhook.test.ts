import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifyProofs } from '../../inbox/verify.ts';
import { bitbucketWebhook } from './webhook.ts';

// Atlassian publishes one vector for the signature that Bitbucket and Jira share.
const PUBLISHED = {
  secret: "It's a Secret to Everybody",
  value: 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9',
};
const body = Buffer.from('Hello World!');
const webhook = bitbucketWebhook([PUBLISHED.secret]);

test('the published signature is taken', () => {
  const headers = { 'x-hub-signature': [PUBLISHED.value] };

  expect(verifyProofs(webhook.proofs, { headers, body }, 0).ok).toBe(true);
});

test('one changed byte, another secret or no header is refused', () => {
  const other = Buffer.concat([body, Buffer.from(' ')]);
  const forged = createHmac('sha256', 'guess').update(body).digest('hex');
  const signed = { 'x-hub-signature': [PUBLISHED.value] };

  const answers = [
    verifyProofs(webhook.proofs, { headers: signed, body: other }, 0),
    verifyProofs(webhook.proofs, { headers: { 'x-hub-signature': [`sha256=${forged}`] }, body }, 0),
    verifyProofs(webhook.proofs, { headers: {}, body }, 0),
  ];

  expect(answers.map(({ ok }) => ok)).toEqual([false, false, false]);
});

test('deliveries are named by the header that stays the same on repeats', () => {
  expect(webhook.deliveryHeader).toBe('x-request-uuid');
  expect(webhook.bodyLimit).toBe(1_048_576);
});
