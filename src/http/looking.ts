import type { FastifyRequest } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { Failure } from '../domain/failure.ts';

const LOOKING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** The guard of a process that only shows. */
export function refuseChanges({ method }: FastifyRequest, _reply: unknown, done: () => void): void {
  if (!LOOKING.has(method)) {
    const fix = 'Ask a process of the part api.';
    throw new Failure('forbidden', 'This process shows, and changes nothing.', { fix });
  }
  done();
}

/** Describes routes as such a process serves them. */
export const withoutChanges: typeof jsonSchemaTransform = (given) => {
  const shown = jsonSchemaTransform(given);
  const isApi = given.url.startsWith('/api/');
  const looks = [given.route.method].flat().every((method) => LOOKING.has(method));
  return isApi && !looks ? { ...shown, schema: { ...shown.schema, hide: true } } : shown;
};
