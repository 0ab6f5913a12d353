import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { verifyProofs } from '../../inbox/verify.ts';
import { bitbucketWebhook } from './webhook.ts';

// Byte for byte as published: see test/fixtures/bitbucket/SOURCES.md.
const file = '../../../test/fixtures/bitbucket/signed/jenkins--signed_payload.json';
const body = readFileSync(new URL(file, import.meta.url));
const PUBLISHED = {
  secret: 'Gkvl$k$wyNpQAF42',
  value: 'sha256=f205c729821c6954aff2afe72b965c34015b4baf96ea8ddc2cc44999c014a035',
};
const webhook = bitbucketWebhook([PUBLISHED.secret]);

test('the published signature is taken', () => {
  const headers = { 'x-hub-signature': [PUBLISHED.value] };

  expect(verifyProofs(webhook.proofs, { headers, body }, 0).ok).toBe(true);
  expect(
    webhook.normalise(JSON.parse(body.toString()), { 'x-event-key': ['repo:push'] }).events,
  ).not.toEqual([]);
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
