import type { Webhook } from '../../domain/connector.ts';
import { normaliseGithub, unwrapForm } from './normalise.ts';

const BODY_LIMIT = 25 * 1024 * 1024;

/** The push side of GitHub: hooks signed with HMAC-SHA256 over the raw body (contracts/github.md section 1). */
export function githubWebhook(secrets: readonly string[]): Webhook {
  return {
    proofs: [
      {
        scheme: {
          kind: 'hmac',
          header: 'x-hub-signature-256',
          prefix: 'sha256=',
          algorithm: 'sha256',
        },
        secrets,
      },
    ],
    bodyLimit: BODY_LIMIT,
    deliveryHeader: 'x-github-delivery',
    unwrap: unwrapForm,
    normalise: normaliseGithub,
  };
}
