import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const given = new Set<number>();

/**
 * A free port that nobody else in this process was given, below those that the system gives to outgoing connections: a
 * program that takes its time to start, or is dead for a while, still finds it free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 18_000 + Math.floor(Math.random() * 14_000);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The real program as a process of its own. */
export interface AgentProcess {
  readonly child: ChildProcess;
  /** Resolves with the signal or code with which it ended. */
  readonly ended: Promise<string>;
  readonly errors: () => string;
  /** What it wrote to stdout: the log. */
  readonly log: () => string;
}

/** Starts `pm-agent start` with this environment and nothing of ours. */
export function startProcess(env: Readonly<Record<string, string>>, cwd: string): AgentProcess {
  const child = spawn(process.execPath, [`${ROOT}bin/pm-agent.js`, 'start'], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      PM_AGENT_DIRECTIVES: `${ROOT}config/pm-directives.yaml`,
      PM_AGENT_MODELS: `${ROOT}config/models.yaml`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stdout.on('data', (data: Buffer) => (log += data.toString()));
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  return { child, ended, errors: () => errors, log: () => log };
}

/** Asks again every 50 ms until it holds; throws with `what` after `ms`. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  ms = 30_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${ms} ms: ${what}`);
}
