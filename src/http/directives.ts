import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { faultLine } from '../actions/directives/fault.ts';
import type { DirectiveFault } from '../actions/directives/fault.ts';
import type { Applied, DirectivesInForce } from '../actions/directives/in-force.ts';
import { Failure } from '../domain/failure.ts';
import { refused } from './answers.ts';
import {
  DirectiveChange,
  DirectiveHistory,
  DirectiveReturn,
  Directives,
  DirectivesApplied,
} from './contract-directives.ts';
import type { HttpParts } from './parts.ts';
import { sendProblem } from './problems.ts';

// Quotes and line ends of a text take two bytes each in JSON.
const BODY_LIMIT = 1024 * 1024;

function deskOf(parts: HttpParts): DirectivesInForce {
  if (parts.directives !== undefined) return parts.directives;
  throw new Failure('not-found', 'No directives are kept here.');
}

function authorOf(request: FastifyRequest, by: string | undefined): string {
  const caller = request.caller?.name ?? 'unknown';
  return by === undefined || by === caller ? caller : `${by} (token ${caller})`;
}

function refuseFaults(
  request: FastifyRequest,
  reply: FastifyReply,
  faults: readonly DirectiveFault[],
): FastifyReply {
  const errors = faults.map(({ line, column, field, problem, fix }) => ({
    field,
    problem: `line ${line}, column ${column}: ${problem}`,
    fix,
  }));
  const detail = faults.map((fault) => faultLine('directives', fault)).join('\n');
  return sendProblem(request, reply, { status: 400, kind: 'invalid-input', detail, errors });
}

type Sound = Exclude<Applied, { readonly kind: 'faulty' }>;

function appliedOf(done: Sound, desk: DirectivesInForce): DirectivesApplied {
  if (done.kind === 'applied') return { changed: true, version: done.version, before: done.before };
  if (done.kind === 'unchanged') {
    return { changed: false, version: done.version, before: desk.current().version };
  }
  throw new Failure('not-found', 'This version was never in force here.');
}

/** The directives: what is in force, what was, and changes of it. */
export function directiveRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['directives'];

  server.get(
    '/api/directives',
    {
      schema: {
        tags,
        summary: 'The directives in force',
        response: { 200: Directives, ...refused },
      },
    },
    () => {
      const desk = deskOf(parts);
      return { version: desk.current().version, text: desk.text(), problem: desk.problem() };
    },
  );

  server.get(
    '/api/directives/history',
    {
      schema: {
        tags,
        summary: 'Every version that was in force, newest first',
        response: { 200: DirectiveHistory, ...refused },
      },
    },
    async () => {
      const rows = await deskOf(parts).history();
      return { items: rows.map((row, at) => ({ ...row, inForce: at === 0 })) };
    },
  );

  changes(plain, parts);
}

function changes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['directives'];

  server.post(
    '/api/directives',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        tags,
        summary: 'Put a text in force; one with a fault is refused',
        body: DirectiveChange,
        response: { 200: DirectivesApplied, ...refused },
      },
    },
    async (request, reply) => {
      const desk = deskOf(parts);
      const { text, note, by } = request.body;
      const done = await desk.apply(text, authorOf(request, by), note ?? null);
      if (done.kind === 'faulty') return refuseFaults(request, reply, done.faults);
      return appliedOf(done, desk);
    },
  );

  server.post(
    '/api/directives/revert',
    {
      schema: {
        tags,
        summary: 'Put an earlier version in force again',
        body: DirectiveReturn,
        response: { 200: DirectivesApplied, ...refused },
      },
    },
    async (request, reply) => {
      const desk = deskOf(parts);
      const { version, by } = request.body;
      const done = await desk.revert(version, authorOf(request, by));
      if (done.kind === 'faulty') return refuseFaults(request, reply, done.faults);
      return appliedOf(done, desk);
    },
  );
}
