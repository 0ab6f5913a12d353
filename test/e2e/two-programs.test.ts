import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ADMIN } from '../helpers/agent.ts';
import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { freePort, startProcess, until } from '../helpers/process.ts';
import { temporaryFolder } from '../helpers/store.ts';

interface Whole {
  readonly url: string;
  /** What the commands in its folder send. */
  readonly localToken: () => string;
  readonly stop: () => Promise<string>;
}

/** A program with all parts in a folder of its own, as on a machine of its own. */
async function startWhole(databaseUrl: string, folder: string): Promise<Whole> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ENVIRONMENT: 'test',
    PORT: String(port),
    PM_AGENT_ADMIN_TOKEN: ADMIN,
    PM_AGENT_LOG_LEVEL: 'info',
    DATABASE_URL: databaseUrl,
  };
  const program = startProcess(env, folder);
  onTestFinished(() => void program.child.kill('SIGKILL'));
  await until('it listens', () => program.log().includes('pm-agent is listening'), 60_000);
  return {
    url,
    localToken: () => readFileSync(join(folder, 'data/cli-token'), 'utf8').trim(),
    stop: () => {
      program.child.kill('SIGTERM');
      return program.ended;
    },
  };
}

const statusWith = async (program: Whole, token: string): Promise<number> => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${program.url}/api/status`, { headers })).status;
};

describe.skipIf(!(await postgresAnswers()))('two whole programs on one database', () => {
  test("the commands of each machine stay let in, and a new start ends its own machine's token only", async () => {
    const database = await temporaryDatabase();
    const folder = temporaryFolder();
    const start = (name: string) => startWhole(database, join(folder, name));
    const [one, two] = await Promise.all([start('one'), start('two')]);
    const [first, second] = [one.localToken(), two.localToken()];

    expect(await statusWith(one, first)).toBe(200);
    expect(await statusWith(two, second)).toBe(200);

    expect(await two.stop()).toBe('0');
    const again = await start('two');
    expect(await statusWith(one, second)).toBe(401);
    expect(await statusWith(one, first)).toBe(200);
    expect(await statusWith(again, again.localToken())).toBe(200);
  });
});
