import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { journalHead } from '../store/journal.ts';
import { callerOf } from './auth.ts';
import { refused } from './answers.ts';
import type { HttpParts } from './parts.ts';
import { Tail } from './tail.ts';
import type { TailClient } from './tail.ts';

const MOST_BUFFERED_BYTES = 256 * 1024;
const RETRY_MS = 2000;

const EntryNumber = z.string().regex(/^\d{1,15}$/);
const StreamQuery = z.strictObject({ after: EntryNumber.optional() });
const StreamHeaders = z.object({ 'last-event-id': EntryNumber.optional() });

function open(request: FastifyRequest, reply: FastifyReply, parts: HttpParts): TailClient {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // Nothing comes after a stream; an idle line would hold up the end of the server.
    connection: 'close',
  });
  // A line that breaks ends in `close`; the error itself says nothing more.
  raw.on('error', () => undefined);
  return {
    after: 0,
    write: (text) => {
      if (raw.writable) raw.write(text);
    },
    takes: () => raw.writableLength < MOST_BUFFERED_BYTES,
    allowed: async () => (await callerOf(parts, request)) !== null,
    end: () => void raw.end(),
  };
}

/** The journal as server-sent events: `id` is the entry's number, so a client that comes back misses nothing. */
export function streamRoute(plain: FastifyInstance, parts: HttpParts): void {
  const tail = parts.tail ?? new Tail({ db: parts.store.db, log: parts.log });
  plain.addHook('preClose', (done) => {
    tail.close();
    done();
  });
  plain.withTypeProvider<ZodTypeProvider>().get(
    '/api/stream',
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['look'],
        summary: 'The journal, live, as server-sent events',
        description:
          'Goes on after `Last-Event-ID` or `after`, else begins at the end. `event: resync` says that the id is unknown here.',
        querystring: StreamQuery,
        headers: StreamHeaders,
        response: {
          200: {
            description: 'One event per entry of the journal.',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...refused,
        },
      },
    },
    async (request, reply) => {
      const named = request.headers['last-event-id'] ?? request.query.after;
      const head = (await journalHead(parts.store.db)).seq;
      if (tail.full) throw new Failure('unavailable', 'There are too many listeners already.');
      const asked = named === undefined ? head : Number(named);
      const client = open(request, reply, parts);
      client.after = Math.min(asked, head);
      client.write(`retry: ${RETRY_MS}\n\n`);
      if (asked > head) client.write(`id: ${head}\nevent: resync\ndata: {"head":${head}}\n\n`);
      // One that left while the store was asked has closed already, and would be kept for ever.
      if (reply.raw.destroyed) return;
      reply.raw.once('close', () => tail.remove(client));
      tail.add(client);
    },
  );
}
