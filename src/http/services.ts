import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Asker, ReadDesk } from '../actions/read-desk.ts';
import type { Operation } from '../domain/connector.ts';
import { refused } from './answers.ts';
import { mayDecide } from './auth.ts';
import { ServiceOperations } from './contract-services.ts';

const tags = ['services'];
const NOT_RUN = 'Not run here: changes are made by a plan or by a person.';
const AnyObject = z.record(z.string(), z.unknown());

const pathOf = (operation: Operation): string => `/services/${operation.name.replace('.', '/')}`;

/** Who asks, as far as an operation need know. */
export function askerOf({ caller }: FastifyRequest): Asker {
  return { name: caller?.name ?? '', mayDecide: caller !== null && mayDecide(caller) };
}

/** A route for each operation of each system, and one that lists them. */
export function serviceRoutes(plain: FastifyInstance, desk: ReadDesk): void {
  for (const system of desk.systems) {
    listRoute(plain, desk, system);
    for (const operation of desk.operations(system)) operationRoute(plain, desk, operation);
  }
}

function listRoute(plain: FastifyInstance, desk: ReadDesk, system: string): void {
  plain.withTypeProvider<ZodTypeProvider>().get(
    `/services/${system}`,
    {
      schema: {
        tags,
        summary: `What can be asked of ${system}`,
        response: { 200: ServiceOperations, ...refused },
      },
    },
    (request) => ({
      connector: system,
      operations: desk.offered(system, askerOf(request)).map(({ operation, refusal }) => ({
        name: operation.name,
        summary: operation.summary,
        effect: operation.effect,
        runs: refusal === null,
        why: refusal,
        path: pathOf(operation),
        input: AnyObject.parse(
          z.toJSONSchema(operation.input, { unrepresentable: 'any', io: 'input' }),
        ),
      })),
    }),
  );
}

function operationRoute(plain: FastifyInstance, desk: ReadDesk, operation: Operation): void {
  const { summary } = operation;
  plain.post(
    pathOf(operation),
    {
      schema:
        operation.effect === 'read'
          ? {
              tags,
              summary,
              body: operation.input,
              response: { 200: operation.output, ...refused },
            }
          : // It has a route, so that whoever tries it hears why not.
            { tags, summary, description: NOT_RUN, response: refused },
      // What comes from the desk has the shape of the operation already.
      serializerCompiler: () => (found) => JSON.stringify(found),
    },
    async (request) => await desk.run(operation, { input: request.body, asker: askerOf(request) }),
  );
}
