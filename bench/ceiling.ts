import { createHmac, timingSafeEqual } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writevSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { SECRET } from './body.ts';

/**
 * The ceilings: what this machine can do at all with `node:http` and an HMAC, without and with an append log that is
 * forced to the disk once per turn of the event loop before the answers go out.
 */
const { values } = parseArgs({ options: { log: { type: 'string' } } });
const log = values.log === undefined ? null : openSync(values.log, 'a');

interface Waiting {
  readonly body: Buffer;
  readonly response: ServerResponse;
}

const waiting: Waiting[] = [];

function answer(response: ServerResponse, status: number): void {
  const body = '{"status":"kept"}';
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  response.writeHead(status, headers).end(body);
}

function flush(): void {
  const batch = waiting.splice(0);
  if (log !== null) {
    writevSync(
      log,
      batch.map((item) => item.body),
    );
    fdatasyncSync(log);
  }
  for (const item of batch) answer(item.response, 200);
}

function isSigned(request: IncomingMessage, body: Buffer): boolean {
  const claimed = Buffer.from(String(request.headers['x-hub-signature']).slice(7), 'hex');
  const expected = createHmac('sha256', SECRET).update(body).digest();
  return claimed.length === expected.length && timingSafeEqual(claimed, expected);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
    if (!isSigned(request, body)) {
      answer(response, 401);
      return;
    }
    waiting.push({ body, response });
    if (waiting.length === 1) setImmediate(flush);
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});

process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  if (log !== null) closeSync(log);
});
