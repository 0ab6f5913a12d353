import type { Webhook } from '../../domain/connector.ts';
import { normaliseJira } from './normalise.ts';

const BODY_LIMIT = 25 * 1024 * 1024;

/** The push side of Jira: admin webhooks, signed with HMAC-SHA256 over the raw body. */
export function jiraWebhook(secrets: readonly string[]): Webhook {
  return {
    proofs: [
      {
        scheme: { kind: 'hmac', header: 'x-hub-signature', prefix: 'sha256=', algorithm: 'sha256' },
        secrets,
      },
    ],
    bodyLimit: BODY_LIMIT,
    deliveryHeader: 'x-atlassian-webhook-identifier',
    normalise: (body) => normaliseJira(body),
  };
}
