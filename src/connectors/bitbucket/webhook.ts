import type { Webhook } from '../../domain/connector.ts';
import { normaliseBitbucket } from './normalise.ts';

// Bitbucket does not send more than 256 KB (contracts/bitbucket.md section 1.2); there is room for a change of its mind.
const BODY_LIMIT = 1024 * 1024;

/** The push side of Bitbucket Cloud, signed with HMAC-SHA256 over the raw body. */
export function bitbucketWebhook(secrets: readonly string[]): Webhook {
  return {
    proofs: [
      {
        scheme: { kind: 'hmac', header: 'x-hub-signature', prefix: 'sha256=', algorithm: 'sha256' },
        secrets,
      },
    ],
    bodyLimit: BODY_LIMIT,
    deliveryHeader: 'x-request-uuid',
    normalise: normaliseBitbucket,
  };
}
