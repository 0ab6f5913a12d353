import type { Sending, SenderHabits } from '../http/webhook-sender.ts';
import { signJira } from './sign-jira.ts';

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
    'x-hub-signature': signJira(body, secret),
    'x-atlassian-webhook-identifier': id,
    ...(attempt > 0 ? { 'x-atlassian-webhook-retry': String(attempt) } : {}),
  };
}
