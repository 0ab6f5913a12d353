import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { SLACK_APP_TOKEN, startFive, startProgram } from '../helpers/five.ts';
import { until } from '../helpers/process.ts';
import { temporaryFolder } from '../helpers/store.ts';

test('watching that could not begin whole leaves nothing behind, and begins once when it can', async () => {
  const url = `sqlite:${join(temporaryFolder(), 'store.db')}`;
  const { db, close } = await openStore(url);
  await sql`create trigger none_begun before insert on polls
    begin select raise(fail, 'not today'); end`.execute(db);
  const five = await startFive({ now: () => new Date() });
  const { socket } = five.slack;
  const env = {
    DATABASE_URL: url,
    SLACK_APP_TOKEN,
    // Not all parts: others may lead what this one could not begin.
    PM_AGENT_ROLES: 'gateway,poller,scheduler,worker,api',
  };
  const program = await startProgram(five, { push: true, poll: true, env });
  await until('nothing is left of it', () => socket.connections === 0);

  await sql`drop trigger none_begun`.execute(db);
  await close();
  const polls = () => program.app.store.db.selectFrom('polls').select('source').execute();
  await until('it has begun', async () => (await polls()).length > 0);
  await until('one line is open', () => socket.connections === 1);

  await program.stop();

  await until('no line is open', () => socket.connections === 0);
  expect(await polls().catch(() => 'closed')).toBe('closed');
});
