import { Client, DatabaseError } from 'pg';
import { Failure } from '../domain/failure.ts';

/** One query on its way. */
interface Query {
  /** The server process that works it; null while it is not known. */
  readonly backend: number | null;
}

/** Gives up queries that nobody works any more, so that a dead connection costs seconds and not its full time-out. */
export interface Silence {
  /** The answer, or `store-unavailable` when the server is gone or knows nothing of the query. */
  readonly watch: <T>(query: Query, answer: Promise<T>) => Promise<T>;
  /** When a query was last given up, on the clock of `performance`; what was made before that is not to be trusted. */
  readonly lostAt: () => number;
}

interface Watched extends Query {
  readonly since: number;
  missed: number;
  readonly giveUp: (error: Failure) => void;
}

/** A query may be quiet for so long before anybody wonders. */
const QUIET_MS = 1_000;
const PULSE_MS = 1_500;
// Its answer may just be on the way: once is no proof.
const MISSES = 2;

/**
 * Packets that are swallowed raise no error, and a connection cannot be asked while a query is on it. So a second one is
 * made: if nobody answers there, the line is dead; otherwise the server says whether it still works the query. A query
 * that really takes long, or waits for a lock, is left alone. Nothing runs while answers come.
 */
export function silenceOf(url: string): Silence {
  const under = new Set<Watched>();
  let timer: NodeJS.Timeout | null = null;
  let lostAt = -Infinity;
  const wait = (): void => {
    timer ??= setTimeout(() => void look(), QUIET_MS).unref();
  };
  const look = async (): Promise<void> => {
    const quiet = [...under].filter(({ since }) => performance.now() - since >= QUIET_MS);
    const isLost = quiet.length > 0 && judge(quiet, await pulse(url, quiet));
    if (isLost) lostAt = performance.now();
    timer = null;
    if (under.size > 0) wait();
  };
  return {
    lostAt: () => lostAt,
    watch: async (query, answer) => {
      const given = Promise.withResolvers<never>();
      const one = { ...query, since: performance.now(), missed: 0, giveUp: given.reject };
      under.add(one);
      wait();
      // Whichever comes later is heard by nobody.
      answer.catch(() => undefined);
      try {
        return await Promise.race([answer, given.promise]);
      } finally {
        under.delete(one);
      }
    },
  };
}

/** Whether any was given up. */
function judge(quiet: readonly Watched[], working: ReadonlySet<number> | null): boolean {
  let isLost = false;
  for (const one of quiet) {
    const works = one.backend !== null && working?.has(one.backend) === true;
    one.missed = works ? 0 : one.missed + 1;
    const told = working === null ? 'nobody answers' : 'the answer to a query is lost';
    if (working !== null && one.missed < MISSES) continue;
    isLost = true;
    one.giveUp(new Failure('store-unavailable', `the database is not there: ${told}`));
  }
  return isLost;
}

/** Which of these queries the server works now; null when it does not answer. */
async function pulse(url: string, quiet: readonly Query[]): Promise<ReadonlySet<number> | null> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PULSE_MS,
    query_timeout: PULSE_MS,
    application_name: 'pm-agent pulse',
  });
  client.on('error', () => undefined);
  const backends = quiet.flatMap(({ backend }) => (backend === null ? [] : [backend]));
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where pid = any($1::int[]) and state <> 'idle'
       and state not like 'idle in transaction%'`,
      [backends],
    );
    return new Set(rows.map(({ pid }) => pid));
  } catch (error) {
    // It answers, if only to say that it is full or starting: nothing is known of the queries then.
    return error instanceof DatabaseError ? new Set(backends) : null;
  } finally {
    client.end().catch(() => undefined);
  }
}
