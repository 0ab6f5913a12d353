import type { Action } from '../domain/action.ts';
import type { Effect, Operation, OwnEffect, WriteCall } from '../domain/connector.ts';
import type { Failure, FailureKind } from '../domain/failure.ts';
import type { Mode } from '../domain/mode.ts';

// The target has understood and refused: sending the same again cannot help.
export const FINAL: ReadonlySet<FailureKind> = new Set([
  'refused',
  'unauthorized',
  'forbidden',
  'not-found',
  'gone',
  'too-large',
  'conflict',
  'denied',
  'not-configured',
]);

export type Find = (call: WriteCall) => Promise<Effect | null>;

/** The ways to one target, with the input of one action. */
export interface Writer {
  readonly run: (call: WriteCall) => Promise<Effect>;
  /** Absent where nothing can be read back. */
  readonly find: Find | null;
  /** Absent where a run sets a state. */
  readonly ours: ((since: number, call: WriteCall) => Promise<readonly OwnEffect[]>) | null;
}

/** What a look at the target said; `blind` is why it said nothing. */
export interface Look {
  readonly found: Effect | null;
  readonly blind: Failure | null;
}

export const UNASKED: Look = { found: null, blind: null };

/** Whoever says how long to wait is not asked anything before; the look comes with the next try. */
export function wantsSilence(failure: Failure): boolean {
  if (failure.kind === 'rate-limited') return true;
  return failure.retryAfterMs !== undefined && !FINAL.has(failure.kind);
}

interface Ways {
  readonly modeOf: (operation: string) => Mode;
  readonly operations: ReadonlyMap<string, Operation>;
}

/** Null when nothing may leave: simulation, or no write path. Asked at the door again, whatever was judged before. */
export function writerOf(action: Action, { modeOf, operations }: Ways): Writer | null {
  if (action.verdict?.answer !== 'allow') return null;
  if (modeOf(action.operation) === 'simulation') return null;
  const operation = operations.get(action.operation);
  if (operation === undefined || operation.effect === 'read') return null;
  const write = operation.write;
  if (write === undefined) return null;
  const input: unknown = operation.input.parse(action.input);
  const { run, find, ours } = write;
  return {
    run: (call) => run(input, call),
    find: find === undefined ? null : (call) => find(input, call),
    ours: ours === undefined ? null : (since, call) => ours(input, since, call),
  };
}
