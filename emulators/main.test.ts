import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

const MAIN = new URL('main.ts', import.meta.url).pathname;

test.each(['jira', 'bitbucket', 'github', 'slack', 'sentry', 'anthropic'])(
  '%s runs as a process of its own until it is told to stop',
  async (name) => {
    const child = spawn(process.execPath, [MAIN, name, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];

    const ready = JSON.parse(line) as { name: string; url: string };
    const response = await fetch(`${ready.url}/_emulator/state`);
    child.kill('SIGTERM');

    expect(ready.name).toBe(name);
    // Not every emulator has controls; all of them answer.
    expect(response.status).toBeLessThan(500);
    expect(await exited).toEqual([0, null]);
  },
);
