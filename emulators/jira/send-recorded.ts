import { assertLoopback } from '../http/loopback.ts';
import { signJira } from './sign-jira.ts';

/** Who gets a recorded delivery, and the secret that both know. */
export interface RecordedTarget {
  readonly url: string;
  readonly secret: string;
  readonly signal?: AbortSignal;
}

/** Sends a recorded delivery, signed anew over its bytes as they are; answers the receiver's response. */
export function sendRecorded(
  target: RecordedTarget,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  assertLoopback(target.url);
  return fetch(target.url, {
    method: 'POST',
    redirect: 'manual',
    signal: target.signal ?? null,
    body: new Uint8Array(body),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Atlassian Webhook HTTP Client',
      'x-atlassian-webhook-flow': 'Primary',
      'x-hub-signature': signJira(body, target.secret),
      ...headers,
    },
  });
}
