import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { Failure } from '../domain/failure.ts';
import type { FailureKind } from '../domain/failure.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { Problem } from './contract.ts';
import type { RouteBook } from './roles.ts';

/** The one table from a kind of failure to a status. What is not in it is ours: 500, and nothing is told. */
const STATUS: Readonly<Partial<Record<FailureKind, number>>> = {
  'invalid-input': 400,
  unreadable: 400,
  unauthorized: 401,
  forbidden: 403,
  denied: 403,
  'not-found': 404,
  conflict: 409,
  'lease-lost': 409,
  gone: 410,
  'too-large': 413,
  'rate-limited': 429,
  'store-unavailable': 503,
  unavailable: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request does not fit',
  401: 'A valid token is needed',
  403: 'This may not be done',
  404: 'There is no such thing',
  405: 'The method is not allowed here',
  408: 'The request took too long',
  409: 'It does not fit the present state',
  413: 'The body is too large',
  415: 'The content type is not accepted',
  429: 'Too many tries',
  431: 'The headers are too large',
  500: 'Something went wrong inside',
  503: 'Not available now',
};

const KINDS: Readonly<Record<number, string>> = {
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'timeout',
  413: 'too-large',
  415: 'unsupported-media-type',
  431: 'too-large',
};

const FIXES: Readonly<Record<string, string>> = {
  since: 'Give an ISO 8601 instant or a duration such as 24h or 7d.',
  limit: 'Give a number from 1 to 200.',
  cursor: 'Give the `next` of an earlier page, or leave it out.',
  subject: 'Give system:kind:id, e.g. jira:issue:ECD-12.',
  delivery: 'Give the id of a delivery; GET /api/deliveries lists them.',
  role: 'Give viewer, approver or admin.',
  name: 'Give 1 to 100 characters.',
  after: 'Give the number of a journal entry.',
  'last-event-id': 'Give the number of a journal entry.',
};

const RETRY_SECONDS = '5';

/** What a problem says; the title follows from the status. */
export interface Told {
  readonly status: number;
  readonly kind: string;
  readonly detail: string;
  readonly errors?: Problem['errors'];
}

/** The document of a problem; `instance` is the path it happened at. */
export function problemOf(told: Told, instance: string): Problem {
  return {
    type: `urn:pm-agent:problem:${told.kind}`,
    title: TITLES[told.status] ?? 'The request failed',
    status: told.status,
    detail: told.detail,
    kind: told.kind,
    instance,
    ...(told.errors === undefined ? {} : { errors: told.errors }),
  };
}

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0] ?? '/';

/** Answers with a problem document. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  told: Told,
): FastifyReply {
  // Serialised here: a problem is not one of the declared answers of a route.
  return reply
    .code(told.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemOf(told, pathOf(request))));
}

interface Refusal extends Told {
  readonly retryAfterMs?: number | undefined;
}

const statusOf = (error: unknown): number => (error as Partial<FastifyError>).statusCode ?? 500;

function isStoreError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function ofFailure(error: Failure, status: number): Refusal {
  const { kind, message, fix, retryAfterMs } = error;
  return { status, kind, detail: fix === undefined ? message : `${message} ${fix}`, retryAfterMs };
}

function toldOf(error: unknown, log: Logger): Refusal {
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error.validation);
  const mapped = error instanceof Failure ? STATUS[error.kind] : undefined;
  if (error instanceof Failure && mapped !== undefined) return ofFailure(error, mapped);
  const status = statusOf(error);
  if (status < 500) {
    const detail = error instanceof Error ? error.message : 'The request cannot be read.';
    return { status, kind: KINDS[status] ?? 'invalid-input', detail };
  }
  const id = newId();
  log.error({ err: error, problem: id }, 'a request failed');
  if (isStoreError(error)) {
    return { status: 503, kind: 'store-unavailable', detail: `The store is away (${id}).` };
  }
  return { status: 500, kind: 'internal', detail: `It was logged as ${id}.` };
}

interface Issue {
  readonly instancePath: string;
  readonly message?: string;
  readonly params: object;
}

function fieldsOf(issue: Issue): string[] {
  if ('keys' in issue.params && Array.isArray(issue.params.keys)) {
    return issue.params.keys.map(String);
  }
  return [issue.instancePath.replace(/^\//, '').replaceAll('/', '.') || 'body'];
}

function invalid(issues: readonly Issue[]): Told {
  const errors = issues.flatMap((issue) =>
    fieldsOf(issue).map((field) => {
      const unknown = 'keys' in issue.params;
      const problem = issue.message ?? 'It does not fit.';
      const fix = unknown ? 'Leave it out.' : (FIXES[field] ?? problem);
      return { field, problem, fix };
    }),
  );
  const detail = errors.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
  return { status: 400, kind: 'invalid-input', detail, errors };
}

/** Every error of every route becomes a problem document; nothing of the inside is shown. */
export function problemsFor(server: FastifyInstance, log: Logger, book: RouteBook): void {
  server.setErrorHandler((error, request, reply) => {
    const told = toldOf(error, log);
    if (told.retryAfterMs !== undefined) {
      void reply.header('retry-after', Math.ceil(told.retryAfterMs / 1000));
    } else if (told.status === 503) void reply.header('retry-after', RETRY_SECONDS);
    return sendProblem(request, reply, told);
  });
  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const methods = book.methodsOf(path);
    const asked = `${request.method} ${path}`;
    if (methods.length === 0) {
      const detail = `${asked} does not exist here.`;
      return sendProblem(request, reply, { status: 404, kind: 'not-found', detail });
    }
    const allow = methods.join(', ');
    const detail = `${asked} is not offered, only ${allow}.`;
    const told = { status: 405, kind: 'method-not-allowed', detail };
    return sendProblem(request, reply.header('allow', allow), told);
  });
}

const BROKEN: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The answer to bytes that are no request: there is no route and no reply yet, only the socket. */
export function refuseBytes(error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const status = BROKEN[code] ?? 400;
  const told = { status, kind: KINDS[status] ?? 'invalid-input', detail: 'This is no request.' };
  const body = JSON.stringify(problemOf(told, '/'));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
