import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Headers, Webhook } from '../domain/connector.ts';
import type { Receipt } from '../inbox/receive.ts';
import { refused } from './answers.ts';
import { DeliveryKept } from './contract.ts';
import type { HttpParts } from './parts.ts';
import { problemOf, sendProblem } from './problems.ts';

/** Counts answers by source and receipt; the metrics read it. */
export type ReceiptCounts = Map<string, Counts>;

/** `elsewhere`: the address is in none of the networks that may send, and nothing of it was read. */
type Counts = Record<Receipt['kind'] | 'elsewhere', number>;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly retryAfter: string | null;
}

const NOTHING: Counts = {
  accepted: 0,
  duplicate: 0,
  answered: 0,
  rejected: 0,
  overloaded: 0,
  unavailable: 0,
  elsewhere: 0,
};
const EMPTY = Buffer.alloc(0);
const JSON_TYPE = 'application/json; charset=utf-8';

function kept(status: 'kept' | 'known'): Answer {
  return { status: 200, type: JSON_TYPE, text: JSON.stringify({ status }), retryAfter: null };
}

function refusal(status: number, kind: string, detail: string): Omit<Answer, 'retryAfter'> {
  const text = JSON.stringify(problemOf({ status, kind, detail }, '/webhooks'));
  return { status, type: 'application/problem+json', text };
}

// Written once: a delivery's answer costs no serialising.
const ANSWERS: Readonly<Record<Exclude<Receipt['kind'], 'answered'>, Answer>> = {
  accepted: kept('kept'),
  duplicate: kept('known'),
  rejected: {
    // The reason stays inside: it would tell a forger which step to work on.
    ...refusal(401, 'unauthorized', 'The signature is missing or wrong.'),
    retryAfter: null,
  },
  overloaded: {
    ...refusal(503, 'unavailable', 'Too many deliveries wait. Send it again.'),
    retryAfter: '5',
  },
  unavailable: {
    ...refusal(503, 'store-unavailable', 'The delivery was not kept. Send it again.'),
    retryAfter: '10',
  },
};

/** Raw, because Node joins or drops doubled headers, and a doubled signature must be seen. */
function headersOf(request: FastifyRequest): Headers {
  // Without a prototype: a header may be called `__proto__`.
  const headers = Object.create(null) as Record<string, string[]>;
  const { rawHeaders } = request.raw;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    const known = headers[name];
    if (known === undefined) headers[name] = [value];
    else known.push(value);
  }
  return headers;
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.retryAfter !== null) void reply.header('retry-after', answer.retryAfter);
  return reply.code(answer.status).header('content-type', answer.type).send(answer.text);
}

/** The sender's own test of the address; its text is what it asked to hear. */
function answerOf(receipt: Receipt, webhook: Webhook): Answer {
  if (receipt.kind === 'answered') {
    return { status: 200, type: 'text/plain; charset=utf-8', text: receipt.text, retryAfter: null };
  }
  const answer = ANSWERS[receipt.kind];
  const isQuiet = webhook.silent === true && answer.status === 200;
  return isQuiet ? { ...answer, text: '' } : answer;
}

interface Served {
  readonly name: string;
  readonly webhook: Webhook;
  readonly counts: Counts;
}

const ELSEWHERE = {
  status: 403,
  kind: 'forbidden',
  detail: 'Webhooks are not taken from this address.',
} as const;

/** Refuses other addresses before anything of the body is read. */
function refuseElsewhere({ allowed }: HttpParts, { name, counts }: Served) {
  return (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
    if (allowed === undefined || allowed.allows(name, request.ip)) {
      next();
      return;
    }
    counts.elsewhere += 1;
    void sendProblem(request, reply.header('connection', 'close'), ELSEWHERE);
  };
}

function serve(server: FastifyInstance, parts: HttpParts, given: Served): void {
  const { name, webhook, counts } = given;
  const headers = webhook.proofs.map(({ scheme }) => `\`${scheme.header}\``).join(' or ');
  server.post(
    `/webhooks/${name}`,
    {
      bodyLimit: webhook.bodyLimit,
      onRequest: refuseElsewhere(parts, given),
      schema: {
        tags: ['webhooks'],
        summary: `Deliveries of ${name}`,
        description: `Proven by ${headers}. 200 means that it is on the disk.`,
        security: [],
        response: { 200: DeliveryKept, ...refused },
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : EMPTY;
      const receipt = await parts.receiver.receive({
        source: name,
        webhook,
        headers: headersOf(request),
        body,
      });
      counts[receipt.kind] += 1;
      return send(reply, answerOf(receipt, webhook));
    },
  );
}

/** One route per connector with a webhook. Bodies stay bytes; a compressed one is refused before it is read. */
export function webhookRoutes(parts: HttpParts, counts: ReceiptCounts) {
  return (server: FastifyInstance, _options: unknown, done: () => void): void => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    server.addHook('onRequest', (request, reply, next) => {
      const encoding = request.headers['content-encoding'];
      if (encoding === undefined || encoding === 'identity') {
        next();
        return;
      }
      void sendProblem(request, reply.header('connection', 'close'), {
        status: 415,
        kind: 'unsupported-media-type',
        detail: 'Send the body without content encoding.',
      });
    });
    for (const { name, webhook } of parts.connectors) {
      if (webhook === undefined) continue;
      const own = { ...NOTHING };
      counts.set(name, own);
      serve(server, parts, { name, webhook, counts: own });
    }
    done();
  };
}
