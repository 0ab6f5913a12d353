import { createHmac } from 'node:crypto';

/** The value of `Sentry-Hook-Signature` for these exact bytes: the bare digest. */
export function signSentry(body: Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
