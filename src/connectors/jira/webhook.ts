import type { Proof, Webhook } from '../../domain/connector.ts';
import { normaliseJira } from './normalise.ts';

const BODY_LIMIT = 25 * 1024 * 1024;

/** What the two kinds of webhooks are proven with; a kind without a secret is not taken. */
export interface WebhookSecrets {
  /** Of the admin webhook. */
  readonly webhook: readonly string[];
  /** Of the OAuth app whose dynamic webhooks are taken. */
  readonly app: readonly string[];
}

/**
 * The push side of Jira: admin webhooks, signed with HMAC-SHA256 over the raw body, and dynamic webhooks, which carry a
 * token of the app (contracts/jira.md section 1.1). At least one secret must be given.
 */
export function jiraWebhook({ webhook, app }: WebhookSecrets): Webhook {
  const signed: Proof = {
    scheme: { kind: 'hmac', header: 'x-hub-signature', prefix: 'sha256=', algorithm: 'sha256' },
    secrets: webhook,
  };
  const tokened: Proof = {
    scheme: { kind: 'jwt', header: 'authorization', prefix: 'Bearer ', algorithm: 'HS256' },
    secrets: app,
  };
  return {
    proofs: [signed, tokened].filter(({ secrets }) => secrets.length > 0),
    bodyLimit: BODY_LIMIT,
    deliveryHeader: 'x-atlassian-webhook-identifier',
    normalise: (body) => normaliseJira(body),
  };
}
