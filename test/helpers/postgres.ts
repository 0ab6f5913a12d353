import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import type { Store } from '../../src/store/open.ts';
import { openForTest } from './store.ts';

const SERVER = process.env['PM_AGENT_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432';
const MUST_ANSWER = process.env['PM_AGENT_REQUIRE_SERVICES'] === '1';

type Finished = (work: () => Promise<void> | void) => void;

/** Runs one statement as the master of the server, outside every database of a test. */
export async function onServer(text: string): Promise<void> {
  const client = new Client({
    connectionString: `${SERVER}/postgres`,
    connectionTimeoutMillis: 2_000,
  });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/**
 * Whether the tests can have a PostgreSQL. Says so loudly when there is none; throws where
 * `PM_AGENT_REQUIRE_SERVICES=1` forbids to leave anything out.
 */
export async function postgresAnswers(): Promise<boolean> {
  try {
    await onServer('select 1');
    return true;
  } catch (error) {
    const missing = `SKIPPED: no PostgreSQL answers at ${SERVER}`;
    if (MUST_ANSWER) throw new Error(missing, { cause: error });
    console.warn(missing);
    return false;
  }
}

/** The URL of an empty database that is gone after the test. */
export async function temporaryDatabase(finished: Finished = onTestFinished): Promise<string> {
  const name = `pm_agent_test_${randomBytes(6).toString('hex')}`;
  // Sorted by a language, as a company's server may be: nothing of ours may depend on it.
  const sorted = "locale_provider icu icu_locale 'en-US'";
  await onServer(`create database ${name} template template0 encoding 'UTF8' ${sorted}`);
  finished(() => onServer(`drop database if exists ${name} with (force)`));
  return `${SERVER}/${name}`;
}

/** The URL of a store with nothing in it: a file, or a database where the environment asks for one. */
export async function emptyStore(
  folder: string,
  finished: Finished = onTestFinished,
): Promise<string> {
  if (process.env['PM_AGENT_TEST_DATABASE'] === 'postgres')
    return await temporaryDatabase(finished);
  return `sqlite:${join(folder, 'store.db')}`;
}

/** A real store in a database of its own; `reopen` opens the same one once more, beside the first. */
export async function temporaryPostgres(
  clock?: Clock,
): Promise<Store & { readonly url: string; readonly reopen: () => Promise<Store> }> {
  const url = await temporaryDatabase();
  const reopen = (): Promise<Store> => openForTest(url, clock);
  return { ...(await reopen()), url, reopen };
}
