import { DatabaseError } from 'pg';
import { Failure } from '../domain/failure.ts';

/**
 * Classes of SQLSTATE after which the same work may succeed later: connection, serialization, transaction state,
 * resources, locks, operator's hand, the server's own system.
 */
const PASSING: ReadonlySet<string> = new Set(['08', '25', '40', '53', '55', '57', '58']);

/** Classes that somebody has to settle first: who may connect, and whether the database is there. */
const SETTINGS: ReadonlySet<string> = new Set(['28', '3D']);

/** The database ended the query, since it took too long: it is there, and the same query may be too long again. */
const TOO_LONG = '57014';

const DEADLOCK = '40P01';
const DISK_FULL = '53100';

/** Whether two writers waited for each other, and this one was chosen to begin again. */
export function isDeadlock(error: unknown): boolean {
  if (error instanceof Failure) return isDeadlock(error.cause);
  return error instanceof DatabaseError && error.code === DEADLOCK;
}

/**
 * What an error of the driver means to us: `store-unavailable` when it passes, `timeout` for a query that took too long,
 * `invalid-settings` when the database does not let us in. A fault of a query comes back as it is.
 */
export function postgresFailure(error: unknown): unknown {
  if (error instanceof Failure || error instanceof TypeError) return error;
  if (!(error instanceof DatabaseError)) return unavailable(error);
  if (error.code === TOO_LONG) {
    return new Failure('timeout', 'the database took too long for a query', { cause: error });
  }
  const group = error.code?.slice(0, 2) ?? '';
  if (error.code === DISK_FULL) {
    return unavailable(error, 'the database has no room left on its disk');
  }
  if (PASSING.has(group)) return unavailable(error);
  if (!SETTINGS.has(group)) return error;
  return new Failure('invalid-settings', 'the database does not let us in', {
    cause: error,
    fix: 'Check user, password and database name in DATABASE_URL; create the database if it is missing.',
  });
}

function unavailable(cause: unknown, told = 'the database is not there'): Failure {
  return new Failure('store-unavailable', told, { cause });
}
