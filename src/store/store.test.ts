import { DatabaseSync } from 'node:sqlite';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { judgementSuite } from '../../test/conformance/judgement.ts';
import { spendingSuite } from '../../test/conformance/spending.ts';
import { storeSuite } from '../../test/conformance/store.ts';
import { watchingSuite } from '../../test/conformance/watching.ts';
import { temporaryFolder, temporaryStore } from '../../test/helpers/store.ts';
import { VERSION } from '../version.ts';
import { readNote, writeNote } from './notes.ts';
import { openStore } from './open.ts';
import { openSqlite } from './sqlite.ts';

storeSuite('SQLite', temporaryStore);
judgementSuite('SQLite', temporaryStore);
watchingSuite('SQLite', temporaryStore);
spendingSuite('SQLite', temporaryStore);

const pragma = (raw: DatabaseSync, name: string) =>
  Object.values(raw.prepare(`pragma ${name}`).get() ?? {})[0];

test('the durable settings hold on every open, also on reopening a file that lost them', () => {
  const file = join(temporaryFolder(), 'store.db');
  openSqlite(file).close();
  const meddled = new DatabaseSync(file);
  meddled.exec('pragma journal_mode = delete; pragma synchronous = off');
  meddled.close();

  const raw = openSqlite(file);

  expect(pragma(raw, 'journal_mode')).toBe('wal');
  expect(pragma(raw, 'synchronous')).toBe(2);
  expect(pragma(raw, 'foreign_keys')).toBe(1);
  raw.close();
});

test('a place that cannot keep a write-ahead log is refused with a fix', () => {
  expect(() => openSqlite(':memory:')).toThrow(/does not keep journal_mode=wal/);
});

test('a commit that fails is told as store-unavailable and the store goes on', async () => {
  const store = await temporaryStore();
  await sql`create table child (of integer references delivery_bodies deferrable initially deferred)`.execute(
    store.db,
  );

  const failed = store.write(({ db }) => sql`insert into child values (4)`.execute(db));

  await expect(failed).rejects.toMatchObject({
    kind: 'store-unavailable',
    message: 'the store could not commit',
  });
  await store.write(({ db }) => sql`insert into child values (null)`.execute(db));
});

test('work that takes the whole commit with it is told as it is, and the others stand', async () => {
  const store = await temporaryStore();
  await sql`create table small (n integer)`.execute(store.db);
  await sql`create trigger no_more before insert on small when new.n = 4 begin select raise(rollback, 'no four'); end`.execute(
    store.db,
  );
  const add = (n: number) =>
    store.write(({ db }) => sql`insert into small values (${n})`.execute(db));

  await expect(add(4)).rejects.toThrow('no four');
  const results = await Promise.allSettled([add(3), add(4), add(5)]);

  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { message: 'no four' } });
  const { rows } = await sql`select n from small order by n`.execute(store.db);
  expect(rows).toEqual([{ n: 3 }, { n: 5 }]);
});

/** Another process that holds the write lock, until it lets go. */
function otherWriter(file: string): { readonly letGo: () => void } {
  const other = new DatabaseSync(file);
  other.exec('begin immediate');
  return {
    letGo: () => {
      other.exec('rollback');
      other.close();
    },
  };
}

test('while another process writes, work waits for its turn outside of the event loop, and none of it is begun', async () => {
  const store = await temporaryStore();
  const other = otherWriter(store.file);
  let begun = 0;

  const waiting = store.write(({ db }) => {
    begun += 1;
    return writeNote(db, 'n', 'mine');
  });
  // Turns of the event loop go by, and the store can be read.
  for (let n = 0; n < 3; n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await readNote(store.db, 'n');
  }
  const before = begun;
  other.letGo();
  await waiting;

  expect([before, begun]).toEqual([0, 1]);
  expect(await readNote(store.db, 'n')).toBe('mine');
});

test('a store that another process keeps locked is told as store-unavailable, and used again when it is free', async () => {
  const store = await temporaryStore();
  const other = otherWriter(store.file);

  const lost = await Promise.allSettled([
    store.write(({ db }) => writeNote(db, 'a', 'x')),
    store.write(({ db }) => writeNote(db, 'b', 'x')),
  ]);
  other.letGo();
  await store.write(({ db }) => writeNote(db, 'c', 'x'));

  const unavailable = { status: 'rejected', reason: { kind: 'store-unavailable' } };
  expect(lost).toMatchObject([unavailable, unavailable]);
  const found = ['a', 'b', 'c'].map((name) => readNote(store.db, name));
  expect(await Promise.all(found)).toEqual([null, null, 'x']);
});

test('a disk that is full is told as store-unavailable, and what fits later is kept', async () => {
  const store = await temporaryStore();
  const pages = (most: number) => sql.raw(`pragma max_page_count = ${most}`).execute(store.db);
  await pages(1);
  const much = 'x'.repeat(200_000);

  const lost = await Promise.allSettled([
    store.write(({ db }) => writeNote(db, 'a', much)),
    store.write(({ db }) => writeNote(db, 'b', much)),
  ]);
  await pages(1_000_000);
  await store.write(({ db }) => writeNote(db, 'a', much));

  const full = { kind: 'store-unavailable', message: 'the disk is full' };
  expect(lost).toMatchObject([full, full].map((reason) => ({ status: 'rejected', reason })));
  expect(await readNote(store.db, 'a')).toBe(much);
});

test('a store that a newer program wrote is refused', async () => {
  const store = await temporaryStore();
  await sql`insert into kysely_migration (name, timestamp) values ('9999-future', 'x')`.execute(
    store.db,
  );
  await store.close();

  await expect(openStore(`sqlite:${store.file}`)).rejects.toMatchObject({
    kind: 'invalid-settings',
    fix: expect.stringContaining('newer') as string,
  });
});

test('the schema is the one in the snapshot of this release', async () => {
  const store = await temporaryStore();

  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_master where sql is not null and name not like 'kysely_%'
    and name not like 'sqlite_%' order by type desc, name`.execute(store.db);
  const schema = `${rows.map((row) => row.sql).join(';\n')};\n`;

  const snapshot = new URL(`./migrations/snapshots/${VERSION}.sql`, import.meta.url);
  expect(schema).toBe(readFileSync(snapshot, 'utf8'));
});
