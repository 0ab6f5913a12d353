import type { Headers, Reading, Webhook } from '../../domain/connector.ts';
import { normaliseSlack } from './normalise.ts';

const BODY_LIMIT = 1024 * 1024;
const CHALLENGE_LIMIT = 4_096;

/** How Slack's bodies are read, by webhook and over the socket. */
export const slackReading: Reading = { unwrap, normalise: (body) => normaliseSlack(body) };

/** Events, presses and commands over HTTP (contract section 1). Slack reads the answer, so it stays empty. */
export function slackWebhook(secrets: readonly string[]): Webhook {
  return {
    ...slackReading,
    proofs: [
      {
        scheme: {
          kind: 'hmac',
          header: 'x-slack-signature',
          prefix: 'v0=',
          algorithm: 'sha256',
          signedTime: {
            header: 'x-slack-request-timestamp',
            version: 'v0',
            toleranceSeconds: 300,
          },
        },
        secrets,
      },
    ],
    bodyLimit: BODY_LIMIT,
    deliveryHeader: null,
    silent: true,
    challenge,
  };
}

/** The word that Slack wants to hear back when the address is set; only from a small body that says just that. */
function challenge(body: Uint8Array): string | null {
  if (body.byteLength > CHALLENGE_LIMIT) return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null) return null;
    if (Reflect.get(parsed, 'type') !== 'url_verification') return null;
    const word: unknown = Reflect.get(parsed, 'challenge');
    return typeof word === 'string' ? word : null;
  } catch {
    return null;
  }
}

/** A form holds JSON in `payload`, or is a command, whose fields become an object of type `slash_command`. */
function unwrap(body: Uint8Array, headers: Headers): Uint8Array {
  const [type = ''] = headers['content-type'] ?? [];
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) return body;
  const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
  const payload = form.get('payload');
  if (payload !== null) return Buffer.from(payload);
  if (form.get('command') === null) return body;
  return Buffer.from(JSON.stringify(commandOf(form)));
}

// Built from entries, so that a field named `__proto__` is a field and nothing else.
function commandOf(form: URLSearchParams): object {
  return Object.fromEntries([...form.entries(), ['type', 'slash_command']]);
}
