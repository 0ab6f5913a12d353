import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { LoadResult } from './load.ts';

const ROOT = join(import.meta.dirname, '..');

// The server has one core and the load generator the other, so that neither takes from the other.
const SERVER_CORE = '0';
const LOAD_CORE = '1';

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** False where cores cannot be pinned: the figures then mean less, and the table says so. */
export const PINNED = hasTaskset();

/** Starts a node program on the server's core. */
export function startPinned(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const command = [process.execPath, ...args];
  const pinned = PINNED ? ['taskset', '-c', SERVER_CORE, ...command] : command;
  const [file = '', ...rest] = pinned;
  return spawn(file, rest, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Ends a process that we started and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 25_000);
  await gone;
  clearTimeout(late);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

export interface LoadOptions {
  readonly port: number;
  readonly seconds?: number;
  readonly rate?: number;
  readonly count?: number;
  readonly first?: number;
  readonly connections?: number;
  readonly warmup?: number;
  readonly accepted?: string;
}

/** Runs the load generator on the other core. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = [process.execPath, join(ROOT, 'bench/load.ts'), ...args];
  const [file = '', ...rest] = PINNED ? ['taskset', '-c', LOAD_CORE, ...command] : command;
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  await new Promise((resolve) => child.once('exit', resolve));
  return JSON.parse(text) as LoadResult;
}

/** The first line of a process's output. */
export async function firstLine(child: ChildProcess): Promise<string> {
  return await new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString();
      const [line] = text.split('\n');
      if (text.includes('\n')) resolve(line ?? '');
    });
  });
}

/** Resident memory in megabytes; null where /proc does not tell. */
export function residentMb(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return null;
  }
}

/** Processor time used so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The middle of the sorted values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
