import { createHmac } from 'node:crypto';

/** The value of `X-Hub-Signature` for these exact bytes. */
export function signJira(body: Buffer, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
