import type { FailureKind } from '../domain/failure.ts';
import { Failure } from '../domain/failure.ts';

const CLOSED: ReadonlySet<FailureKind> = new Set(['forbidden', 'not-found', 'gone', 'denied']);

/**
 * A part that the credentials may not read, or that the system does not have, is taken for `instead`. Any other failure is
 * thrown: half a picture that would be whole a minute later must not be judged.
 */
export async function unlessClosed<Value>(read: Promise<Value>, instead: Value): Promise<Value> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Failure && CLOSED.has(error.kind)) return instead;
    throw error;
  }
}
