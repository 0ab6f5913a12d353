import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../domain/failure.ts';
import { sha256 } from '../lib/digest.ts';
import type { RateLimit } from '../lib/rate-limit.ts';
import { tokenHash } from '../lib/token.ts';
import { tokenByHash } from '../store/tokens.ts';
import type { HttpParts } from './parts.ts';
import { minimumRole } from './roles.ts';
import type { Role } from './roles.ts';
import { wrongTokens } from './wrong-tokens.ts';
import type { Waiting } from './wrong-tokens.ts';

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

function refuseTries(waiting: Waiting): void {
  if (waiting === 0 || waiting === 'away') return;
  const told = 'Too many wrong tokens came from this address.';
  throw new Failure('rate-limited', told, { retryAfterMs: waiting });
}

const MOST_PROVEN = 1_000;
const AWAY_MS = 5_000;

/**
 * The tokens that opened something in this process. While nobody can tell how often an address has guessed, these alone
 * are let in: whatever else is sent could be a guess.
 */
function provenTokens() {
  const proven = new Set<string>();
  return {
    add: (token: string): void => {
      if (proven.size < MOST_PROVEN) proven.add(tokenHash(token));
    },
    require: (token: string): void => {
      if (proven.has(tokenHash(token))) return;
      const told = 'Redis is away, so wrong tokens cannot be counted: new ones must wait.';
      throw new Failure('unavailable', told, { retryAfterMs: AWAY_MS });
    },
  };
}

async function passOrRefuse(limit: RateLimit | null, token: string): Promise<void> {
  const passage = await limit?.take(sha256(tokenHash(token)).slice(0, 32));
  if (passage === undefined || passage.passes) return;
  throw new Failure('rate-limited', 'This token has asked too often.', {
    retryAfterMs: Math.max(1, passage.waitMs),
    fix: 'Ask less often (PM_AGENT_API_RATE is how often in a second).',
  });
}

/** The guard of everything under `/api`: a bearer token whose role the table of roles asks for. */
export function apiGuard(parts: HttpParts) {
  const tries = wrongTokens(parts.clock, parts.limits?.wrongTokens ?? null);
  const ofToken = parts.limits?.api ?? null;
  const proven = provenTokens();

  const authenticate = async (request: FastifyRequest): Promise<Caller | null> => {
    const token = tokenOf(request);
    // A request without any token guesses nothing.
    if (token === undefined) return null;
    const waiting = await tries.wait(request.ip);
    refuseTries(waiting);
    const caller = await callerOf(parts, request);
    if (waiting === 'away') proven.require(token);
    if (caller === null) {
      // Asked again: many tries at once all came past the first look.
      const afterwards = await tries.failed(request.ip);
      refuseTries(afterwards);
      if (afterwards === 'away') proven.require(token);
      return null;
    }
    proven.add(token);
    await passOrRefuse(ofToken, token);
    return caller;
  };

  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    refuseForged(request);
    const caller = await authenticate(request);
    if (caller === null) {
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
