import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECRET } from './body.ts';
import { freePort, sleep, startFree, startPinned, stop } from './processes.ts';

const ADMIN = 'bench-admin-token';

/** The real program on its own core, over a store of its own. */
export interface BenchAgent {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** From the start of the process to the first 200 of `/health`. */
  readonly startMs: number;
  readonly finishedCycles: () => Promise<number>;
  /** A figure of `/metrics`, without labels. */
  readonly metric: (name: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Starts `pm-agent start`; `env` is added to the settings of the bench. `free`: on any core. */
export async function startAgent(
  env: Readonly<Record<string, string>> = {},
  { free = false }: { readonly free?: boolean } = {},
): Promise<BenchAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-agent-bench-'));
  const port = await freePort();
  const begin = performance.now();
  const child = (free ? startFree : startPinned)(['bin/pm-agent.js', 'start'], {
    PORT: String(port),
    DATABASE_URL: `sqlite:${folder}/store.db`,
    JIRA_WEBHOOK_SECRET: SECRET,
    PM_AGENT_ADMIN_TOKEN: ADMIN,
    PM_AGENT_LOG_LEVEL: 'error',
    PM_AGENT_API_RATE: '100000',
    ...env,
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}/health`))) await sleep(2);
  return {
    child,
    pid: child.pid ?? 0,
    port,
    startMs: performance.now() - begin,
    finishedCycles: async () => {
      const headers = { authorization: `Bearer ${ADMIN}` };
      const answer = await fetch(`${url}/api/cycles?status=finished&limit=1`, { headers });
      return ((await answer.json()) as { total: number }).total;
    },
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    },
    close: async () => {
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}
