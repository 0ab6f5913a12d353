import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Readiness } from '../../src/http/contract.ts';
import { startAgent } from '../helpers/agent.ts';
import type { Agent } from '../helpers/agent.ts';
import { commentBody, deliver } from '../helpers/deliver.ts';

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
