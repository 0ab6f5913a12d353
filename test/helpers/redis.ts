import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort, until } from './process.ts';

/** A Redis server of the test's own, which may be emptied, stopped and started again. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** One command of words; resolves with the raw answer. */
  readonly command: (...words: string[]) => Promise<string>;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/** Why there is no Redis server on this machine; null when there is one. */
export async function redisMissing(): Promise<string | null> {
  const found = await new Promise<boolean>((resolve) => {
    const child = spawn('redis-server', ['--version'], { stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
  if (found) return null;
  if (process.env['PM_AGENT_REQUIRE_SERVICES'] === '1') {
    throw new Error('PM_AGENT_REQUIRE_SERVICES=1, and there is no redis-server to start');
  }
  console.warn('SKIPPED: tests over Redis, since there is no redis-server to start');
  return 'no redis-server';
}

function commandAt(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => {
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      socket.write(`*${words.length}\r\n${parts.join('')}`);
    });
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once('error', reject);
  });
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Starts a server on a free port that keeps nothing on disk; it ends with the test. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-redis-'));
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  let child: ChildProcess | null = null;
  const command = (...words: string[]) => commandAt(port, words);
  const start = async (): Promise<void> => {
    child = spawn('redis-server', [...flags, '--appendonly', 'no'], { stdio: 'ignore' });
    await until('redis answers', () =>
      command('PING').then(
        (answer) => answer.startsWith('+PONG'),
        () => false,
      ),
    );
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || hasEnded(running)) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return { url: `redis://127.0.0.1:${port}`, port, command, start, stop };
}
