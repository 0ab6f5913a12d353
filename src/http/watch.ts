import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Person } from '../domain/person.ts';
import { completeness, watchedSources } from '../insight/completeness.ts';
import type { SourceDay } from '../insight/completeness.ts';
import { listPolls } from '../store/polls.ts';
import { refused } from './answers.ts';
import { Completeness, People, PollRequest, Polls, PollsDue } from './contract.ts';
import type { Status } from './contract.ts';
import type { HttpParts } from './parts.ts';

/** The ledger of the last days, today among them. */
export async function ledgerOf(parts: HttpParts, days: number): Promise<SourceDay[]> {
  const { store, clock, watch, connectors } = parts;
  return await completeness(store.db, {
    now: clock.now(),
    days,
    sources: watchedSources(connectors),
    warnAt: watch.missedWarn,
  });
}

/** How each source is watched now, for the status. */
export async function watchedNow(parts: HttpParts): Promise<Pick<Status, 'lines' | 'polls'>> {
  const rows = await listPolls(parts.store.db, parts.clock.now());
  const groups = Map.groupBy(rows, (row) => row.source);
  const polls = [...groups].map(([source, scopes]) => {
    const failing = scopes.filter((scope) => scope.failures > 0);
    const succeeded = scopes.flatMap(({ succeeded: at }) => (at === null ? [] : [at]));
    return {
      source,
      scopes: scopes.length - 1,
      failing: failing.length,
      error: failing[0]?.error ?? null,
      succeeded: succeeded.sort().at(-1) ?? null,
      next: scopes.map(({ next }) => next).sort()[0] ?? null,
    };
  });
  return { polls, lines: [...parts.watch.lines()] };
}

function personOf({ id, name, zone, accounts }: Person): z.infer<typeof People>['items'][number] {
  const shown = accounts.map((one) => ({
    system: one.system,
    account: one.account,
    name: one.name,
    kind: one.kind,
    joinedBy: one.joinedBy,
  }));
  return { id, name, zone, accounts: shown };
}

/** How complete our picture is, what is polled, and whose accounts belong together. */
export function watchRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['watch'];

  server.get(
    '/api/completeness',
    {
      schema: {
        tags,
        summary: 'How the facts of each day reached us, and what push has missed',
        querystring: z.strictObject({ days: z.coerce.number().int().min(1).max(90).default(7) }),
        response: { 200: Completeness, ...refused },
      },
    },
    async (request) => ({
      warnAt: parts.watch.missedWarn,
      items: await ledgerOf(parts, request.query.days),
    }),
  );

  server.get(
    '/api/people',
    {
      schema: {
        tags,
        summary: 'People with their accounts in all systems',
        response: { 200: People, ...refused },
      },
    },
    () => ({ items: parts.watch.people().map(personOf) }),
  );

  pollRoutes(plain, parts);
}

function pollRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  const tags = ['watch'];

  server.get(
    '/api/polls',
    {
      schema: { tags, summary: 'Every scope that is polled', response: { 200: Polls, ...refused } },
    },
    async () => ({ items: await listPolls(parts.store.db, parts.clock.now()) }),
  );

  server.post(
    '/api/polls',
    {
      schema: {
        tags,
        summary: 'Poll now, once more from an instant on if one is given',
        body: PollRequest,
        response: { 202: PollsDue, ...refused },
      },
    },
    async (request, reply) => {
      const { source, since } = request.body;
      const from = since === undefined ? {} : { since: Date.parse(since) };
      const sources = await parts.watch.pollNow({ source: source ?? null, ...from });
      return reply.code(202).send({ sources: [...sources] });
    },
  );
}
