/**
 * What went wrong, in words that do not change. `kind` alone says whether another try can help:
 * see `isRetryable`. Never decide by the message.
 */
export type FailureKind =
  | 'invalid-settings'
  | 'invalid-input'
  | 'unreadable'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'refused'
  | 'rate-limited'
  | 'spend-limit'
  | 'unavailable'
  | 'timeout'
  | 'broken-line'
  | 'bad-answer'
  | 'store-unavailable'
  | 'lease-lost'
  | 'not-configured'
  | 'denied'
  | 'internal';

const RETRYABLE: ReadonlySet<FailureKind> = new Set([
  'rate-limited',
  'unavailable',
  'timeout',
  'broken-line',
  'bad-answer',
  'store-unavailable',
]);

export interface FailureDetails {
  readonly cause?: unknown;
  /** Milliseconds the other side asked us to wait (`Retry-After`). */
  readonly retryAfterMs?: number;
  /** What the reader can do about it. */
  readonly fix?: string;
}

/** The one error class of the program: a stable `kind`, a cause, and a message for people. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly retryAfterMs: number | undefined;
  readonly fix: string | undefined;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Failure';
    this.kind = kind;
    this.retryAfterMs = details.retryAfterMs;
    this.fix = details.fix;
  }
}

/** Whether the same call may succeed later without anybody changing anything. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Failure && RETRYABLE.has(error.kind);
}

/** Any thrown value as a `Failure`; what is not one already becomes `internal`. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('internal', message, { cause: error });
}
