import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { changingRoutes } from './api.ts';
import { approvalRoutes } from './approvals.ts';
import { apiGuard } from './auth.ts';
import { directiveRoutes } from './directives.ts';
import { judgementRoutes } from './judgement.ts';
import { lookingRoutes } from './lists.ts';
import { refuseChanges, withoutChanges } from './looking.ts';
import { mcpRoutes, refuseForeignNames } from './mcp.ts';
import { publicRoutes } from './pages.ts';
import type { HttpParts } from './parts.ts';
import { problemsFor, refuseBytes, sendProblem } from './problems.ts';
import { openRouteBook } from './roles.ts';
import { serviceRoutes } from './services.ts';
import { streamRoute } from './stream.ts';
import { watchRoutes } from './watch.ts';
import { webhookRoutes } from './webhooks.ts';
import type { ReceiptCounts } from './webhooks.ts';

export type { Dependency, HttpParts } from './parts.ts';

// A slow request is noticed at the next check, so the two together are the ten seconds that one may take.
const REQUEST_MS = 8000;
const CHECK_MS = 2000;
// Longer than proxies keep their idle connections, so that it is they who close them.
const KEEP_ALIVE_MS = 65_000;
const LAST_ANSWERS_MS = 3000;
const BODY_LIMIT = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

const REQUEST_LIMITS = {
  headersTimeout: REQUEST_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
  connectionsCheckingInterval: CHECK_MS,
};

/** What a connection may take, for every listener of these routes. */
export const CONNECTION_LIMITS = {
  ...REQUEST_LIMITS,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
};

// Nothing from outside; plain http inside a network must keep working, so nothing is upgraded to https.
const SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** Builds the server with every route; the caller listens. Throws for a route without a line in the table of roles. */
export async function createServer(parts: HttpParts): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    http: REQUEST_LIMITS,
    logger: false,
    trustProxy: trusted(parts),
    clientErrorHandler: refuseBytes,
    frameworkErrors: (error, request, reply) => {
      const { statusCode = 400, message } = error;
      sendProblem(request, reply, { status: statusCode, kind: 'invalid-input', detail: message });
    },
  });
  endInTime(server);
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  problemsFor(server, parts.log, openRouteBook(server));
  await server.register(swagger, documentOf(parts));
  const receipts: ReceiptCounts = new Map();
  if (parts.faces?.webhooks !== false) await server.register(webhookRoutes(parts, receipts));
  await server.register(async (inner) => {
    await everythingElse(inner, parts, receipts);
  });
  await server.ready();
  return server;
}

/** Whoever may name the address of a client could be any client: nobody may, unless the settings say who. */
function trusted({ trustProxy }: HttpParts): string[] | ((from: string, hop: number) => boolean) {
  if (typeof trustProxy === 'number') return (_from, hop) => hop < trustProxy;
  return [...(trustProxy ?? [])];
}

/** Requests under way get their answer; who sends nothing or slowly must not hold up the end of the program. */
function endInTime(server: FastifyInstance): void {
  server.addHook('preClose', (done) => {
    setTimeout(() => server.server.closeAllConnections(), LAST_ANSWERS_MS).unref();
    done();
  });
}

function documentOf(parts: HttpParts): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'pm-agent',
        version: parts.version,
        description:
          'Everything under /api, /services and /mcp needs a bearer token. Errors are RFC 9457 documents.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: parts.faces?.api === 'looking' ? withoutChanges : jsonSchemaTransform,
  };
}

/** All but the webhooks, whose way stays free of hooks. */
async function everythingElse(
  server: FastifyInstance,
  parts: HttpParts,
  receipts: ReceiptCounts,
): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: SECURITY_POLICY,
    // Whoever ends TLS before us decides this for the whole host.
    strictTransportSecurity: false,
  });
  server.addHook('onResponse', (request, reply, done) => {
    // The pattern of the route and not the path: paths hold ids.
    parts.figures?.answered(request.routeOptions.url ?? 'none', reply.statusCode);
    done();
  });
  publicRoutes(server, parts, receipts);
  if (parts.faces?.docs !== false) {
    await server.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { validatorUrl: null, tryItOutEnabled: false },
    });
  }
  server.decorateRequest('caller', null);
  await guarded(server, parts);
}

/** What needs a token; tries are counted over all of it together. */
async function guarded(server: FastifyInstance, parts: HttpParts): Promise<void> {
  const guard = apiGuard(parts);
  const { faces, services, mcp } = parts;
  if (faces?.api !== 'none') await server.register(apiRoutes(parts, guard));
  if (services !== undefined) {
    await server.register((inner, _options, done) => {
      inner.addHook('onRequest', guard);
      serviceRoutes(inner, services);
      done();
    });
  }
  if (mcp === undefined) return;
  await server.register((inner, _options, done) => {
    inner.addHook('onRequest', refuseForeignNames(mcp.hosts));
    inner.addHook('onRequest', guard);
    mcpRoutes(inner, mcp);
    done();
  });
}

function apiRoutes(parts: HttpParts, guard: ReturnType<typeof apiGuard>) {
  return (api: FastifyInstance, _options: unknown, done: () => void): void => {
    api.addHook('onRequest', guard);
    if (parts.faces?.api === 'looking') api.addHook('onRequest', refuseChanges);
    lookingRoutes(api, parts);
    watchRoutes(api, parts);
    changingRoutes(api, parts);
    approvalRoutes(api, parts);
    judgementRoutes(api, parts);
    directiveRoutes(api, parts);
    streamRoute(api, parts);
    done();
  };
}
