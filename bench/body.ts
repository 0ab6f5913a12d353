import { createHmac } from 'node:crypto';

export const SECRET = 'bench-secret-for-loopback';

/** A request, ready for the socket. */
export interface SignedRequest {
  readonly bytes: Buffer;
}

const WORDS =
  'The build on the release branch waits for a second look at the failing contract test. ';

function commentBody(id: number, size: number): string {
  const body = {
    timestamp: 1767225600000 + id,
    webhookEvent: 'comment_created',
    comment: {
      id: String(1_000_000 + id),
      author: { accountId: 'acc-bench', displayName: 'Ines Okoro', accountType: 'atlassian' },
      body: '',
      created: '2026-01-01T09:00:00.000+0000',
      updated: '2026-01-01T09:00:00.000+0000',
    },
    issue: {
      id: String(2_000_000 + id),
      key: `ECD-${id + 1}`,
      fields: { summary: 'Sample', project: { key: 'ECD' }, status: { name: 'Open' } },
    },
  };
  const empty = JSON.stringify(body).length;
  body.comment.body = WORDS.repeat(Math.ceil(size / WORDS.length)).slice(
    0,
    Math.max(0, size - empty),
  );
  return JSON.stringify(body);
}

/** Sizes from 5 to 16 KB, spread evenly; every body is another one. */
export function signedRequest(id: number): SignedRequest {
  const size = 5 * 1024 + ((id * 7919) % (11 * 1024));
  const body = Buffer.from(commentBody(id, size));
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const head = [
    'POST /webhooks/jira HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `X-Hub-Signature: sha256=${signature}`,
    `X-Atlassian-Webhook-Identifier: bench-${id}`,
    'User-Agent: Atlassian Webhook HTTP Client',
    '',
    '',
  ].join('\r\n');
  return { bytes: Buffer.concat([Buffer.from(head), body]) };
}
