import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { freePort, startProcess } from '../helpers/process.ts';
import { redisMissing, startRedis } from '../helpers/redis.ts';
import { temporaryFolder } from '../helpers/store.ts';

test('a program that cannot begin its work ends, and does not stay as half of one', async () => {
  const folder = temporaryFolder();
  const url = `sqlite:${join(folder, 'store.db')}`;
  const store = await openStore(url);
  // It listens already when it keeps its directives.
  await sql`create trigger none_kept before insert on directive_versions
    begin select raise(fail, 'not today'); end`.execute(store.db);
  await store.close();
  const port = String(await freePort());

  const program = startProcess({ ENVIRONMENT: 'test', PORT: port, DATABASE_URL: url }, folder);

  expect(await program.ended).not.toBe('0');
  expect(program.errors()).toContain('not today');
});

test.skipIf((await redisMissing()) !== null)(
  'one that fails before it listens leaves no line to Redis that would hold it',
  async () => {
    const folder = temporaryFolder();
    const program = startProcess(
      {
        ENVIRONMENT: 'test',
        PORT: String(await freePort()),
        DATABASE_URL: `sqlite:${join(folder, 'store.db')}`,
        REDIS_URL: (await startRedis()).url,
        PM_AGENT_ALLOW_LIST: 'on',
        PM_AGENT_ALLOWED_NETWORKS: join(folder, 'nobody-wrote-it.yaml'),
      },
      folder,
    );

    expect(await program.ended).not.toBe('0');
    expect(program.errors()).toContain('nobody-wrote-it.yaml');
  },
);
