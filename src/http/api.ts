import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { subjectParts } from '../domain/subject.ts';
import type { Subject } from '../domain/subject.ts';
import { triggerCycle } from '../inbox/trigger.ts';
import { newId } from '../lib/ids.ts';
import { newToken, tokenHash } from '../lib/token.ts';
import { addToken, listTokens, revokeToken } from '../store/tokens.ts';
import { refused } from './answers.ts';
import {
  ReplayRequest,
  Replayed,
  TokenEnded,
  TokenMade,
  TokenRequest,
  Tokens,
  TriggerRequest,
  Triggered,
} from './contract.ts';
import type { HttpParts } from './parts.ts';

/** A subject of a system that nobody speaks for would wait for ever. */
function refuseStranger(parts: HttpParts, subject: Subject): void {
  const { system } = subjectParts(subject);
  if (parts.connectors.some(({ name }) => name === system)) return;
  const known = parts.connectors.map(({ name }) => name).join(', ');
  throw new Failure('invalid-input', `There is no connector ${system}, only ${known}.`);
}

/** The routes that change something of ours: cycles on demand, replays, tokens. */
export function changingRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();

  server.post(
    '/api/trigger-cycle',
    {
      schema: {
        tags: ['act'],
        summary: 'Start a cycle on a subject',
        body: TriggerRequest,
        response: { 202: Triggered, ...refused },
      },
    },
    async (request, reply) => {
      const by = request.caller?.name ?? 'unknown';
      const { subject } = request.body;
      refuseStranger(parts, subject);
      const started = await triggerCycle(parts, { subject, by });
      return reply.code(202).send(started);
    },
  );

  server.post(
    '/api/replay',
    {
      schema: {
        tags: ['act'],
        summary: 'Handle a kept delivery again',
        body: ReplayRequest,
        response: { 202: Replayed, ...refused },
      },
    },
    async (request, reply) => {
      const replayed = await parts.reader.replay(request.body.delivery);
      return reply.code(202).send(replayed);
    },
  );

  tokenRoutes(plain, parts);
}

async function makeToken(
  parts: HttpParts,
  wanted: z.infer<typeof TokenRequest> & { readonly by: string },
): Promise<z.infer<typeof TokenMade>> {
  const token = newToken();
  const { by, ...named } = wanted;
  const made = { id: newId(), ...named };
  await parts.store.write(async ({ db, journal }) => {
    await addToken(db, { ...made, hash: tokenHash(token), now: parts.clock.now() });
    const data = { token: made.id, name: made.name, role: made.role, by };
    journal({ kind: 'token.created', subject: null, cycle: null, data });
  });
  return { ...made, token };
}

function tokenRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();

  server.get(
    '/api/tokens',
    { schema: { tags: ['tokens'], summary: 'All tokens', response: { 200: Tokens, ...refused } } },
    async () => ({ items: await listTokens(parts.store.db) }),
  );

  server.post(
    '/api/tokens',
    {
      schema: {
        tags: ['tokens'],
        summary: 'Make a token; it is shown once',
        body: TokenRequest,
        response: { 201: TokenMade, ...refused },
      },
    },
    async (request, reply) => {
      const by = request.caller?.name ?? 'unknown';
      return reply.code(201).send(await makeToken(parts, { ...request.body, by }));
    },
  );

  server.delete(
    '/api/tokens/:id',
    {
      schema: {
        tags: ['tokens'],
        summary: 'End a token',
        params: z.object({ id: z.uuid() }),
        response: { 200: TokenEnded, ...refused },
      },
    },
    async (request) => {
      const { id } = request.params;
      const by = request.caller?.name ?? 'unknown';
      const revoked = await parts.store.write(async ({ db, journal }) => {
        const count = await revokeToken(db, id, parts.clock.now());
        const data = { named: id, count, by };
        if (count > 0) journal({ kind: 'token.revoked', subject: null, cycle: null, data });
        return count;
      });
      if (revoked === 0) throw new Failure('not-found', `There is no live token ${id}.`);
      return { revoked };
    },
  );
}
