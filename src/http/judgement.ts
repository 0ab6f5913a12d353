import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { pause, resume } from '../actions/pause.ts';
import { POLICY } from '../actions/policy/judge.ts';
import { iso } from '../lib/clock.ts';
import { refused } from './answers.ts';
import { PauseRequest, Paused, PolicyRules, Resumed } from './contract-judgement.ts';
import type { HttpParts } from './parts.ts';

const MINUTE_MS = 60_000;
// A pause without an end lasts until somebody resumes; a number keeps the comparison simple.
const FOR_EVER = Date.parse('9999-12-31T00:00:00.000Z');

/** Stopping and resuming what goes out, and the rules by which it is judged. */
export function judgementRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();

  server.post(
    '/api/pause',
    {
      schema: {
        tags: ['act'],
        summary: 'Stop everything that goes out; listening goes on',
        body: PauseRequest,
        response: { 200: Paused, ...refused },
      },
    },
    async (request) => {
      const { minutes } = request.body;
      const now = parts.clock.now();
      const until = minutes === undefined ? FOR_EVER : now + minutes * MINUTE_MS;
      await pause(parts, { until, by: request.caller?.name ?? 'unknown' });
      return { until: iso(until) };
    },
  );

  server.post(
    '/api/resume',
    {
      schema: {
        tags: ['act'],
        summary: 'Let things go out again; what waited is judged now',
        response: { 200: Resumed, ...refused },
      },
    },
    async (request) => {
      const resumed = await resume(parts, request.caller?.name ?? 'unknown');
      parts.judgement.lookAtDeferred();
      return resumed;
    },
  );

  server.get(
    '/api/policy',
    {
      schema: {
        tags: ['look'],
        summary: 'The rules of policy in order',
        response: { 200: PolicyRules, ...refused },
      },
    },
    () => ({ items: POLICY.map(({ name, summary }) => ({ name, summary })) }),
  );
}
