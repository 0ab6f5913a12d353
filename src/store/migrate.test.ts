import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { scaled } from '../../test/chaos/figures.ts';
import { postgresAnswers, temporaryDatabase } from '../../test/helpers/postgres.ts';
import { temporaryFolder } from '../../test/helpers/store.ts';
import { systemClock } from '../lib/clock.ts';
import { sha256 } from '../lib/digest.ts';
import { countByState } from './counts.ts';
import { verifyJournal } from './journal.ts';
import { migrationsOf } from './migrate.ts';
import { spend } from './model-calls.ts';
import { openStore } from './open.ts';
import type { Store } from './open.ts';

const RELEASES = [
  ['0.1.0', '0001-initial'],
  ['0.2.0', '0002-polling'],
  ['0.3.0', '0003-judgement'],
  ['0.4.0', '0004-leases'],
  ['0.5.0-before-totals', '0006-head-start'],
  ['0.5.0', '0007-model-totals'],
] as const;
const ALL: readonly string[] = [
  ...RELEASES.slice(0, 4).map(([, migration]) => migration),
  '0005-constant-cost',
  '0006-head-start',
  '0007-model-totals',
];
const INSTANCES = 5;

const hashOf = (previous: string, data: string, seq: number) => {
  const row = {
    at: '2026-01-01T00:00:00.000Z',
    cycle: null,
    data,
    kind: 'a.b',
    seq,
    subject: null,
  };
  return sha256(`${previous}\n${JSON.stringify(row)}`);
};
const FIRST = hashOf('0'.repeat(64), '{"n":1}', 1);
const ROWS = [
  `insert into deliveries (id, source, delivery_id, received_at, bytes, state)
   values ('d1', 'jira', 'x1', 1000, 3, 'read')`,
  `insert into delivery_bodies (seq, headers, body) values (1, '{}', BYTES)`,
  `insert into events (id, key, kind, source, subject, at, kept_at, state, rule, reason)
   values ('e1', 'jira:comment:1:created', 'comment.created', 'jira', 'jira:issue:ECD-1',
   '2026-01-01T00:00:00.000Z', 1000, 'waiting', 'r', 'because')`,
  `insert into event_bodies (seq, body) values (1, '{}')`,
  `insert into actions (id, cycle, subject, ordinal, operation, effect, input, digest, preview, reason,
   mode, state, attempts, answers, created_at) values ('a1', 'c1', 'jira:issue:ECD-1', 0,
   'jira.add-comment', 'write', '{}', 'd', 'p', 'r', 'ask', 'held', 0, '[]', 1000)`,
  `insert into notes (name, value) values ('mode', 'ask')`,
  ...['1000, 0.25', '1000, null', '86401000, 0.5'].map(
    (figures) => `insert into model_calls (cycle, model, outcome, input_tokens, cache_read_tokens,
     cache_write_tokens, output_tokens, duration_ms, at, cost_usd)
     values ('c1', 'm', 'ok', 1, 0, 0, 2, 5, ${figures})`,
  ),
  ...[
    ['{"n":1}', FIRST],
    ['{"n":2}', hashOf(FIRST, '{"n":2}', 2)],
  ].map(
    ([data, hash], n) => `insert into journal (seq, at, kind, data, hash)
     values (${n + 1}, '2026-01-01T00:00:00.000Z', 'a.b', '${data ?? ''}', '${hash ?? ''}')`,
  ),
];

/** A file exactly as a release left it: its snapshot, with rows in it. */
function oldFile(version: string): string {
  const file = join(temporaryFolder(), 'store.db');
  const raw = new DatabaseSync(file);
  const path = new URL(`./migrations/snapshots/${version}.sql`, import.meta.url);
  // The snapshot names indexes before tables.
  const statements = readFileSync(path, 'utf8')
    .split(/;\n/)
    .filter((one) => one.trim() !== '');
  const isTable = (one: string) => /^create table/i.test(one);
  for (const one of [...statements.filter(isTable), ...statements.filter((s) => !isTable(s))]) {
    raw.exec(one);
  }
  raw.exec(
    'create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)',
  );
  raw.exec(
    `create table kysely_migration_lock (id varchar(255) primary key, is_locked integer default 0 not null)`,
  );
  raw.exec(`insert into kysely_migration_lock values ('migration_lock', 0)`);
  const last = RELEASES.find(([one]) => one === version)?.[1] ?? '';
  const known = ALL.slice(0, ALL.indexOf(last) + 1);
  for (const name of known)
    raw.exec(`insert into kysely_migration values ('${name}', '2026-01-01T00:00:00.000Z')`);
  for (const row of ROWS) raw.exec(row.replace('BYTES', "x'0001ff'"));
  raw.close();
  return `sqlite:${file}`;
}

async function oldDatabase(migration: string): Promise<string> {
  const url = await temporaryDatabase();
  const store = await openStore(url, systemClock, { migration });
  await store.write(async ({ db }) => {
    for (const row of ROWS) await sql.raw(row.replace('BYTES', "'\\x0001ff'")).execute(db);
  });
  await store.close();
  return url;
}

async function expectContent(store: Store): Promise<void> {
  const { db } = store;
  expect(await migrationsOf(db)).toEqual(ALL);
  expect(await verifyJournal(db)).toMatchObject({ entries: 2, brokenAt: null });
  const body = await db.selectFrom('delivery_bodies').selectAll().executeTakeFirstOrThrow();
  expect(Buffer.from(body.body).toString('hex')).toBe('0001ff');
  expect(await db.selectFrom('events').select(['key', 'state']).execute()).toEqual([
    { key: 'jira:comment:1:created', state: 'waiting' },
  ]);
  // What a later release added has its default.
  expect(await db.selectFrom('actions').select(['id', 'state', 'purpose']).execute()).toEqual([
    { id: 'a1', state: 'held', purpose: 'notice' },
  ]);
  expect(await db.selectFrom('deliveries').select(['way']).execute()).toEqual([{ way: 'webhook' }]);
  expect(await db.selectFrom('leases').selectAll().execute()).toEqual([]);
  expect(await countByState(db, 'deliveries')).toEqual({ read: 1 });
  expect(await spend(db, 0)).toEqual({ calls: 3, usd: 0.75, todayUsd: 0.25 });
}

async function schemaOf({ db }: Store): Promise<string> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_master where sql is not null and name not like 'kysely_%'
    and name not like 'sqlite_%' order by type desc, name`.execute(db);
  return rows.map((row) => row.sql).join(';\n');
}

const SOURCES = [
  ['SQLite', (version: string) => Promise.resolve(oldFile(version))],
  ...((await postgresAnswers())
    ? ([
        [
          'PostgreSQL',
          (version: string) => oldDatabase(new Map<string, string>(RELEASES).get(version) ?? ''),
        ],
      ] as const)
    : []),
] as const;

describe.each(SOURCES)('D4 on %s', (kind, oldStore) => {
  test.each(RELEASES)('%s is brought up to today with all it holds', async (version) => {
    const store = await openStore(await oldStore(version));

    await expectContent(store);
    if (kind === 'SQLite') {
      const fresh = await openStore(`sqlite:${join(temporaryFolder(), 'fresh.db')}`);
      expect(await schemaOf(store)).toBe(await schemaOf(fresh));
      await fresh.close();
    }
    await store.close();
  });

  test('of five that start at once one migrates', async () => {
    const url = await oldStore('0.1.0');

    const ends = await Promise.all(
      Array.from({ length: INSTANCES }, () => openElsewhere(url, NEVER)),
    );

    expect(ends).toEqual(Array.from({ length: INSTANCES }, () => 0));
    const store = await openStore(url);
    await expectContent(store);
    await store.close();
  });
});

/** Counts what changes a schema, and what says that a migration is done. */
const OPENER = `
  const { openStore } = await import(process.argv[1]);
  let left = Number(process.argv[3]);
  const { DatabaseSync } = await import('node:sqlite');
  const { default: pg } = await import('pg');
  const isStep = (text) => /^(create|alter|drop|insert into "kysely_migration")/i.test(text);
  const dieAt = (text) => {
    if (isStep(text.trim()) && left-- === 0) process.kill(process.pid, 'SIGKILL');
  };
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (text) {
    dieAt(text);
    return prepare.call(this, text);
  };
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (asked, ...more) {
    dieAt(typeof asked === 'string' ? asked : (asked?.text ?? ''));
    return query.call(this, asked, ...more);
  };
  const store = await openStore(process.argv[2]);
  await store.close();
`;

const NEVER = 10_000;

/** Opens the store in a process that dies at its n-th change of the schema; resolves with how the process ended. */
async function openElsewhere(url: string, step: number): Promise<unknown> {
  const open = new URL('./open.ts', import.meta.url).href;
  const options = ['--input-type=module', '-e', OPENER, open, url, String(step)];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'ignore', 'inherit'] });
  return await new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)));
}

describe.each(SOURCES)('D4 on %s', (_, oldStore) => {
  test('a process killed at any step leaves the schema of before, and the next start brings it up', async () => {
    let kills = 0;
    // Every change of the schema is one step; some of them are enough for the gate.
    for (let step = 0; ; step += scaled(11, 1)) {
      const url = await oldStore('0.1.0');
      if ((await openElsewhere(url, step)) !== 'SIGKILL') break;
      kills += 1;
      const left = await openStore(url, systemClock, 'as-found');
      expect(await migrationsOf(left.db)).toEqual(ALL.slice(0, 1));
      await left.close();
      const store = await openStore(url);
      await expectContent(store);
      await store.close();
    }
    expect(kills).toBeGreaterThanOrEqual(4);
  });
});
