import { Failure } from '../domain/failure.ts';

/** Result codes of SQLite after which the same work may succeed later: what stands in the way is not the work. */
const PASSING: ReadonlyMap<number, string> = new Map([
  [5, 'another process writes to the store'],
  [6, 'another process writes to the store'],
  [7, 'there is no memory left for the store'],
  [8, 'the store cannot be written to'],
  [10, 'the disk failed under the store'],
  [13, 'the disk is full'],
  [14, 'the store cannot be opened'],
  [15, 'another process writes to the store'],
]);
const BUSY: ReadonlySet<number> = new Set([5, 6, 15]);

function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  // The low byte is the result; what stands above it tells more than is needed here.
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

/** What an error of SQLite means to us: `store-unavailable` when it passes. A fault of a query comes back as it is. */
export function sqliteFailure(error: unknown): unknown {
  const told = PASSING.get(codeOf(error) ?? 0);
  return told === undefined ? error : new Failure('store-unavailable', told, { cause: error });
}

/** Whether SQLite itself says that somebody else holds the file. */
export const isLocked = (error: unknown): boolean => BUSY.has(codeOf(error) ?? 0);

/** Whether only another process stood in the way, which may be over in a moment. */
export function isBusy(error: unknown): boolean {
  return error instanceof Failure && BUSY.has(codeOf(error.cause) ?? 0);
}
