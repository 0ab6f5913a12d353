import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Client } from 'pg';
import { freePort, sleep, stop } from './processes.ts';

const SERVER = process.env['PM_AGENT_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432';

async function onServer(text: string): Promise<void> {
  const client = new Client({ connectionString: `${SERVER}/postgres` });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/** A server of the bench's own, and how it ends. */
export interface BenchServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** An empty database; null, with a word, where no PostgreSQL answers. */
export async function emptyDatabase(): Promise<BenchServer | null> {
  const name = `pm_agent_bench_${randomBytes(4).toString('hex')}`;
  try {
    await onServer(`create database ${name}`);
  } catch {
    process.stderr.write(`SKIPPED: no PostgreSQL answers at ${SERVER}\n`);
    return null;
  }
  const close = () => onServer(`drop database if exists ${name} with (force)`);
  return { url: `${SERVER}/${name}`, close };
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });

/** A Redis that keeps nothing. Throws where there is no redis-server. */
export async function ownRedis(): Promise<BenchServer> {
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', flags, { stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const ready = async (): Promise<void> => {
    while (!(await answers(port))) await sleep(20);
  };
  await Promise.race([ready(), failed]);
  return { url: `redis://127.0.0.1:${port}`, close: () => stop(child) };
}
