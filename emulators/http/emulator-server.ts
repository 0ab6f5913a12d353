import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Fault, FaultPlan } from './fault-plan.ts';

/** One request as an emulator sees it; `path` is without the query. */
export interface EmulatorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What to answer: `json` or `text`, or no body at all; `connection` can end it without an answer. */
export interface EmulatorReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly delayMs?: number;
  readonly connection?: 'hang-up' | 'never-answer' | 'cut-off' | { readonly dripMs: number };
}

/** One line of the request log. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** What the client was told; null when it was told nothing. */
  readonly status: number | null;
  /** What the emulator itself made of it; null when it never came that far. */
  readonly outcome: number | null;
  readonly fault: Fault['kind'] | null;
  /** How long it took until the answer had left or the line was given up, by the machine's clock; null while it lasts. */
  readonly tookMs: number | null;
}

type Handle = (request: EmulatorRequest) => EmulatorReply | Promise<EmulatorReply>;

/** A running server on 127.0.0.1. */
export interface EmulatorServer {
  readonly url: string;
  readonly requests: readonly RequestRecord[];
  /** Resolves when no change is left to be applied late. */
  settled(): Promise<void>;
  /** Ends every connection, also those kept waiting on purpose. */
  close(): Promise<void>;
}

interface ServerOptions {
  readonly port?: number;
  readonly faults: FaultPlan;
  readonly handle: Handle;
}

type Draft = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] };

interface Serving extends ServerOptions {
  readonly requests: Draft[];
  readonly late: Set<Promise<unknown>>;
  readonly closing: AbortController;
}

const CONTROL = '/_emulator/';
const HANG_UP: EmulatorReply = { status: 0, connection: 'hang-up' };

/** Starts a server that lets `faults` strike before `handle` answers; control paths are spared. */
export async function startEmulatorServer(options: ServerOptions): Promise<EmulatorServer> {
  const serving: Serving = {
    ...options,
    requests: [],
    late: new Set(),
    closing: new AbortController(),
  };
  const server = createServer((incoming, outgoing) => {
    serve(serving, incoming, outgoing).catch((error: unknown) => {
      // A fault of the emulator itself, such as an order that cannot be read: say so, and live on.
      if (!outgoing.headersSent) outgoing.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: serving.requests,
    settled: async () => {
      while (serving.late.size > 0) await Promise.all(serving.late);
    },
    close: () => {
      serving.closing.abort();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function serve(serving: Serving, incoming: IncomingMessage, outgoing: ServerResponse) {
  const request = await readRequest(incoming);
  if (request.path.startsWith(CONTROL)) {
    send(await serving.handle(request), incoming, outgoing);
    return;
  }
  const fault = serving.faults.take(request);
  const begun = performance.now();
  const record: Draft = {
    method: request.method,
    path: request.path,
    query: request.query.toString(),
    status: null,
    outcome: null,
    fault: fault?.kind ?? null,
    tookMs: null,
  };
  serving.requests.push(record);
  outgoing.once('close', () => {
    record.tookMs = performance.now() - begun;
  });
  const handle = async () => {
    const reply = await serving.handle(request);
    record.outcome = reply.connection ? null : reply.status;
    return reply;
  };
  const reply = fault ? await replyUnderFault(serving, fault, handle) : await handle();
  if (reply.delayMs) await pause(serving, reply.delayMs);
  record.status = isTold(reply) ? reply.status : null;
  send(reply, incoming, outgoing);
}

const isTold = ({ connection }: EmulatorReply): boolean =>
  connection !== 'hang-up' && connection !== 'never-answer';

async function readRequest(incoming: IncomingMessage): Promise<EmulatorRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  };
}

async function replyUnderFault(
  serving: Serving,
  fault: Fault,
  handle: () => Promise<EmulatorReply>,
): Promise<EmulatorReply> {
  switch (fault.kind) {
    case 'status':
      if (fault.apply) await handle();
      return { status: fault.status, headers: fault.headers ?? {}, json: fault.body };
    case 'hang-up-before':
      return HANG_UP;
    case 'hang-up-after':
      await handle();
      return HANG_UP;
    case 'apply-late':
      applyLate(serving, fault, handle);
      return fault.status === undefined ? HANG_UP : { status: fault.status };
    case 'delay':
      await pause(serving, fault.ms);
      return handle();
    case 'cut-off':
      return { ...(await handle()), connection: 'cut-off' };
    case 'drip':
      return { ...(await handle()), connection: { dripMs: fault.ms } };
    case 'garbage':
      await handle();
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        text: '<!doctype html><html><body>We are down for maint',
      };
    case 'never-answer':
      if (fault.apply) await handle();
      return { status: 0, connection: 'never-answer' };
  }
}

function applyLate(
  serving: Serving,
  { ms, wait }: Extract<Fault, { kind: 'apply-late' }>,
  handle: () => Promise<EmulatorReply>,
): void {
  if (wait !== undefined) {
    void wait(ms).then(handle);
    return;
  }
  const late = pause(serving, ms)
    .then(handle)
    .catch(() => undefined) // closed before it was due
    .finally(() => serving.late.delete(late));
  serving.late.add(late);
}

function pause({ closing }: Serving, ms: number): Promise<void> {
  return setTimeout(ms, undefined, { signal: closing.signal });
}

function send(reply: EmulatorReply, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (reply.connection === 'never-answer') return;
  if (reply.connection === 'hang-up') {
    incoming.socket.destroy();
    return;
  }
  const body = Buffer.from(
    reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json)),
  );
  const type = reply.json === undefined ? 'text/plain' : 'application/json;charset=UTF-8';
  const headers = body.length === 0 ? {} : { 'content-type': type };
  outgoing.writeHead(reply.status, { ...headers, ...reply.headers });
  if (reply.connection === undefined) outgoing.end(body);
  else if (reply.connection === 'cut-off') {
    outgoing.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy());
  } else drip(outgoing, body, reply.connection.dripMs);
}

/** One byte after the other, until nobody listens any more. */
function drip(outgoing: ServerResponse, body: Buffer, ms: number): void {
  let sent = 0;
  outgoing.flushHeaders();
  const timer = setInterval(() => {
    if (sent >= body.length) outgoing.end();
    else outgoing.write(body.subarray(sent, sent + 1));
    sent += 1;
  }, ms);
  outgoing.once('close', () => clearInterval(timer));
}
