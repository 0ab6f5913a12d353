import type { Webhook } from '../../domain/connector.ts';
import { normaliseSentry } from './normalise.ts';

const BODY_LIMIT = 5 * 1024 * 1024;

/**
 * The push side of Sentry: webhooks of an internal integration, signed with HMAC-SHA256 over the raw body, the bare
 * digest in the header. The bytes are Python's JSON: written anew they would not fit the signature.
 */
export function sentryWebhook(secrets: readonly string[]): Webhook {
  return {
    proofs: [
      {
        scheme: { kind: 'hmac', header: 'sentry-hook-signature', prefix: '', algorithm: 'sha256' },
        secrets,
      },
    ],
    bodyLimit: BODY_LIMIT,
    deliveryHeader: 'request-id',
    normalise: normaliseSentry,
  };
}
