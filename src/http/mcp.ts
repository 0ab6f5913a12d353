import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { refused } from './answers.ts';
import type { McpFace } from './parts.ts';
import { askerOf } from './services.ts';

// What every machine calls itself.
const OWN_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** The host of an address without its port; null where it is none. */
function hostIn(address: string): string | null {
  return URL.canParse(address) ? new URL(address).hostname : null;
}

/**
 * A page of a browser that was led to this address under another name is refused before anything else: the names that
 * lead here are known. A program that is no browser names no origin.
 */
export function refuseForeignNames(names: readonly string[]) {
  const known = new Set([...OWN_NAMES, ...names.map((name) => name.toLowerCase())]);
  const isKnown = (host: string | null) => host !== null && known.has(host);
  return (request: FastifyRequest, _reply: unknown, done: () => void): void => {
    const { host = '', origin } = request.headers;
    if (!isKnown(hostIn(`http://${host}`))) {
      const fix = 'Name it in PM_AGENT_MCP_HOSTS.';
      throw new Failure('forbidden', 'The header host names nobody of us.', { fix });
    }
    if (origin !== undefined && !isKnown(hostIn(origin))) {
      throw new Failure('forbidden', 'The header origin names a page that is not ours.');
    }
    done();
  };
}

/** One MCP server for each system, over Streamable HTTP without sessions. */
export function mcpRoutes(plain: FastifyInstance, face: McpFace): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  for (const system of face.systems) {
    server.post(
      `/mcp/${system}`,
      {
        schema: {
          tags: ['mcp'],
          summary: `The MCP server of ${system}`,
          description: 'Streamable HTTP: a JSON-RPC message in, JSON or a stream of events out.',
          body: z.unknown(),
          response: { 200: z.unknown(), ...refused },
        },
      },
      async (request, reply) => {
        reply.hijack();
        await face.handle(system, {
          asker: askerOf(request),
          request: request.raw,
          response: reply.raw,
          body: request.body,
        });
      },
    );
  }
}
