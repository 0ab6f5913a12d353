import { randomFillSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { restoreBackup, schemaOf } from '../../src/store/backup/restore-backup.ts';
import { writeBackup } from '../../src/store/backup/write-backup.ts';
import { keepDeliveries } from '../../src/store/deliveries.ts';
import { firstMissing } from '../../src/store/journal-heads.ts';
import { journalHead, verifyJournal } from '../../src/store/journal.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/digest.ts';
import { newId } from '../../src/lib/ids.ts';
import type { JournalTable } from '../../src/store/tables.ts';
import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { seededRandom } from '../helpers/random.ts';
import { openForTest, temporaryFolder } from '../helpers/store.ts';
import { IS_SOAK, record, scaled, SEED } from './figures.ts';
import type { DeploymentKind } from './figures.ts';

const SHORT = 60;
const TRIES = scaled(200, 1_000);
const LONG = scaled(20_000, 1_000_000);
const AT_ONCE = 2_000;
const BODY_BYTES = 10_000;
const BODIES = 100_000;

const SQLITE = () => Promise.resolve(`sqlite:${join(temporaryFolder(), 'store.db')}`);
const DEPLOYMENTS: readonly (readonly [DeploymentKind, () => Promise<string>])[] = [
  ['single', SQLITE],
  ...((await postgresAnswers()) ? ([['postgres', () => temporaryDatabase()]] as const) : []),
];

async function withEntries(store: Store, many: number): Promise<void> {
  for (let from = 0; from < many; from += AT_ONCE) {
    await store.write(({ journal }) => {
      for (let n = from; n < Math.min(many, from + AT_ONCE); n += 1) {
        const data = { action: `a-${n}`, operation: 'jira.add-comment', state: 'done', note: null };
        journal({ kind: 'action.settled', subject: `jira:issue:ECD-${n % 99}`, cycle: 'c', data });
      }
      return Promise.resolve();
    });
  }
}

type Entry = Omit<JournalTable, 'hash'>;

function hashOf(previous: string, { at, cycle, data, kind, seq, subject }: Entry): string {
  return sha256(`${previous}\n${JSON.stringify({ at, cycle, data, kind, seq, subject })}`);
}

/** What somebody with the database in their hands might do; the last three forge the hashes that follow as well. */
const MEDDLINGS = [
  'data',
  'kind',
  'at',
  'subject',
  'cut',
  'cut-end',
  'swap',
  'forge',
  'forge-end',
  'insert',
] as const;

function meddled(
  rows: readonly JournalTable[],
  how: (typeof MEDDLINGS)[number],
  random: (below: number) => number,
): JournalTable[] {
  const at = 1 + random(rows.length - 2);
  const changed = rows.map((row) => ({ ...row }));
  const [row, next] = [changed[at]!, changed[at + 1]!];
  const rehash = (from: number, to: number) => {
    for (const [n, one] of changed.entries()) {
      if (n >= from && n < to) one.hash = hashOf(changed[n - 1]!.hash, one);
    }
  };
  if (how === 'data') row.data = row.data.replace('done', 'gone');
  if (how === 'kind') row.kind = 'action.judged';
  if (how === 'at') row.at = row.at.replace(/\d(?=Z)/, (digit) => String((Number(digit) + 1) % 10));
  if (how === 'subject') row.subject = null;
  if (how === 'cut') changed.splice(at, 1 + random(3));
  if (how === 'cut-end') changed.splice(at);
  if (how === 'swap') [row.data, next.data] = [next.data, row.data];
  if (how.startsWith('forge')) row.data = '{"forged":true}';
  if (how === 'forge') rehash(at, Math.min(rows.length - 1, at + 1 + random(5)));
  if (how === 'forge-end') rehash(at, rows.length);
  if (how === 'insert') {
    changed.splice(at, 0, { ...row, data: '{"forged":true}' });
    changed.forEach((one, n) => (one.seq = n + 1));
    rehash(at, changed.length);
  }
  return changed;
}

describe.each(DEPLOYMENTS)('D1, %s', (deployment, urlOf) => {
  /** How many changes nobody saw; null: they were not tried to the end. */
  let unseenChanges: number | null = null;

  test(`${TRIES} changes, cuts and forgeries are found by the chain and a head kept elsewhere`, async () => {
    const store = await openForTest(await urlOf());
    await withEntries(store, SHORT);
    const rows = await store.db.selectFrom('journal').selectAll().orderBy('seq').execute();
    const { seq, hash } = await journalHead(store.db);
    const kept = [{ at: new Date(0).toISOString(), entry: seq, hash }];
    const draw = seededRandom(SEED);
    const random = (below: number) => Math.floor(draw() * below);
    const unseen: string[] = [];
    for (let n = 0; n < TRIES; n += 1) {
      const how = MEDDLINGS[n % MEDDLINGS.length]!;
      const changed = meddled(rows, how, random);
      await store.write(async ({ db }) => {
        await db.deleteFrom('journal').execute();
        await db.insertInto('journal').values(changed).execute();
      });
      const { brokenAt } = await verifyJournal(store.db);
      const missing = await firstMissing(store, kept);
      if (brokenAt === null && missing === null) unseen.push(how);
    }

    unseenChanges = unseen.length;
    expect(unseen).toEqual([]);
    await store.write(async ({ db }) => {
      await db.deleteFrom('journal').execute();
      await db.insertInto('journal').values(rows).execute();
    });
    expect([(await verifyJournal(store.db)).brokenAt, await firstMissing(store, kept)]).toEqual([
      null,
      null,
    ]);
  });

  test(`${LONG} entries are walked`, { timeout: 600_000 }, async () => {
    const store = await openForTest(await urlOf());
    await withEntries(store, LONG);

    const start = performance.now();
    const report = await verifyJournal(store.db);
    const seconds = (performance.now() - start) / 1000;

    expect(report).toMatchObject({ entries: LONG, brokenAt: null });
    const isFast = !IS_SOAK || seconds <= 60;
    record({
      promise: 'D1',
      deployment,
      run: `${TRIES} changes, cuts and forgeries; a journal of ${LONG} entries`,
      counted: `not found ${unseenChanges ?? 'not counted'}; verified in ${seconds.toFixed(1)} s`,
      holds: unseenChanges === 0 && isFast,
      seed: SEED,
    });
    if (IS_SOAK) expect(seconds).toBeLessThanOrEqual(60);
  });
});

/** Bodies of which half is noise: JSON of people packs better. */
async function withBodies(store: Store): Promise<void> {
  for (let from = 0; from < BODIES; from += 200) {
    const deliveries = Array.from({ length: 200 }, () => {
      const body = Buffer.alloc(BODY_BYTES, 'words ');
      randomFillSync(body, 0, BODY_BYTES / 2);
      const id = newId();
      return { id, source: 'jira', way: 'webhook' as const, deliveryId: id, body };
    });
    const rows = deliveries.map((one) => ({ ...one, receivedAt: Date.now(), headers: '{}' }));
    await store.write(({ db }) => keepDeliveries(db, rows));
  }
}

if (IS_SOAK)
  describe.each(DEPLOYMENTS)('D3, %s', (deployment, urlOf) => {
    test('a store of 1 GB is put back within five minutes', { timeout: 1_800_000 }, async () => {
      const store = await openForTest(await urlOf());
      await withBodies(store);
      const given = {
        file: join(temporaryFolder(), 'b'),
        secret: 'a-key-of-the-tests',
        program: 'x',
      };
      const begun = performance.now();
      const { about, bytes } = await writeBackup(store, given);
      const written = (performance.now() - begun) / 1000;
      const target = await openStore(await urlOf(), systemClock, schemaOf(about));

      const start = performance.now();
      const report = await restoreBackup(target, given).finally(() => target.close());
      const seconds = (performance.now() - start) / 1000;

      expect(report.rows).toMatchObject({ deliveries: BODIES, delivery_bodies: BODIES });
      const { size } = statSync(given.file);
      expect(size).toBe(bytes);
      record({
        promise: 'D3-size',
        deployment,
        run: `${(BODIES * BODY_BYTES) / 1e9} GB of bodies, backup of ${(size / 1e9).toFixed(2)} GB written in ${written.toFixed(0)} s`,
        counted: `restored in ${seconds.toFixed(0)} s, ${Math.round(process.memoryUsage().rss / 1e6)} MB resident afterwards`,
        holds: seconds <= 300,
        seed: SEED,
      });
      expect(seconds).toBeLessThanOrEqual(300);
    });
  });
