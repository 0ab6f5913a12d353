import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../domain/failure.ts';
import { tokenHash } from '../lib/token.ts';
import { tokenByHash } from '../store/tokens.ts';
import type { HttpParts } from './parts.ts';
import { minimumRole } from './roles.ts';
import type { Role } from './roles.ts';
import { Throttle } from './throttle.ts';

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
}

const RANK: Readonly<Record<Role, number>> = { viewer: 1, approver: 2, admin: 3 };
const BEARER = /^Bearer (?<token>\S{1,500})$/i;
const LOOKING: ReadonlySet<string> = new Set(['GET', 'HEAD']);

// The content types that a page of another site can send without asking: a form, or `fetch` with `no-cors`.
const FORM_TYPES = /^\s*(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;

/** Whether this caller may answer what waits for a person. */
export function mayDecide({ role }: Caller): boolean {
  return RANK[role] >= RANK.approver;
}

function isRole(role: string): role is Role {
  return Object.hasOwn(RANK, role);
}

function sameSecret(given: string, wanted: string): boolean {
  return timingSafeEqual(Buffer.from(tokenHash(given)), Buffer.from(tokenHash(wanted)));
}

function tokenOf(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.groups?.['token'];
}

/** Who a request speaks for by its token, now; null when nobody. */
export async function callerOf(parts: HttpParts, request: FastifyRequest): Promise<Caller | null> {
  const token = tokenOf(request);
  if (token === undefined) return null;
  if (parts.adminToken !== null && sameSecret(token, parts.adminToken)) {
    return { name: 'environment', role: 'admin' };
  }
  const found = await tokenByHash(parts.store.db, tokenHash(token));
  if (found === undefined || !isRole(found.role)) return null;
  return { name: found.name, role: found.role };
}

/** A changing request that a page of another site could have sent is refused, whatever token it carries. */
function refuseForged(request: FastifyRequest): void {
  if (LOOKING.has(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  const foreign = site === 'cross-site' || site === 'same-site';
  if (!foreign && !FORM_TYPES.test(request.headers['content-type'] ?? '')) return;
  throw new Failure('forbidden', 'This looks like a form of another page.', {
    fix: 'Send content-type: application/json from your own program.',
  });
}

function refuseTries(throttle: Throttle, address: string, now: number): void {
  const wait = throttle.wait(address, now);
  if (wait === 0) return;
  const told = 'Too many wrong tokens came from this address.';
  throw new Failure('rate-limited', told, { retryAfterMs: wait });
}

/** The guard of everything under `/api`: a bearer token whose role the table of roles asks for. */
export function apiGuard(parts: HttpParts) {
  const throttle = new Throttle();
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    refuseForged(request);
    const now = parts.clock.now();
    refuseTries(throttle, request.ip, now);
    const caller = await callerOf(parts, request);
    if (caller === null) {
      // Asked again: many tries at once all came past the first look.
      refuseTries(throttle, request.ip, now);
      // A request without any token guesses nothing.
      if (tokenOf(request) !== undefined) throttle.failed(request.ip, now);
      void reply.header('www-authenticate', 'Bearer');
      throw new Failure('unauthorized', 'Send `Authorization: Bearer <token>` with a live token.');
    }
    const needed = minimumRole(request.method, request.routeOptions.url ?? '');
    if (needed === null || RANK[caller.role] < RANK[needed]) {
      throw new Failure('forbidden', `This needs a token with the role ${needed ?? 'of nobody'}.`);
    }
    request.caller = caller;
  };
}
