import type { FailureKind } from '../../domain/failure.ts';
import { Failure } from '../../domain/failure.ts';

/** What Slack's words for an error mean (contract section 2). Any other word is a refusal. */
const KINDS: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ...of('rate-limited', ['ratelimited', 'rate_limited', 'message_limit_exceeded']),
  ...of('unauthorized', [
    'invalid_auth',
    'not_authed',
    'token_revoked',
    'account_inactive',
    'token_expired',
  ]),
  ...of('forbidden', [
    'missing_scope',
    'not_in_channel',
    'restricted_action',
    'not_allowed_token_type',
    'no_permission',
    'cant_update_message',
    'access_denied',
  ]),
  ...of('not-found', [
    'channel_not_found',
    'user_not_found',
    'users_not_found',
    'thread_not_found',
    'message_not_found',
  ]),
  ...of('unavailable', [
    'fatal_error',
    'internal_error',
    'service_unavailable',
    'request_timeout',
    'team_added_to_org',
  ]),
  // A page token and the trigger of a press live for a while only: whoever holds one begins again.
  ...of('gone', ['invalid_cursor', 'expired_trigger_id', 'exchanged_trigger_id']),
]);

function of(kind: FailureKind, codes: readonly string[]): [string, FailureKind][] {
  return codes.map((code) => [code, kind]);
}

/** What came with `ok: false`. */
export interface SlackError {
  readonly method: string;
  readonly code: unknown;
  /** The scope that is missing, as Slack names it. */
  readonly needed?: unknown;
  readonly retryAfterMs?: number | undefined;
}

/** The failure behind an answer with `ok: false`; only words of Slack's own kind are repeated. */
export function slackFailure(error: SlackError): Failure {
  const code = wordOf(error.code) ?? 'an unknown error';
  const kind = KINDS.get(code) ?? 'refused';
  const fix = fixOf(kind, code, wordOf(error.needed));
  return new Failure(kind, `${error.method} answered ${code}.`, {
    ...(kind === 'rate-limited' ? { retryAfterMs: error.retryAfterMs ?? 30_000 } : {}),
    ...(fix === null ? {} : { fix }),
  });
}

function fixOf(kind: FailureKind, code: string, needed: string | null): string | null {
  if (code === 'missing_scope') {
    const scope = needed ?? 'that the manifest names';
    return `Add the scope ${scope} to the app and install it again.`;
  }
  if (code === 'not_in_channel' || code === 'channel_not_found') {
    return 'Invite the app to the channel.';
  }
  if (kind === 'unauthorized') return 'Check the token: it may have been revoked.';
  return kind === 'forbidden' ? 'Give the app the permission, or leave this to a person.' : null;
}

function wordOf(value: unknown): string | null {
  return typeof value === 'string' && /^[a-z0-9_:.,-]{1,100}$/i.test(value) ? value : null;
}
