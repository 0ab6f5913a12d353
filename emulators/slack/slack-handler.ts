import type { EmulatorReply, EmulatorRequest } from '../http/emulator-server.ts';
import { chatMethods } from './chat-methods.ts';
import { conversationMethods, missingScope } from './conversation-methods.ts';
import type { SlackCall, SlackLimits, SlackMethod } from './slack-call.ts';
import { SlackError } from './slack-error.ts';
import type { SlackToken } from './slack-state.ts';
import type { SlackWorld } from './slack-world.ts';
import { teamMethods } from './team-methods.ts';
import { viewMethods } from './view-methods.ts';

/** What a handler of Web API calls knows. */
export interface HandlerParts {
  readonly world: SlackWorld;
  readonly limits: SlackLimits;
  readonly indexLagMs: () => number;
  readonly openLine: () => string;
  readonly wrote: () => void;
  /** When each method was called, epoch milliseconds. */
  readonly calls: Map<string, number[]>;
}

const METHODS = new Map<string, SlackMethod>([
  ...conversationMethods,
  ...chatMethods,
  ...teamMethods,
  ...viewMethods,
]);
const MINUTE = 60_000;

/** Answers one call of the Web API: errors too at HTTP 200, too many calls at 429. */
export function handleSlack(parts: HandlerParts, request: EmulatorRequest): EmulatorReply {
  const date = parts.world.now().toUTCString();
  const name = request.path.startsWith('/api/') ? request.path.slice('/api/'.length) : '';
  const wait = waitFor(parts, name);
  if (wait > 0) {
    const headers = { date, 'retry-after': String(wait) };
    return { status: 429, headers, json: { ok: false, error: 'ratelimited' } };
  }
  const args = argsOf(request);
  const token = parts.world.state.tokens.get(tokenOf(request, args));
  const headers = { date, ...(token ? { 'x-oauth-scopes': [...token.scopes].join(',') } : {}) };
  try {
    return { status: 200, headers, json: { ok: true, ...answer(parts, { name, args, token }) } };
  } catch (error) {
    if (error instanceof SlackError) return { status: 200, headers, json: error.body };
    throw error;
  }
}

interface Asked {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly token: SlackToken | undefined;
}

function answer(parts: HandlerParts, { name, args, token }: Asked): object {
  const method = METHODS.get(name);
  if (!method) throw new SlackError('unknown_method', { req_method: name });
  if (!token) throw new SlackError('invalid_auth');
  const isRight = method.token === undefined ? token.kind !== 'app' : token.kind === method.token;
  if (!isRight) throw new SlackError('not_allowed_token_type');
  const { world, limits, openLine } = parts;
  const call: SlackCall = {
    world,
    token,
    limits,
    args,
    openLine,
    indexLagMs: parts.indexLagMs(),
  };
  const missing = method.scopes(call).find((scope) => !token.scopes.has(scope));
  if (missing !== undefined) throw missingScope(missing, token.scopes);
  const json = method.run(call);
  if (method.writes) parts.wrote();
  return json;
}

/** How many seconds a method is closed; 0 when it may be called. */
function waitFor({ calls, limits, world }: HandlerParts, name: string): number {
  const now = world.now().getTime();
  const recent = (calls.get(name) ?? []).filter((at) => at > now - MINUTE);
  const [first] = recent;
  if (first !== undefined && recent.length >= limits.perMinute) {
    return Math.ceil((first + MINUTE - now) / 1000);
  }
  calls.set(name, [...recent, now]);
  return 0;
}

function argsOf({ body, headers, query }: EmulatorRequest): Readonly<Record<string, unknown>> {
  const written = body.toString();
  if (headers['content-type']?.startsWith('application/json')) {
    const parsed: unknown = JSON.parse(written === '' ? '{}' : written);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  }
  return Object.fromEntries([...query.entries(), ...new URLSearchParams(written).entries()]);
}

function tokenOf({ headers }: EmulatorRequest, args: Readonly<Record<string, unknown>>): string {
  const [, bearer] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  return bearer ?? (typeof args['token'] === 'string' ? args['token'] : '');
}
