import { createHmac } from 'node:crypto';

/** The value of `X-Slack-Signature` for these bytes at this time in epoch seconds. */
export function signSlack(body: Buffer, secret: string, seconds: number): string {
  const hmac = createHmac('sha256', secret).update(`v0:${seconds}:`).update(body);
  return `v0=${hmac.digest('hex')}`;
}
