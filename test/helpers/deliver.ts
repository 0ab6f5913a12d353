import { textToAdf } from '../../emulators/jira/adf-document.ts';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { signJira } from '../../emulators/jira/sign-jira.ts';
import { SECRET } from './agent.ts';
import type { Agent } from './agent.ts';

type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

export interface RawRequest {
  readonly url: string;
  readonly headers: HeaderValues;
  /** One body, or its pieces in order. */
  readonly body: Uint8Array | Iterable<Uint8Array>;
}

const readAll = async (incoming: IncomingMessage): Promise<RawAnswer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return { status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
};

/** The other side may close, or answer, instead of reading on. */
function untilWritable(outgoing: ClientRequest): Promise<void> {
  const signs = ['drain', 'close', 'response'];
  return new Promise((resolve) => {
    const done = () => {
      for (const sign of signs) outgoing.off(sign, done);
      resolve();
    };
    for (const sign of signs) outgoing.on(sign, done);
  });
}

/** Posts with headers exactly as given, doubled ones too; an answer that comes before the body's end counts. */
export function postRaw({ url, headers, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const plain = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : [...value],
      ]),
    );
    const outgoing = request(url, { method: 'POST', headers: plain, agent: false });
    let isAnswered = false;
    outgoing.on('response', (incoming) => {
      isAnswered = true;
      resolve(readAll(incoming));
    });
    outgoing.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    const write = async (): Promise<void> => {
      for (const piece of body instanceof Uint8Array ? [body] : body) {
        if (isAnswered || outgoing.destroyed) break;
        if (!outgoing.write(piece)) await untilWritable(outgoing);
      }
      outgoing.end();
    };
    void write();
  });
}

export interface Delivered {
  readonly id?: string;
  readonly headers?: HeaderValues;
  readonly secret?: string;
}

/** Sends bytes to the webhook of Jira, signed unless the headers say otherwise. */
export function deliver(agent: Agent, body: Uint8Array, given: Delivered = {}): Promise<RawAnswer> {
  const headers: Record<string, string | readonly string[]> = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'x-hub-signature': signJira(Buffer.from(body), given.secret ?? SECRET),
    ...(given.id === undefined ? {} : { 'x-atlassian-webhook-identifier': given.id }),
    ...given.headers,
  };
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  return postRaw({ url: `${agent.url}/webhooks/jira`, headers: sent, body });
}

/** The signature over pieces that never stand in memory together. */
export function signPieces(pieces: Iterable<Uint8Array>, secret = SECRET): string {
  const hmac = createHmac('sha256', secret);
  for (const piece of pieces) hmac.update(piece);
  return `sha256=${hmac.digest('hex')}`;
}

/** A recorded delivery's bytes. */
export function recorded(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/jira/webhooks/${name}`, import.meta.url));
}

interface CommentBody {
  readonly id: string;
  readonly text: string;
  readonly issue?: string;
}

/** A small `comment_created` body of Mia's, as Jira sends it. */
export function commentBody({ id, text, issue = 'ECD-1' }: CommentBody): Buffer {
  const author = {
    accountId: '712020:mia-0001',
    displayName: 'Mia Sander',
    accountType: 'atlassian',
  };
  const at = '2026-11-20T09:00:00.000+0000';
  return Buffer.from(
    JSON.stringify({
      timestamp: Date.parse('2026-11-20T09:00:00Z'),
      webhookEvent: 'comment_created',
      comment: { id, author, updateAuthor: author, body: text, created: at, updated: at },
      issue: { id: '10101', key: issue, fields: { summary: 'Guest checkout loses the basket' } },
    }),
  );
}

/** Lets comments of these ids stand on ECD-1, silently: what a delivery tells of is there when it is read anew. */
export function standing(agent: Agent, ...ids: readonly string[]): void {
  const at = new Date('2026-11-20T09:00:00Z');
  const author = '712020:mia-0001';
  for (const id of ids) {
    agent.jira.state.issues.get('ECD-1')?.comments.push({
      id,
      author,
      updateAuthor: author,
      body: textToAdf('said'),
      created: at,
      updated: at,
      properties: new Map(),
    });
  }
}
