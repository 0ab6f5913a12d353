import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { fileURLToPath } from 'node:url';
import { postgresPrograms, startPostgresServer } from './helpers/postgres-server.ts';
import type { PostgresServer } from './helpers/postgres-server.ts';

const USUAL = 'postgres://postgres@127.0.0.1:5432';
const PLACE = fileURLToPath(new URL('../.cache/', import.meta.url));

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port || '5432') });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Below the repository where its account may go there, otherwise where everybody may. */
async function startAnywhere(): Promise<PostgresServer> {
  mkdirSync(PLACE, { recursive: true });
  return await startPostgresServer(PLACE).catch(() => startPostgresServer());
}

let server: PostgresServer | null = null;

/**
 * Once per run of the tests: where no PostgreSQL answers but its programs are there, starts one for the run. Says so, and
 * says what is missing; the tests that need it then skip themselves, or fail where `PM_AGENT_REQUIRE_SERVICES=1`.
 */
export async function setup(): Promise<void> {
  if (await isListening(process.env['PM_AGENT_TEST_POSTGRES'] ?? USUAL)) return;
  if (postgresPrograms() === null) {
    console.warn('no PostgreSQL answers, and there is none to start: its tests are left out');
    return;
  }
  server = await startAnywhere();
  console.warn(`no PostgreSQL answered: one was started for this run at port ${server.port}`);
  process.env['PM_AGENT_TEST_POSTGRES'] = server.url;
}

/** Ends what was started for the run, and nothing else. */
export async function teardown(): Promise<void> {
  await server?.remove();
}
