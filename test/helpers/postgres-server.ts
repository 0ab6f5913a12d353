import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort, until } from './process.ts';

/** A PostgreSQL of our own, with its own port and data: it may be ended as hard as one likes. */
export interface PostgresServer {
  /** Without a database, as `PM_AGENT_TEST_POSTGRES`. */
  readonly url: string;
  readonly port: number;
  /** As `pg_ctl stop -m immediate`: nothing is written out, and the next start has to recover. */
  readonly crash: () => Promise<void>;
  /** With these flags over its own settings. */
  readonly start: (flags?: readonly string[]) => Promise<void>;
  /** Ends it and removes its data. */
  readonly remove: () => Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql';
const isRoot = process.getuid?.() === 0;

/** The folder of the newest server programs on this machine; null when there are none. */
export function postgresPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions.sort((left, right) => Number(right) - Number(left));
  const folders = newest.map((version) => join(DEBIAN, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** Whether a test can start one of its own. Says so loudly when not; throws where nothing may be left out. */
export function canStartPostgres(): boolean {
  if (postgresPrograms() !== null) return true;
  const missing = `SKIPPED: there are no programs of PostgreSQL below ${DEBIAN}`;
  if (process.env['PM_AGENT_REQUIRE_SERVICES'] === '1') throw new Error(missing);
  console.warn(missing);
  return false;
}

/** The server refuses to run as root: then it is the account that its package has made. */
function account(): { readonly uid: number; readonly gid: number } | object {
  if (!isRoot) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']).toString());
  return { uid: id('-u'), gid: id('-g') };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (child === null || hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({
    connectionString: `${url}/postgres`,
    connectionTimeoutMillis: 1_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes an empty one below `parent` and starts it. Throws where the programs are missing or may not run there. */
export async function startPostgresServer(parent: string = tmpdir()): Promise<PostgresServer> {
  const programs = postgresPrograms();
  if (programs === null) throw new Error(`there is no PostgreSQL below ${DEBIAN}`);
  const who = account();
  const folder = mkdtempSync(join(parent, 'pm-agent-postgres-'));
  if ('uid' in who) chownSync(folder, who.uid, who.gid);
  const data = join(folder, 'data');
  const made = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(programs, 'initdb'), made, { ...who, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}`;
  const flags = ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1'];
  let child: ChildProcess | null = null;
  const start = async (more: readonly string[] = []): Promise<void> => {
    const given = [...flags, ...more];
    child = spawn(join(programs, 'postgres'), given, { ...who, cwd: folder, stdio: 'ignore' });
    await until('the database answers', () => answers(url));
  };
  await start();
  return {
    url,
    port,
    start,
    crash: async () => {
      await end(child, 'SIGQUIT');
      await until('its port is free', () => isClosed(port));
    },
    remove: async () => {
      await end(child, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isClosed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
