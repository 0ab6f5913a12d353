import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Readiness } from '../../src/http/contract.ts';
import { startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { commentBody, deliver } from '../helpers/deliver.ts';
import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { openForTest } from '../helpers/store.ts';

async function storeOf(agent: Agent) {
  const { dependencies } = Readiness.parse(await (await agent.ask('/ready')).json());
  return dependencies.find(({ name }) => name === 'store');
}

test('a store that takes small commits and no delivery is named by /ready, until it takes one again', async () => {
  const agent = await startAgent({ mode: 'simulation' });
  const { db } = agent.app.store;
  const send = async (id: string) =>
    (await deliver(agent, commentBody({ id, text: 'a note' }))).status;
  await sql`create trigger no_room before insert on deliveries
    begin select raise(rollback, 'no room'); end`.execute(db);

  expect(await send('9001')).toBe(503);
  expect(await storeOf(agent)).toMatchObject({ ok: false, failure: 'store-unavailable' });

  await sql`drop trigger no_room`.execute(db);
  expect(await send('9001')).toBe(200);
  // An answer of /ready is good for two seconds.
  await expect.poll(() => storeOf(agent), { timeout: 10_000 }).toMatchObject({ ok: true });
});

test.skipIf(!(await postgresAnswers()))(
  'a gateway alone is ready while another process keeps all other writers waiting',
  async () => {
    const url = await temporaryDatabase();
    const env = { DATABASE_URL: url, PM_AGENT_ROLES: 'gateway' };
    const agent = await startAgent({ mode: 'simulation', env });
    const other = await openForTest(url);
    const [begun, over] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const writing = other.write(async ({ db }) => {
      await sql`select 1`.execute(db);
      begun.resolve(undefined);
      await over.promise;
    });
    await begun.promise;

    expect((await deliver(agent, commentBody({ id: '9002', text: 'a note' }))).status).toBe(200);
    expect(await storeOf(agent)).toMatchObject({ ok: true });
    over.resolve(undefined);
    await writing;
  },
);
