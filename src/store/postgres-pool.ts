import { Socket } from 'node:net';
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { DatabaseError, Pool, types } from 'pg';
import type { PoolClient } from 'pg';
import { Failure } from '../domain/failure.ts';
import { postgresFailure } from './postgres-failure.ts';
import { silenceOf } from './postgres-silence.ts';
import type { Silence } from './postgres-silence.ts';
import { fromPostgresText, toPostgresText } from './postgres-text.ts';

export interface PoolSettings {
  readonly url: string;
  readonly most: number;
  /** After so long a statement is given up, here and in the database; 0 for never. */
  readonly statementMs: number;
  /** Called with the database's time whenever a connection is made. */
  readonly heard: (now: number) => void;
}

/** So long one waits for a connection: a sender must hear 503 within two seconds when the database is away. */
const CONNECT_MS = 1_500;
const IDLE_MS = 30_000;
const GOODBYE_MS = 1_000;
/** Longer than whoever holds the lock may stand idle, so that one stopped process does not fail the others. */
const LOCK_MS = 8_000;
const STANDING_MS = 6_000;

/** Settings without which "committed" would not mean "on the disk". Read back on every new connection. */
const DURABLE = { synchronous_commit: 'on', fsync: 'on', full_page_writes: 'on' } as const;

const { INT8, NUMERIC, TEXT, VARCHAR } = types.builtins;
type TypeOf = Parameters<typeof types.getTypeParser>;

function parserOf(...[type, format]: TypeOf): unknown {
  // Counts, sums and instants: all far below 2^53.
  if (type === INT8 || type === NUMERIC) return Number;
  if (type === TEXT || type === VARCHAR) return fromPostgresText;
  return types.getTypeParser(type, format);
}

// Truth is bound by the migrator alone, when it looks which tables there are.
const PLAIN: ReadonlySet<string> = new Set(['number', 'bigint', 'boolean']);

function bind(value: unknown): unknown {
  if (typeof value === 'string') return toPostgresText(value);
  if (value === null || value instanceof Uint8Array || PLAIN.has(typeof value)) return value;
  throw new Failure('internal', `a value of type ${typeof value} cannot be bound to a query`);
}

/** Connections that are checked before their first use; whatever fails on them comes as `Failure` where it passes. */
export function postgresPool(settings: PoolSettings): PostgresPool {
  const { url, most, statementMs } = settings;
  const sockets = new Set<Socket>();
  const pool = new Pool({
    stream: () => tracked(sockets),
    connectionString: url,
    max: most,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    application_name: 'pm-agent',
    types: { getTypeParser: parserOf },
    // The database gives up first; this is for one that does not answer at all.
    ...(statementMs === 0 ? {} : { query_timeout: statementMs + 1_000 }),
  });
  // A connection that breaks while nobody waits on it is replaced; whoever asks next hears of it, if it lasts.
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => void client.on('error', ignore));
  const silence = silenceOf(url);
  const known = new WeakMap<PoolClient, Known>();
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect().catch(rethrow);
    const found = known.get(client);
    if (found !== undefined && found.heardAt < silence.lostAt()) {
      // Made before a silence, it may be as dead as the one on which that was noticed.
      client.release(true);
      return await connect();
    }
    const one = found ?? (await prepare(client, { ...settings, silence }));
    known.set(client, one);
    return lend(client, { known: one, silence });
  };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const end = async (): Promise<void> => {
    // Where nobody is on the other side any more, a goodbye is waited for in vain, and would hold the process.
    const late = setTimeout(cut, GOODBYE_MS);
    await pool.end();
    clearTimeout(late);
    cut();
  };
  return { options: {}, end, connect };
}

function tracked(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

interface Known {
  readonly backend: number;
  /** When something last came over it, on the clock of `performance`. */
  heardAt: number;
}

function rethrow(error: unknown): never {
  throw postgresFailure(error);
}

interface Preparing extends PoolSettings {
  readonly silence: Silence;
}

async function prepare(client: PoolClient, settings: Preparing): Promise<Known> {
  const { silence, statementMs, heard } = settings;
  try {
    await silence.watch({ backend: null }, set(client, statementMs));
    const { now, backend } = await silence.watch({ backend: null }, assertDurable(client));
    heard(now);
    return { backend, heardAt: performance.now() };
  } catch (error) {
    client.release(true);
    throw postgresFailure(error);
  }
}

async function set(client: PoolClient, statementMs: number): Promise<void> {
  const wanted: Readonly<Record<string, string>> = {
    synchronous_commit: DURABLE.synchronous_commit,
    statement_timeout: String(statementMs),
    lock_timeout: String(LOCK_MS),
    idle_in_transaction_session_timeout: String(STANDING_MS),
    default_transaction_isolation: 'read committed',
  };
  const names = Object.keys(wanted);
  const calls = names.map((_, at) => `set_config($${2 * at + 1}, $${2 * at + 2}, false)`);
  await client.query(`select ${calls.join(', ')}`, Object.entries(wanted).flat());
}

interface Told {
  readonly name: string;
  readonly value: string;
  readonly now: number;
  readonly backend: number;
}

/** Resolves with the database's time and process. */
async function assertDurable(client: PoolClient): Promise<Pick<Told, 'now' | 'backend'>> {
  const { rows } = await client.query<Told>(
    `select name, current_setting(name) as value, pg_backend_pid() as backend,
       floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now
     from unnest($1::text[]) as name`,
    [[...Object.keys(DURABLE), 'server_encoding', 'transaction_read_only']],
  );
  const found = new Map(rows.map(({ name, value }) => [name, value]));
  // After a failover the old address may lead to a server that only reads.
  if (found.get('transaction_read_only') !== 'off') {
    throw new Failure('store-unavailable', 'the database takes no writes now');
  }
  for (const [name, wanted] of Object.entries({ ...DURABLE, server_encoding: 'UTF8' })) {
    if (found.get(name) === wanted) continue;
    throw new Failure('invalid-settings', `the database does not keep ${name}=${wanted}`, {
      fix: `Set ${name} to ${wanted} in the database's own settings.`,
    });
  }
  return rows[0] ?? { now: 0, backend: 0 };
}

interface Lent {
  readonly known: Known;
  readonly silence: Silence;
}

/** A connection as Kysely is handed it. After a break it is not used again, not even to roll back. */
function lend(client: PoolClient, { known, silence }: Lent): PostgresPoolClient {
  let isBroken = false;
  const run = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    if (isBroken) throw new Failure('store-unavailable', 'the connection to the database broke');
    try {
      const answer = await silence.watch(known, client.query(text, values.map(bind)));
      known.heardAt = performance.now();
      return answer;
    } catch (error) {
      const isFault = error instanceof Failure && error.kind !== 'store-unavailable';
      isBroken ||= !(error instanceof DatabaseError) && !isFault;
      throw postgresFailure(error);
    }
  };
  function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(text: unknown, values: readonly unknown[] = []): unknown {
    if (typeof text === 'string') return run(text, values);
    throw new TypeError('rows are read by pages, not by a cursor');
  }
  return { query, release: (destroy) => client.release(destroy === true || isBroken) };
}
