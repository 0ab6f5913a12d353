import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Health, Readiness, ServiceInfo } from './contract.ts';
import type { HttpParts } from './parts.ts';
import { sendProblem } from './problems.ts';
import { createReadiness } from './readiness.ts';
import type { ReceiptCounts } from './webhooks.ts';

function linksOf(parts: HttpParts): Record<string, string> {
  const { webhooks = true, api = 'all', docs = true } = parts.faces ?? {};
  const hooks = parts.connectors
    .filter((connector) => webhooks && connector.webhook !== undefined)
    .map(({ name }): [string, string] => [`webhook ${name}`, `/webhooks/${name}`]);
  const named = (face: string, systems: readonly string[] = []) =>
    systems.map((name): [string, string] => [`${face} ${name}`, `/${face}/${name}`]);
  return {
    ...(api === 'none' ? {} : { status: '/api/status' }),
    ...(docs ? { docs: '/docs' } : {}),
    openapi: '/openapi.json',
    health: '/health',
    ready: '/ready',
    metrics: '/metrics',
    ...Object.fromEntries([
      ...hooks,
      ...named('services', parts.services?.systems),
      ...named('mcp', parts.mcp?.systems),
    ]),
  };
}

const open = { tags: ['service'], security: [] };

/**
 * What no token guards is for the inside. Only the listener of our own TLS hands us such a socket; by the route, since a
 * path can be written in many ways.
 */
function insideOnly(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (!(request.raw.socket instanceof TLSSocket)) done();
  else sendProblem(request, reply, { status: 404, kind: 'not-found', detail: 'Ask inside.' });
}

/** The pages that need no token: they tell how the program is, and nothing of any project. */
export function publicRoutes(
  plain: FastifyInstance,
  parts: HttpParts,
  receipts: ReceiptCounts,
): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  const readiness = createReadiness(parts.dependencies, parts.clock);

  server.get(
    '/',
    { schema: { ...open, summary: 'What this is', response: { 200: ServiceInfo } } },
    () => ({ name: 'pm-agent' as const, version: parts.version, links: linksOf(parts) }),
  );
  server.get(
    '/health',
    { schema: { ...open, summary: 'Whether the process lives', response: { 200: Health } } },
    () => ({
      status: 'ok' as const,
      version: parts.version,
      uptimeSeconds: Math.max(0, (parts.clock.now() - parts.startedAt) / 1000),
    }),
  );
  server.get(
    '/ready',
    {
      onRequest: insideOnly,
      schema: {
        ...open,
        summary: 'Whether it can work: every dependency is asked',
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const answer = await readiness();
      return reply.code(answer.ready ? 200 : 503).send(answer);
    },
  );
  metricsRoute(plain, parts, receipts);
  plain.get(
    '/openapi.json',
    { schema: { ...open, summary: 'This description', response: { 200: AnyDocument } } },
    () => plain.swagger(),
  );
}

const AnyDocument = z.record(z.string(), z.unknown());

function metricsRoute(plain: FastifyInstance, parts: HttpParts, receipts: ReceiptCounts): void {
  // The client library costs memory: it is loaded by the first scrape.
  const load = async () => {
    const { createMetrics } = await import('./metrics.ts');
    return createMetrics(parts, receipts);
  };
  let loaded: ReturnType<typeof load> | null = null;
  const text = {
    description: 'Prometheus text.',
    content: { 'text/plain': { schema: z.string() } },
  };
  plain.get(
    '/metrics',
    {
      onRequest: insideOnly,
      schema: { ...open, summary: 'Counts for Prometheus', response: { 200: text } },
    },
    async (_request, reply) => {
      loaded ??= load();
      const metrics = await (await loaded)();
      return reply.header('content-type', metrics.type).send(metrics.text);
    },
  );
}
