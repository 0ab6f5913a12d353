import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { Server, ServerOptions } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../domain/failure.ts';
import { sha256 } from '../lib/digest.ts';
import { every } from '../lib/every.ts';
import type { Logger } from '../lib/logger.ts';
import { problemOf, refuseBytes } from './problems.ts';
import { CONNECTION_LIMITS } from './server.ts';

export interface OwnTlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** Null: every address of the machine. */
  readonly host: string | null;
  readonly port: number;
  readonly serves: 'webhooks' | 'all';
}

/** The listener that ends TLS in this process. */
export interface OwnTls {
  readonly port: number;
  /** Reads the files again; resolves with true when another certificate is in force now. Never throws. */
  renew(): Promise<boolean>;
  /** The end of the certificate in force, epoch milliseconds. */
  endsAt(): number;
  close(): Promise<void>;
}

interface Loaded {
  readonly digest: string;
  readonly endsAt: number;
  readonly context: Pick<ServerOptions, 'cert' | 'key' | 'minVersion'>;
}

const LOOK_MS = 30_000;
const LAST_ANSWERS_MS = 3_000;
/** What only a proxy may say. Nobody stands before this listener, so whoever says it here made it up. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/**
 * Serves the routes of a ready server over TLS 1.2 or later as well. Looks for a renewed certificate twice a minute; a
 * pair of files that does not fit leaves the one in force. Throws `invalid-settings` for files that cannot be used at the
 * start, and what `listen` throws.
 */
export async function startOwnTls(
  server: FastifyInstance,
  settings: OwnTlsSettings,
  log: Logger,
): Promise<OwnTls> {
  let loaded = await load(settings);
  const listener = createServer(
    { ...loaded.context, ...CONNECTION_LIMITS },
    handlerOf(server, settings),
  );
  listener.on('clientError', refuseBytes);
  const port = await listen(listener, settings);
  const renew = async (): Promise<boolean> => {
    try {
      const next = await load(settings);
      if (next.digest === loaded.digest) return false;
      listener.setSecureContext(next.context);
      loaded = next;
      log.info({ endsAt: new Date(next.endsAt).toISOString() }, 'a new certificate is in force');
      return true;
    } catch (error) {
      log.warn({ err: error }, 'the certificate was not renewed: the one before stays in force');
      return false;
    }
  };
  const looking = every(LOOK_MS, renew, () => undefined);
  looking.start();
  return {
    port,
    renew,
    endsAt: () => loaded.endsAt,
    close: async () => {
      await looking.stop();
      await closed(listener);
    },
  };
}

async function load({ certFile, keyFile }: OwnTlsSettings): Promise<Loaded> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
    const context = { cert, key, minVersion: 'TLSv1.2' } as const;
    // Throws where the two do not belong together, as in the middle of a renewal.
    createSecureContext(context);
    const { validTo } = new X509Certificate(cert);
    const digest = sha256(Buffer.concat([cert, Buffer.from([0]), key]));
    return { digest, endsAt: Date.parse(validTo), context };
  } catch (error) {
    throw new Failure('invalid-settings', `${certFile} and ${keyFile} cannot be used for TLS.`, {
      cause: error,
      fix: 'Name PEM files that belong together and that this account may read.',
    });
  }
}

/** By the raw path: nothing that another route would take begins like a webhook, and nothing is decoded before. */
function isForSenders({ url = '' }: IncomingMessage): boolean {
  return url.startsWith('/webhooks/') || url === '/health';
}

function handlerOf(server: FastifyInstance, { serves }: OwnTlsSettings) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    for (const name of PROXY_HEADERS) Reflect.deleteProperty(request.headers, name);
    if (serves === 'all' || isForSenders(request)) server.routing(request, response);
    else refuse(response);
  };
}

function refuse(response: ServerResponse): void {
  const told = { status: 404, kind: 'not-found', detail: 'Only webhooks are taken here.' };
  const type = { 'content-type': 'application/problem+json', connection: 'close' };
  response.writeHead(told.status, type).end(JSON.stringify(problemOf(told, '/')));
}

async function listen(listener: Server, { host, port }: OwnTlsSettings): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ port, ...(host === null ? {} : { host }) }, resolve);
  });
  const address = listener.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function closed(listener: Server): Promise<void> {
  const late = setTimeout(() => listener.closeAllConnections(), LAST_ANSWERS_MS);
  listener.closeIdleConnections();
  await new Promise<void>((resolve) => void listener.close(() => resolve()));
  clearTimeout(late);
}
