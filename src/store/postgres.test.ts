import { Kysely, PostgresDialect, sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { judgementSuite } from '../../test/conformance/judgement.ts';
import { sharedStoreSuite } from '../../test/conformance/shared-store.ts';
import { spendingSuite } from '../../test/conformance/spending.ts';
import { storeSuite } from '../../test/conformance/store.ts';
import { watchingSuite } from '../../test/conformance/watching.ts';
import { startGate } from '../../test/helpers/gate.ts';
import {
  onServer,
  postgresAnswers,
  temporaryDatabase,
  temporaryPostgres,
} from '../../test/helpers/postgres.ts';
import { until } from '../../test/helpers/process.ts';
import { canStartPostgres, startPostgresServer } from '../../test/helpers/postgres-server.ts';
import { handClock, openForTest, temporaryStore } from '../../test/helpers/store.ts';
import { newId } from '../lib/ids.ts';
import { countByState } from './counts.ts';
import { keepDeliveries } from './deliveries.ts';
import type { NewDelivery } from './deliveries.ts';
import { verifyJournal } from './journal.ts';
import { readNote, writeNote } from './notes.ts';
import { openStore } from './open.ts';
import { postgresPool } from './postgres-pool.ts';
import type { Tables } from './tables.ts';

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

/** Reads; the first try after a break may only be what finds it. */
async function readFresh(db: Kysely<Tables>): Promise<string | null> {
  await readNote(db, 'n').catch(() => null);
  return await readNote(db, 'n');
}

const delivery = (name: string): NewDelivery => ({
  ...{ id: newId(1000), source: 'jira', way: 'webhook', deliveryId: name },
  ...{ receivedAt: 1000, headers: '{}', body: Buffer.from(name) },
});

const unavailable = { kind: 'store-unavailable' };

async function setting(db: Kysely<Tables>, name: string): Promise<string> {
  const { rows } = await sql<{ value: string }>`
    select current_setting(${name}) as value`.execute(db);
  return rows[0]!.value;
}

async function columnsOf(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables();
  return tables
    .filter(({ name }) => !name.startsWith('kysely_') && name !== 'sqlite_sequence')
    .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`))
    .sort();
}

describe.skipIf(!(await postgresAnswers()))('with a PostgreSQL', () => {
  storeSuite('PostgreSQL', temporaryPostgres);
  judgementSuite('PostgreSQL', temporaryPostgres);
  watchingSuite('PostgreSQL', temporaryPostgres);
  spendingSuite('PostgreSQL', temporaryPostgres);
  sharedStoreSuite('PostgreSQL', temporaryPostgres);

  test('the durable settings hold on every connection, whatever the database says by itself', async () => {
    const url = await temporaryDatabase();
    await onServer(`alter database ${nameOf(url)} set synchronous_commit = off`);
    await onServer(
      `alter database ${nameOf(url)} set default_transaction_isolation = serializable`,
    );
    const store = await openForTest(url);

    const written = await store.write(({ db }) => setting(db, 'synchronous_commit'));
    const limits = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const found = await Promise.all(limits.map((name) => setting(store.db, name)));

    expect(written).toBe('on');
    expect(await setting(store.db, 'synchronous_commit')).toBe('on');
    expect(found).toEqual(['30s', '8s', '6s']);
    expect(await setting(store.db, 'transaction_isolation')).toBe('read committed');
  });

  test.skipIf(!canStartPostgres())(
    'a server that comes back and does not keep what it commits is refused, until it does',
    async () => {
      const server = await startPostgresServer();
      onTestFinished(() => server.remove());
      const store = await openForTest(`${server.url}/postgres`);
      const note = (value: string) => store.write(({ db }) => writeNote(db, 'n', value));
      await note('before');

      await server.crash();
      await expect(note('away')).rejects.toMatchObject(unavailable);
      await server.start(['-c', 'fsync=off']);
      await expect(note('kept by nobody')).rejects.toMatchObject({ kind: 'invalid-settings' });
      await expect(readNote(store.db, 'n')).rejects.toMatchObject({ kind: 'invalid-settings' });
      await server.crash();
      await server.start(['-c', 'synchronous_commit=off']);
      await note('after');

      expect(await store.write(({ db }) => setting(db, 'synchronous_commit'))).toBe('on');
      expect(await readNote(store.db, 'n')).toBe('after');
    },
  );

  test('a server that only reads is not used, and may be another one soon', async () => {
    const { url, db, write } = await temporaryPostgres();
    const becomes = async (readOnly: 'on' | 'off'): Promise<void> => {
      const name = nameOf(url);
      await onServer(`alter database ${name} set default_transaction_read_only = ${readOnly}`);
      await onServer(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      );
    };
    await becomes('on');

    await expect(readFresh(db)).rejects.toMatchObject(unavailable);
    await expect(write((work) => writeNote(work.db, 'n', 'x'))).rejects.toMatchObject(unavailable);
    await expect(openStore(url)).rejects.toMatchObject(unavailable);
    await becomes('off');
    expect(await readFresh(db)).toBeNull();
  });

  /** Connections through a gate, without any time-out of statements. */
  async function throughGate(most = 1) {
    const url = new URL(await temporaryDatabase());
    const gate = await startGate({ host: url.hostname, port: Number(url.port) });
    url.port = String(gate.port);
    const pool = postgresPool({ url: url.href, most, statementMs: 0, heard: () => undefined });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    onTestFinished(() => db.destroy());
    const ask = () => sql<{ one: number }>`select 1 as one`.execute(db);
    await ask();
    return { gate, db, ask };
  }

  test('a connection on which nothing comes back is given up, and another one is made', async () => {
    const { gate, ask } = await throughGate();

    gate.stall();

    await expect(ask()).rejects.toMatchObject(unavailable);
    expect((await ask()).rows).toEqual([{ one: 1 }]);
  });

  test('where one connection was lost, those that stood idle beside it are not trusted either', async () => {
    const { gate, db, ask } = await throughGate(4);
    await Promise.all([1, 2, 3, 4].map(() => sql`select pg_sleep(0.05)`.execute(db)));

    gate.stall();

    await expect(ask()).rejects.toMatchObject(unavailable);
    for (let n = 0; n < 4; n += 1) expect((await ask()).rows).toEqual([{ one: 1 }]);
  });

  test('a store whose line is dead can be closed, and holds the process no more', async () => {
    const { gate, db } = await throughGate();
    const open = () => process.getActiveResourcesInfo().filter((one) => one === 'TCPSocketWrap');
    const before = open().length;
    gate.stall();

    await db.destroy();

    await until('its socket is closed', () => open().length < before);
  });

  test('while all packets are swallowed every query is given up, also in a transaction', async () => {
    const { gate, db, ask } = await throughGate();

    const within = db.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx);
      gate.silence();
      await sql`select 1`.execute(trx);
    });

    await expect(within).rejects.toMatchObject(unavailable);
    await expect(ask()).rejects.toMatchObject(unavailable);
    gate.speak();
    expect((await ask()).rows).toEqual([{ one: 1 }]);
  });

  test('a query that takes long, or waits for a lock, is left alone', async () => {
    const { db } = await throughGate();

    const { rows } = await sql<{ slept: string }>`select pg_sleep(5)::text as slept`.execute(db);

    expect(rows).toEqual([{ slept: '' }]);
  });

  test('a database that is not there, or cannot keep every text, is refused with a fix', async () => {
    const url = await temporaryDatabase();
    const missing = `${url}_missing`;
    const narrow = `${nameOf(url)}_narrow`;
    await onServer(`create database ${narrow} template template0 encoding 'LATIN1' locale 'C'`);
    onTestFinished(() => onServer(`drop database ${narrow} with (force)`));
    const refused = { kind: 'invalid-settings', fix: expect.any(String) as string };

    await expect(openStore(missing)).rejects.toMatchObject(refused);
    await expect(openStore(url.replace(nameOf(url), narrow))).rejects.toMatchObject(refused);
  });

  test('a server that does not answer is told as store-unavailable', async () => {
    const gate = await startGate({ host: '127.0.0.1', port: 1 });
    await gate.shut();

    const opening = openStore(`postgres://postgres@127.0.0.1:${gate.port}/any`);

    await expect(opening).rejects.toMatchObject(unavailable);
  });

  test('while the database is away reads and writes fail, and when it is back they go on', async () => {
    const url = new URL(await temporaryDatabase());
    const gate = await startGate({ host: url.hostname, port: Number(url.port) });
    url.port = String(gate.port);
    const store = await openForTest(url.href);
    const note = (value: string) => store.write(({ db }) => writeNote(db, 'n', value));
    await note('before');

    await gate.shut();
    const lost = await Promise.allSettled([note('a'), note('b'), readNote(store.db, 'n')]);
    await gate.open();

    expect(lost).toMatchObject(lost.map(() => ({ status: 'rejected', reason: unavailable })));
    await note('after');
    expect(await readNote(store.db, 'n')).toBe('after');
  });

  test('a server that ends all connections, idle or within a transaction, ends nothing of ours', async () => {
    const store = await temporaryPostgres();
    const other = await store.reopen();
    const end = sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;

    const within = store.write(async ({ db, journal }) => {
      await writeNote(db, 'n', 'lost');
      journal({ kind: 'test.lost', subject: null, cycle: null, data: {} });
      await end.execute(other.db);
      await writeNote(db, 'n', 'lost too');
    });

    await expect(within).rejects.toMatchObject(unavailable);
    const reading = store.db.connection().execute(async (db) => {
      await sql`select 1`.execute(db);
      await end.execute(other.db);
      await sql`select 1`.execute(db);
    });
    await expect(reading).rejects.toMatchObject(unavailable);
    await store.write(({ db, journal }) => {
      journal({ kind: 'test.kept', subject: null, cycle: null, data: {} });
      return writeNote(db, 'n', 'kept');
    });
    expect(await readNote(store.db, 'n')).toBe('kept');
    expect(await verifyJournal(store.db)).toMatchObject({ entries: 1, brokenAt: null });
  });

  test('a process that stands still in a transaction loses it, and the others go on', async () => {
    const store = await temporaryPostgres();
    const other = await store.reopen();
    const stands = Promise.withResolvers<undefined>();
    const wrote = Promise.withResolvers<undefined>();

    const stuck = store.write(async ({ db }) => {
      await sql`set local idle_in_transaction_session_timeout = 50`.execute(db);
      await writeNote(db, 'n', 'stuck');
      stands.resolve(undefined);
      await wrote.promise;
      await writeNote(db, 'n', 'late');
    });
    await stands.promise;
    const going = other.write(({ db }) => writeNote(db, 'n', 'other'));
    void going.finally(() => wrote.resolve(undefined));

    await going;
    await expect(stuck).rejects.toMatchObject(unavailable);
    expect(await readNote(store.db, 'n')).toBe('other');
  });

  test('a fault of one unit of work is its own, and the others of the same commit stand', async () => {
    const store = await temporaryPostgres();

    const results = await Promise.allSettled([
      store.write(({ db }) => writeNote(db, 'a', '1')),
      store.write(({ db }) => sql`insert into notes (name) values ('b')`.execute(db)),
      store.write(({ db }) => writeNote(db, 'c', '3')),
    ]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([await readNote(store.db, 'a'), await readNote(store.db, 'c')]).toEqual(['1', '3']);
  });

  test('what only keeps deliveries waits for no other writer, and is as durable', async () => {
    const store = await temporaryPostgres();
    const other = await store.reopen();
    const [begun, over] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const writing = other.write(async ({ db }) => {
      await writeNote(db, 'n', 'one');
      begun.resolve(undefined);
      await over.promise;
    });
    await begun.promise;

    const fresh = await store.keep(({ db }) => keepDeliveries(db, [delivery('1')]));
    const durable = await store.keep(({ db }) => setting(db, 'synchronous_commit'));

    expect([fresh.size, durable]).toEqual([1, 'on']);
    expect(await readNote(store.db, 'n')).toBeNull();
    over.resolve(undefined);
    await writing;
  });

  test('the same deliveries kept by two at once, in another order, are kept once', async () => {
    const store = await temporaryPostgres();
    const other = await store.reopen();
    const names = Array.from({ length: 50 }, (_, n) => String(n));

    const kept = await Promise.all([
      store.keep(({ db }) => keepDeliveries(db, names.map(delivery))),
      other.keep(({ db }) => keepDeliveries(db, names.toReversed().map(delivery))),
    ]);

    expect(kept.map(({ size }) => size).toSorted((a, b) => a - b)).toEqual([0, 50]);
    expect(await countByState(store.db, 'deliveries')).toEqual({ kept: 50 });
  });

  test('of two that wait for each other one begins again, and both come through', async () => {
    const store = await temporaryPostgres();
    await store.write(async ({ db }) => {
      for (const name of ['a', 'b']) await writeNote(db, name, '');
    });
    const gate = Promise.withResolvers<undefined>();
    let there = 0;
    const both = async (): Promise<void> => {
      there += 1;
      if (there === 2) gate.resolve(undefined);
      await gate.promise;
    };
    const add = (db: Kysely<Tables>, name: string, word: string) =>
      sql`update notes set value = value || ${word} where name = ${name}`.execute(db);
    const through = async (db: Kysely<Tables>, word: string, [first, second]: [string, string]) => {
      await add(db, first, word);
      await both();
      await add(db, second, word);
    };

    await Promise.all([
      store.write(({ db }) => through(db, 'w', ['a', 'b'])),
      store.keep(({ db }) => through(db, 'k', ['b', 'a'])),
    ]);

    for (const name of ['a', 'b']) {
      expect(['kw', 'wk']).toContain(await readNote(store.db, name));
    }
  });

  test('five programs that start at once on an empty database migrate it once', async () => {
    const url = await temporaryDatabase();

    const stores = await Promise.all([1, 2, 3, 4, 5].map(() => openForTest(url)));

    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(
      stores[0]!.db,
    );
    expect(rows.length).toBe(new Set(rows.map(({ name }) => name)).size);
    await Promise.all(stores.map(({ write }) => write(({ db }) => writeNote(db, 'n', 'x'))));
  });

  test('a store that a newer program wrote is refused', async () => {
    const store = await temporaryPostgres();
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', 'x')`.execute(
      store.db,
    );

    await expect(openStore(store.url)).rejects.toMatchObject({
      kind: 'invalid-settings',
      fix: expect.stringContaining('newer') as string,
    });
  });

  test('it has the tables and columns that a file has', async () => {
    const [database, file] = [await temporaryPostgres(), await temporaryStore()];

    const inFile = await columnsOf(file.db);

    expect(inFile.length).toBeGreaterThan(100);
    expect(await columnsOf(database.db)).toEqual(inFile);
  });

  test('its time is the time of the database, unless a clock was handed in', async () => {
    const store = await temporaryPostgres();
    const clock = handClock(5);
    const byHand = await temporaryPostgres(clock);
    const asked = async (): Promise<number> => {
      const { rows } = await sql<{ now: number }>`
        select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(
        store.db,
      );
      return rows[0]!.now;
    };

    const before = await asked();
    const here = await store.write(() => Promise.resolve(store.clock.now()));
    const after = await asked();

    expect(here).toBeGreaterThanOrEqual(before - 1);
    expect(here).toBeLessThanOrEqual(after);
    clock.move(7);
    expect(byHand.clock.now()).toBe(12);
  });

  test('its place names no password', async () => {
    const url = new URL(await temporaryDatabase());
    url.password = 'not-to-be-shown';
    const store = await openForTest(url.href);

    expect(store.place).toBe(`postgres://${url.host}${url.pathname}`);
  });
});
