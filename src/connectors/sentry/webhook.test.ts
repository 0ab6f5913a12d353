import { expect, test } from 'vitest';
import { verifyProofs } from '../../inbox/verify.ts';
import { sentryWebhook } from './webhook.ts';

const SECRET = 'sentry-client-secret-for-tests';
const SIGNATURE = '7687c10e870fc36b1fc1cc028ef52186f53a0e7716f6b0f74c382874824f7270';
// Python's way of writing: spaces after separators, and escapes.
const BODY = '{"action": "created", "data": {"comment": "caf\\u00e9 \\ud83d\\ude80 1.0"}}';

function verify(body: string): boolean {
  const headers = { 'sentry-hook-signature': [SIGNATURE] };
  const { proofs } = sentryWebhook([SECRET]);
  return verifyProofs(proofs, { headers, body: Buffer.from(body) }, 0).ok;
}

test('the signature is the bare digest of the raw bytes', () => {
  expect(verify(BODY)).toBe(true);
});

test('the same JSON written anew does not fit the signature', () => {
  expect(verify(JSON.stringify(JSON.parse(BODY)))).toBe(false);
});

test('a delivery is named by its request id and has a limit', () => {
  const webhook = sentryWebhook([SECRET]);

  expect(webhook.deliveryHeader).toBe('request-id');
  expect(webhook.bodyLimit).toBe(5 * 1024 * 1024);
});
