import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { migrationsOf } from '../../src/store/migrate.ts';
import { openStore } from '../../src/store/open.ts';
import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { shell } from '../helpers/shell.ts';
import { openForTest, temporaryFolder } from '../helpers/store.ts';

const STORES = [
  ['SQLite', () => Promise.resolve(`sqlite:${join(temporaryFolder(), 'store.db')}`)],
  ...((await postgresAnswers()) ? ([['PostgreSQL', () => temporaryDatabase()]] as const) : []),
] as const;

/** What a table of the terminal says, however it is broken into lines. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

const READING = [
  ['journal', 'verify'],
  ['journal', 'head'],
  ['backup', 'create'],
] as const;

test.each(READING)('%s %s in a wrong folder says so, and makes no store', async (...words) => {
  const file = join(temporaryFolder(), 'data', 'store.db');
  const { run } = await shell(`sqlite:${file}`);

  const { code, talk } = await run(...words);

  expect(code).not.toBe(0);
  expect(talk).toContain(`there is no store at ${file}`);
  expect(talk).toContain('Set DATABASE_URL');
  expect(existsSync(join(file, '..'))).toBe(false);
});

test('an empty file is no store either', async () => {
  const file = join(temporaryFolder(), 'store.db');
  writeFileSync(file, '');
  const { run } = await shell(`sqlite:${file}`);

  expect((await run('journal', 'verify')).talk).toContain(`there is no store at ${file}`);
});

describe.each(STORES)('over %s', (_, urlOf) => {
  test('doctor before the first start finds no store, which is no failure, and makes none', async () => {
    const url = await urlOf();
    const { run } = await shell(url);

    const { code, out } = await run('doctor');

    expect(code).toBe(0);
    expect(flat(out)).toMatch(/warn store there is no store at \S+ yet/);
    const after = await openStore(url, systemClock, 'as-found');
    expect(await migrationsOf(after.db)).toEqual([]);
    await after.close();
  });

  test('looking at the store of an older program leaves its schema as it is', async () => {
    const url = await urlOf();
    const old = await openStore(url, systemClock, { migration: '0004-leases' });
    const before = await migrationsOf(old.db);
    await old.close();
    const { run } = await shell(url);

    const doctor = await run('doctor');
    const verified = await run('journal', 'verify');

    expect([doctor.code, verified.code]).toEqual([0, 0]);
    expect(flat(doctor.out)).toContain('the next start brings its schema up to date');
    expect(verified.out).toContain('holds: 0 entries');
    const after = await openStore(url, systemClock, 'as-found');
    expect(await migrationsOf(after.db)).toEqual(before);
    await after.close();
  });

  test('doctor fails on the store of a newer program', async () => {
    const url = await urlOf();
    const store = await openForTest(url);
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', 'x')`.execute(
      store.db,
    );
    await store.close();
    const { run } = await shell(url);

    const { code, out } = await run('doctor');

    expect(code).toBe(5);
    expect(flat(out)).toContain('the store was written by a newer pm-agent');
  });
});
