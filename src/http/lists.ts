import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { listActions } from '../store/actions.ts';
import { listCycles } from '../store/cycles.ts';
import { deliveriesByIds, findDelivery, listDeliveries } from '../store/deliveries.ts';
import { listEvents } from '../store/events.ts';
import { listJournal } from '../store/journal.ts';
import { refused } from './answers.ts';
import {
  Actions,
  CycleTrace,
  Cycles,
  Deliveries,
  DeliveryDetail,
  Events,
  Journal,
  Status,
} from './contract.ts';
import {
  ActionsQuery,
  CyclesQuery,
  DeliveriesQuery,
  EventsQuery,
  JournalQuery,
  filterOf,
} from './list-query.ts';
import type { HttpParts } from './parts.ts';
import { statusOf } from './status.ts';
import { traceOf } from './trace.ts';

const LONGEST_BODY = 64 * 1024;
const HeadersText = z.record(z.string(), z.array(z.string()));
const tags = ['look'];
const Id = z.object({ id: z.string().max(100) });

/** What is said of a list: its filters, its page, its refusals. */
function listed<Query extends z.ZodType, Answer extends z.ZodType>(
  summary: string,
  querystring: Query,
  answer: Answer,
) {
  return { schema: { tags, summary, querystring, response: { 200: answer, ...refused } } };
}

/** The routes that only look. */
export function lookingRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  const { clock } = parts;
  const { db } = parts.store;

  server.get(
    '/api/deliveries',
    listed('Kept deliveries, newest first', DeliveriesQuery, Deliveries),
    (request) => listDeliveries(db, filterOf(request.query, clock)),
  );
  server.get('/api/events', listed('Events, newest first', EventsQuery, Events), (request) =>
    listEvents(db, filterOf(request.query, clock)),
  );
  server.get('/api/cycles', listed('Cycles, newest first', CyclesQuery, Cycles), (request) =>
    listCycles(db, filterOf(request.query, clock)),
  );
  server.get('/api/actions', listed('Actions, newest first', ActionsQuery, Actions), (request) =>
    listActions(db, filterOf(request.query, clock)),
  );
  server.get(
    '/api/journal',
    listed('The journal, newest first', JournalQuery, Journal),
    (request) => listJournal(db, filterOf(request.query, clock)),
  );
  statusRoute(plain, parts);
  cycleRoute(plain, parts);
  deliveryRoute(plain, parts);
}

function statusRoute(plain: FastifyInstance, parts: HttpParts): void {
  const summary = 'What runs, what waits, what was done';
  const schema = { tags, summary, response: { 200: Status, ...refused } };
  plain.withTypeProvider<ZodTypeProvider>().get('/api/status', { schema }, () => statusOf(parts));
}

function cycleRoute(plain: FastifyInstance, parts: HttpParts): void {
  const summary = 'The whole trace of a cycle';
  const schema = { tags, summary, params: Id, response: { 200: CycleTrace, ...refused } };
  plain
    .withTypeProvider<ZodTypeProvider>()
    .get('/api/cycles/:id', { schema }, (request) => traceOf(parts.store, request.params.id));
}

function deliveryRoute(plain: FastifyInstance, parts: HttpParts): void {
  plain.withTypeProvider<ZodTypeProvider>().get(
    '/api/deliveries/:id',
    {
      schema: {
        tags,
        summary: 'One delivery',
        params: Id,
        response: { 200: DeliveryDetail, ...refused },
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = await findDelivery(parts.store.db, id);
      const [item] = await deliveriesByIds(parts.store.db, [id]);
      if (item === undefined) throw new Failure('not-found', `There is no delivery ${id}.`);
      // It was kept long enough and removed.
      if (found === undefined) return { ...item, headers: {}, body: null, clipped: false };
      // A body may hold what only some of the team may read.
      const mayRead = request.caller !== null && request.caller.role !== 'viewer';
      const body = Buffer.from(found.body);
      return {
        ...item,
        headers: HeadersText.parse(JSON.parse(found.headers)),
        body: mayRead ? body.subarray(0, LONGEST_BODY).toString('utf8') : null,
        clipped: mayRead && body.length > LONGEST_BODY,
      };
    },
  );
}
