import type { Sending, SenderHabits } from '../http/webhook-sender.ts';
import { jiraToken, signJira } from './sign-jira.ts';

/** How Jira Cloud sends an admin webhook (contracts/jira.md sections 1.2 and 1.3). */
export const JIRA_HABITS: SenderHabits = {
  retries: 5,
  isRetried: (status) => status === null || status >= 500 || [408, 409, 425, 429].includes(status),
  headers: jiraHeaders,
};

/** The headers of one attempt. */
function jiraHeaders({ id, body, attempt, secret }: Sending) {
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Atlassian Webhook HTTP Client',
    'x-atlassian-webhook-flow': 'Primary',
    // A webhook without a secret is not signed.
    ...(secret === '' ? {} : { 'x-hub-signature': signJira(body, secret) }),
    'x-atlassian-webhook-identifier': id,
    ...(attempt > 0 ? { 'x-atlassian-webhook-retry': String(attempt) } : {}),
  };
}

/** How Jira Cloud sends a dynamic webhook: with a token of the app that ends after three minutes (section 1.1). */
export function appHabits(now: () => Date): SenderHabits {
  return {
    ...JIRA_HABITS,
    headers: (sending) => ({
      ...jiraHeaders({ ...sending, secret: '' }),
      authorization: `Bearer ${jiraToken(sending.secret, now())}`,
    }),
  };
}
