import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { DecideParts } from '../actions/approvals/ballot.ts';
import { decide } from '../actions/approvals/decide.ts';
import type { Decider, Decision } from '../actions/approvals/decision.ts';
import { EXPIRED } from '../actions/approvals/end-approval.ts';
import { revokeGrant } from '../actions/approvals/grants.ts';
import { Failure } from '../domain/failure.ts';
import { findAction } from '../store/actions.ts';
import { findApproval, listApprovals } from '../store/approvals.ts';
import { listGrants } from '../store/standing-grants.ts';
import { refused } from './answers.ts';
import {
  ApprovalDetail,
  Approvals,
  ApprovalsQuery,
  DecisionMade,
  DecisionRequest,
  GrantRevoked,
  Grants,
} from './contract-approvals.ts';
import type { HttpParts } from './parts.ts';

const tags = ['approvals'];
const Named = z.object({ id: z.uuid() });
const MOST_GRANTS = 200;

/** What waits for a person, the answers to it, and what is allowed for a while. */
export function approvalRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();
  const { db } = parts.store;

  server.get(
    '/api/approvals',
    {
      schema: {
        tags,
        summary: 'What waits or waited for a person, newest first',
        querystring: ApprovalsQuery,
        response: { 200: Approvals, ...refused },
      },
    },
    async (request) => {
      const { state, ...rest } = request.query;
      return await listApprovals(db, { ...rest, status: state });
    },
  );

  server.get(
    '/api/approvals/:id',
    {
      schema: {
        tags,
        summary: 'One approval, with exactly what would be done',
        params: Named,
        response: { 200: ApprovalDetail, ...refused },
      },
    },
    async (request) => await detailOf(parts, request.params.id),
  );

  server.post(
    '/api/approvals/:id/decision',
    {
      schema: {
        tags,
        summary: 'Accept, edit and accept, or decline; the first answer wins',
        params: Named,
        body: DecisionRequest,
        response: { 200: DecisionMade, ...refused },
      },
    },
    async (request) => {
      const { as, via, ...answer } = request.body;
      const deciding = decidingOf(parts);
      const by = deciderOf(deciding, request, { as, via });
      return made(await decide(deciding, { ...answer, approval: request.params.id, by }));
    },
  );

  grantRoutes(plain, parts);
}

function grantRoutes(plain: FastifyInstance, parts: HttpParts): void {
  const server = plain.withTypeProvider<ZodTypeProvider>();

  server.get(
    '/api/grants',
    {
      schema: {
        tags,
        summary: 'What is allowed for a while, newest first',
        response: { 200: Grants, ...refused },
      },
    },
    async () => {
      const now = parts.clock.now();
      const grants = await listGrants(parts.store.db, MOST_GRANTS);
      const items = grants.map((one) => {
        return { ...one, active: one.revokedAt === null && Date.parse(one.until) > now };
      });
      return { items };
    },
  );

  server.delete(
    '/api/grants/:id',
    {
      schema: {
        tags,
        summary: 'Ask again from now on',
        params: Named,
        response: { 200: GrantRevoked, ...refused },
      },
    },
    async (request) => {
      const { id } = request.params;
      const given = { by: `token:${request.caller?.name ?? ''}`, now: parts.clock.now() };
      const ended = await parts.store.write((work) => revokeGrant(work, id, given));
      if (!ended) throw new Failure('not-found', `There is no grant ${id} that still holds.`);
      return { revoked: id };
    },
  );
}

async function detailOf(parts: HttpParts, id: string): Promise<ApprovalDetail> {
  const { db } = parts.store;
  const approval = await findApproval(db, id);
  if (approval === undefined) throw new Failure('not-found', `There is no approval ${id}.`);
  const action = await findAction(db, approval.action);
  return {
    ...approval,
    input: action?.input ?? {},
    actionState: action?.state ?? 'unknown',
    effectUrl: action?.effectUrl ?? null,
  };
}

function decidingOf({ deciding }: HttpParts): DecideParts {
  if (deciding !== undefined) return deciding;
  throw new Failure('unavailable', 'Nothing can be decided here.');
}

/** Who answers: the holder of the token, or the member that an admin token speaks for. */
function deciderOf(
  deciding: DecideParts,
  { caller }: FastifyRequest,
  { as, via }: { readonly as?: string | undefined; readonly via: 'http' | 'cli' },
): Decider {
  const token = caller?.name ?? '';
  const role = caller?.role ?? 'viewer';
  if (as === undefined) return { person: `token:${token}`, name: token, via, role, token };
  if (role !== 'admin') {
    throw new Failure('forbidden', 'Only an admin token may speak for somebody.');
  }
  const wanted = as.toLowerCase();
  const found = deciding.constitution().members.filter(({ id, name }) => {
    return [id, id.replace(/^member:/, ''), name.toLowerCase()].includes(wanted);
  });
  const [member] = found;
  if (member === undefined || found.length > 1) {
    const fix = 'Name a member of the directives by e-mail address or name.';
    throw new Failure('invalid-input', `The directives do not know exactly one ${as}.`, { fix });
  }
  return { person: member.id, name: member.name, via, role, token };
}

/** An answer that counted; every other becomes a problem. */
function made(decision: Decision): z.infer<typeof DecisionMade> {
  switch (decision.kind) {
    case 'accepted':
    case 'declined':
    case 'waiting-for-second':
      return { decision: decision.kind, approval: decision.approval };
    case 'already': {
      const { who, when, how } = decision;
      const by = who === null ? '' : ` by ${who}${when === null ? '' : ` at ${when}`}`;
      throw new Failure('conflict', `It is ${how} already${by}.`);
    }
    case 'expired':
      throw new Failure('gone', `It was open until ${decision.approval.expiresAt}: ${EXPIRED}.`);
    case 'not-allowed':
      throw new Failure('forbidden', decision.reason);
    case 'invalid-input':
      throw new Failure('invalid-input', decision.reason);
    case 'not-found':
      throw new Failure('not-found', 'There is no such approval.');
  }
}
