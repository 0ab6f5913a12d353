import { constitutionOf } from '../helpers/judging.ts';
import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { readDesk } from '../../src/actions/read-desk.ts';
import { defineRead } from '../../src/domain/connector.ts';
import type { Connector, Webhook } from '../../src/domain/connector.ts';
import { createServer } from '../../src/http/server.ts';
import type { HttpParts } from '../../src/http/server.ts';
import { localQueue } from '../../src/inbox/local-queue.ts';
import { Reader } from '../../src/inbox/reader.ts';
import { Receiver } from '../../src/inbox/receive.ts';
import type { ReceiverSettings } from '../../src/inbox/receive.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { neverCrash } from '../../src/lib/crash.ts';
import { newId } from '../../src/lib/ids.ts';
import { eventJudge } from '../../src/inbox/event-judge.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { newToken, tokenHash } from '../../src/lib/token.ts';
import { McpServers } from '../../src/mcp/mcp-face.ts';
import type { Store } from '../../src/store/open.ts';
import { addToken } from '../../src/store/tokens.ts';
import { commentEvent } from '../helpers/events.ts';
import { temporaryStore } from '../helpers/store.ts';

export const SECRET = 'a secret of the tests';
export const ADMIN = 'the-admin-token-of-the-tests';
export const LIMIT = 100_000;
export const MCP_HOST = 'mcp.tests.example';

const webhook: Webhook = {
  proofs: [
    {
      scheme: { kind: 'hmac', header: 'x-hub-signature', prefix: 'sha256=', algorithm: 'sha256' },
      secrets: [SECRET],
    },
  ],
  bodyLimit: LIMIT,
  deliveryHeader: 'x-delivery',
  normalise: (body) => {
    const { comment } = body as { comment?: string };
    if (comment === undefined) return { events: [], reason: 'no comment in it' };
    return { events: [commentEvent(comment)] };
  },
};

const getIssue = defineRead({
  name: 'jira.get-issue',
  summary: 'Read an issue.',
  effect: 'read',
  input: z.object({ issue: z.string() }),
  output: z.object({ issue: z.string() }),
  about: ({ issue }) => `jira:issue:${issue}`,
  preview: ({ issue }) => `Read ${issue}`,
  run: ({ issue }) => Promise.resolve({ issue }),
});

/** A system with a webhook, as a connector would describe it. */
export const jira: Connector = {
  name: 'jira',
  webhook,
  triage: [
    {
      name: 'comment',
      judge: () => ({ wakes: true, rule: 'comment', reason: 'somebody wrote' }),
    },
  ],
  operations: [getIssue],
  abilities: [{ name: 'webhook', on: true, note: '/webhooks/jira' }],
};

/** A system without a secret: it has no webhook. */
export const slack: Connector = { name: 'slack', triage: [], operations: [], abilities: [] };

export interface World {
  readonly url: string;
  readonly server: FastifyInstance;
  readonly store: Store;
  readonly reader: Reader;
  readonly receiver: Receiver;
  /** Resolves when every kept delivery was read. */
  readonly read: () => Promise<void>;
  readonly ask: (path: string, init?: RequestInit & { token?: string }) => Promise<Response>;
  readonly deliver: (body: string | Uint8Array, given?: Delivered) => Promise<Response>;
  readonly token: (role: string, name?: string) => Promise<string>;
}

export interface Delivered {
  readonly id?: string;
  readonly headers?: Record<string, string>;
  readonly signature?: string | null;
}

export interface Wanted {
  readonly clock?: Clock;
  readonly parts?: Partial<HttpParts>;
  readonly receiver?: Partial<ReceiverSettings>;
}

export function sign(body: string | Uint8Array): string {
  return `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
}

/** A real server on a real port over a real store file. */
export async function startWorld(wanted: Wanted = {}): Promise<World> {
  const clock = wanted.clock ?? systemClock;
  const store = await temporaryStore(clock);
  const queue = localQueue(() => clock.now());
  const connectors = [jira, slack];
  const common = { clock, crash: neverCrash };
  const reader = new Reader({
    ...common,
    store,
    queue,
    log: silentLogger,
    connectors: new Map(connectors.map((one) => [one.name, one])),
    judge: eventJudge({ accounts: new Map(), bots: new Set(), projects: () => new Set() }),
    windowMs: 0,
    pressed: () => false,
  });
  const receiver = new Receiver({
    ...common,
    keep: store.keep,
    kept: () => undefined,
    failed: () => undefined,
    ...wanted.receiver,
  });
  const desk = readDesk({ operations: jira.operations, clock, log: silentLogger });
  const servers = new McpServers({
    version: '1.2.3',
    desk,
    log: silentLogger,
    block: (_operation, _input, found) => JSON.stringify(found),
  });
  const server = await createServer({
    version: '1.2.3',
    mode: 'simulation',
    startedAt: clock.now(),
    adminToken: ADMIN,
    store,
    receiver,
    reader,
    queue,
    clock,
    log: silentLogger,
    connectors,
    model: null,
    dependencies: [],
    watch: {
      missedWarn: 0.05,
      lines: () => [],
      people: () => [],
      pollNow: () => Promise.resolve([]),
    },
    services: desk,
    mcp: {
      systems: servers.systems,
      hosts: [MCP_HOST],
      handle: (system, exchange) => servers.handle(system, exchange),
    },
    judgement: {
      constitution: () => constitutionOf(),
      modes: [],
      lookAtDeferred: () => undefined,
    },
    ...wanted.parts,
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await server.close();
    await reader.stop();
    await queue.close();
  });
  return {
    url,
    server,
    store,
    reader,
    receiver,
    read: async () => {
      reader.wake();
      for (;;) {
        const kept = await store.db
          .selectFrom('deliveries')
          .select('id')
          .where('state', '=', 'kept')
          .executeTakeFirst();
        if (kept === undefined) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    ask: (path, init = {}) => {
      const { token, ...rest } = init;
      const headers = new Headers(rest.headers);
      if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
      return fetch(`${url}${path}`, { ...rest, headers });
    },
    deliver: (body, given = {}) => {
      const headers = new Headers({ 'content-type': 'application/json', ...given.headers });
      const signature = given.signature === undefined ? sign(body) : given.signature;
      if (signature !== null) headers.set('x-hub-signature', signature);
      headers.set('x-delivery', given.id ?? 'delivery-1');
      const bytes = typeof body === 'string' ? body : new Uint8Array(body);
      return fetch(`${url}/webhooks/jira`, { method: 'POST', headers, body: bytes });
    },
    token: async (role, name = role) => {
      const token = newToken();
      const row = { id: newId(), name, role, hash: tokenHash(token), now: clock.now() };
      await store.write(({ db }) => addToken(db, row));
      return token;
    },
  };
}

/** The document of a problem, after a look at its content type. */
export async function problemIn(answer: Response): Promise<Record<string, unknown>> {
  const type = answer.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) throw new Error(`no problem but ${type}`);
  return (await answer.json()) as Record<string, unknown>;
}
