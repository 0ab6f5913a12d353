import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SECRETS } from './five.ts';
import type { System } from './five.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** A recorded delivery of each system that becomes an event, with the header that names what happened. */
export const SAMPLES: Readonly<Record<System, { readonly file: string; readonly event: string }>> =
  {
    jira: { file: 'jira/webhooks/mm--webhook-cloud-comment-created.json', event: '' },
    bitbucket: {
      file: 'bitbucket/webhooks/drone--pr_comment_created.json',
      event: 'pullrequest:comment_created',
    },
    github: { file: 'github/webhooks/octo--issue_comment--created.json', event: 'issue_comment' },
    slack: { file: 'slack/events/zulip--message_with_normal_text.json', event: '' },
    sentry: { file: 'sentry/webhooks/zulip--issue_created_for_exception.json', event: 'issue' },
  };

/** The recorded bytes. */
export function sampleOf(system: System): Buffer {
  return readFileSync(new URL(SAMPLES[system].file, FIXTURES));
}

interface Given {
  readonly id?: string;
  readonly secret?: string;
  /** Epoch milliseconds, for a system that signs its time. */
  readonly now?: number;
}

/** The headers under which a system would send these bytes. */
export function signedHeaders(
  system: System,
  body: Buffer,
  given: Given = {},
): Record<string, string> {
  const { id = randomUUID(), secret = SECRETS[system], now = Date.now() } = given;
  const hex = (before = '') =>
    createHmac('sha256', secret).update(before).update(body).digest('hex');
  const time = String(Math.floor(now / 1000));
  const { event } = SAMPLES[system];
  const headers: Record<System, Record<string, string>> = {
    jira: { 'x-hub-signature': `sha256=${hex()}`, 'x-atlassian-webhook-identifier': id },
    bitbucket: {
      'x-hub-signature': `sha256=${hex()}`,
      'x-event-key': event,
      'x-request-uuid': id,
    },
    github: {
      'x-hub-signature-256': `sha256=${hex()}`,
      'x-github-event': event,
      'x-github-delivery': id,
    },
    slack: {
      'x-slack-signature': `v0=${hex(`v0:${time}:`)}`,
      'x-slack-request-timestamp': time,
    },
    sentry: {
      'sentry-hook-signature': hex(),
      'sentry-hook-resource': event,
      'request-id': id,
    },
  };
  return { 'content-type': 'application/json', ...headers[system] };
}

/** Sends bytes to a program's webhook of a system; answers the status. */
export async function post(
  url: string,
  system: System,
  request: { readonly body: Buffer; readonly headers: Record<string, string> },
): Promise<number> {
  const body = new Uint8Array(request.body);
  const { headers } = request;
  const answer = await fetch(`${url}/webhooks/${system}`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}
