import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { commentEvent, newEvent } from '../../../test/helpers/events.ts';
import { postgresAnswers, temporaryPostgres } from '../../../test/helpers/postgres.ts';
import { handClock, temporaryFolder, temporaryStore } from '../../../test/helpers/store.ts';
import { newId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { keepDeliveries } from '../deliveries.ts';
import { keepEvents } from '../events.ts';
import { verifyJournal } from '../journal.ts';
import { readNote, writeNote } from '../notes.ts';
import type { Store } from '../open.ts';
import { readRestored } from '../restored.ts';
import { pagesOf, tableNames } from '../whole-tables.ts';
import type { Row } from '../whole-tables.ts';
import { listBackups } from './backup-folder.ts';
import { keepBackup, readBackupState } from './keep-backup.ts';
import { backUpWhenDue } from './nightly.ts';
import { readBackup } from './read-backup.ts';
import { restoreBackup } from './restore-backup.ts';
import { outdated } from './rotation.ts';
import { writeBackup } from './write-backup.ts';

const SECRET = 'a-key-of-the-tests-for-backups';
const MARK = 'words-that-nobody-else-may-read';
const BODY = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const DAY_MS = 86_400_000;

async function fill(store: Store, many: number): Promise<void> {
  await store.write(async ({ db, journal }) => {
    await keepDeliveries(
      db,
      Array.from({ length: 30 }, (_, n) => ({
        id: newId(1000 + n),
        source: 'jira',
        way: 'webhook' as const,
        deliveryId: String(n),
        receivedAt: 1000,
        headers: '{}',
        body: BODY,
      })),
    );
    const events = Array.from({ length: many }, (_, n) =>
      newEvent(commentEvent(String(n), { text: MARK }), n),
    );
    await keepEvents(db, events);
    await writeNote(db, 'odd', 'a\0b\u{1F600}\uFDD0');
    for (let n = 0; n < 700; n += 1) {
      journal({ kind: 'test.line', subject: null, cycle: null, data: { n } });
    }
  });
}

/** All rows as text, whatever order the database gives them and their columns in. */
async function contents(store: Store): Promise<Record<string, readonly string[]>> {
  return await store.snapshot(async (db) => {
    const all: Record<string, readonly string[]> = {};
    for (const name of await tableNames(db)) {
      const pages = await Array.fromAsync(pagesOf(db, name));
      all[name] = pages.flat().map(textOf).toSorted();
    }
    return all;
  });
}

function textOf(row: Row): string {
  const cells = Object.entries(row).map(([name, value]) => {
    return [name, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value];
  });
  return JSON.stringify(cells.toSorted());
}

const STORES = [
  ['SQLite', temporaryStore],
  ...((await postgresAnswers()) ? ([['PostgreSQL', temporaryPostgres]] as const) : []),
] as const;
const PAIRS = STORES.flatMap((from) => STORES.map((to) => ({ from, to })));

const request = () => ({
  file: join(temporaryFolder(), 'one.backup'),
  secret: SECRET,
  program: '9.9.9',
});

test.each(PAIRS)('a backup of $from.0, restored into $to.0, is the same', async ({ from, to }) => {
  const [store, target] = [await from[1](), await to[1]()];
  await fill(store, 1200);
  const given = request();

  const { about } = await writeBackup(store, given);
  const report = await restoreBackup(target, given);

  expect(report).toMatchObject({
    about,
    rows: { deliveries: 30, delivery_bodies: 30, events: 1200, journal: 700 },
    journal: { entries: 700, brokenAt: null, head: about.head.hash },
  });
  const [was, is] = [await contents(store), await contents(target)];
  // The restore itself is an entry and a note.
  const itself = (name: string) => is[name]!.filter((row) => !was[name]!.includes(row));
  expect([itself('journal').length, itself('notes').length]).toEqual([1, 1]);
  const rest = (all: typeof is) => ({ ...all, journal: [], notes: [] });
  expect(rest(is)).toEqual(rest(was));
  expect(is['journal']).toEqual(expect.arrayContaining([...was['journal']!]));
  expect(await readNote(target.db, 'odd')).toBe('a\0b\u{1F600}\uFDD0');
  expect(await readRestored(target.db)).toMatchObject({ backupAt: Date.parse(about.at) });
  await target.write(({ db, journal }) => {
    journal({ kind: 'test.after', subject: null, cycle: null, data: {} });
    return keepEvents(db, [newEvent(commentEvent('new'), 5)]);
  });
  expect(await verifyJournal(target.db)).toMatchObject({ entries: 702, brokenAt: null });
});

describe.each(STORES)('%s', (_, open) => {
  test('a backup is of one instant while others write', async () => {
    const store = await open();
    await fill(store, 600);
    const given = request();
    const writing = new AbortController();
    const written = (async () => {
      for (let n = 0; !writing.signal.aborted; n += 1) {
        await store.write(async ({ db, journal }) => {
          journal({ kind: 'test.more', subject: null, cycle: null, data: { n } });
          await writeNote(db, `more:${n}`, String(n));
        });
        await setImmediate();
      }
    })();

    const { about } = await writeBackup(store, given).finally(() => writing.abort());
    await written;

    const { rows, journal } = await readBackup(given);
    expect(journal.entries).toBe(about.head.seq);
    // Entry and note were one commit: the backup has both or neither.
    expect(rows['notes']).toBe(1 + journal.entries - 700);
  });

  test('large bodies are held in memory a few at a time', async () => {
    const store = await open();
    const body = Buffer.alloc(7 * 1024 * 1024, 'words ');
    const deliveries = ['a', 'b', 'c', 'd', 'e'].map((deliveryId) => {
      const made = { id: newId(), source: 'jira', way: 'webhook' as const };
      return { ...made, deliveryId, receivedAt: 1000, headers: '{}', body };
    });
    await store.write(({ db }) => keepDeliveries(db, deliveries));
    const given = request();
    const [pages, read]: [number[], number[]] = [[], []];

    await store.snapshot(async (db) => {
      for await (const page of pagesOf(db, 'delivery_bodies')) pages.push(page.length);
    });
    await writeBackup(store, given);
    await readBackup(given, {
      rows: (table, rows) => {
        if (table === 'delivery_bodies') read.push(rows.length);
        return Promise.resolve();
      },
    });

    expect(pages).toEqual([2, 2, 1]);
    expect(read).toEqual([3, 2]);
  });

  test('a store that holds something is not restored into', async () => {
    const [store, target] = [await open(), await open()];
    await fill(store, 5);
    const given = request();
    await writeBackup(store, given);
    await target.write(({ db }) => writeNote(db, 'mine', 'x'));

    await expect(restoreBackup(target, given)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await readNote(target.db, 'mine')).toBe('x');
  });

  test('a backup that breaks off leaves nothing behind', async () => {
    const [store, target] = [await open(), await open()];
    await fill(store, 5);
    const given = request();
    await writeBackup(store, given);
    const bytes = readFileSync(given.file);
    writeFileSync(given.file, bytes.subarray(0, bytes.length - 9));

    await expect(restoreBackup(target, given)).rejects.toMatchObject({ kind: 'unreadable' });
    expect(await verifyJournal(target.db)).toMatchObject({ entries: 0 });
    expect(await readRestored(target.db)).toBeNull();
  });
});

describe('a sealed file', () => {
  async function sealedFile() {
    const store = await temporaryStore();
    await fill(store, 1200);
    await store.write(async ({ db }) => {
      const noise = Array.from({ length: 300 }, () => newId() + newId() + newId()).join();
      for (let n = 0; n < 60; n += 1) await writeNote(db, `noise:${n}`, `${n}${noise}`);
    });
    const given = request();
    await writeBackup(store, given);
    return { given, bytes: readFileSync(given.file) };
  }

  test('shows nothing but its head', async () => {
    const { bytes } = await sealedFile();
    const text = bytes.toString('latin1');

    const head = JSON.parse(text.slice(0, text.indexOf('\n'))) as object;
    expect(Object.keys(head)).toEqual(['format', 'version', 'at', 'salt', 'check']);
    for (const word of [MARK, 'sqlite', 'journal', SECRET]) expect(text).not.toContain(word);
  });

  test('opens with no other key', async () => {
    const { given } = await sealedFile();

    const opened = readBackup({ ...given, secret: `${SECRET}!` });

    await expect(opened).rejects.toMatchObject({
      kind: 'denied',
      fix: expect.stringContaining('PM_AGENT_BACKUP_KEY') as string,
    });
  });

  test('with one bit changed anywhere, cut anywhere, or with parts in another order does not open', async () => {
    const { given, bytes } = await sealedFile();
    const head = bytes.indexOf(0x0a) + 1;
    const first = 4 + bytes.readUInt32BE(head) + 16;
    const second = 4 + bytes.readUInt32BE(head + first) + 16;
    expect(bytes.length).toBeGreaterThan(head + first + second);
    const flip = (at: number) => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      return changed;
    };
    const part = (from: number, length: number) => bytes.subarray(from, from + length);
    const mutants = [
      ...[2, 40, head - 3, head, head + 3, head + 9, head + first - 1, bytes.length - 1].map(flip),
      ...[head - 2, head, head + first, head + first + second, bytes.length - 1].map((end) =>
        bytes.subarray(0, end),
      ),
      Buffer.concat([
        part(0, head),
        part(head + first, second),
        part(head, first),
        bytes.subarray(head + first + second),
      ]),
      Buffer.concat([part(0, head), bytes.subarray(head + first)]),
      Buffer.concat([bytes, part(head, first)]),
    ];

    for (const [n, mutant] of mutants.entries()) {
      writeFileSync(given.file, mutant);
      const kind = await readBackup(given).then(
        () => 'opened',
        (error: unknown) => (error as { kind?: string }).kind ?? String(error),
      );
      expect([n, kind]).toEqual([
        n,
        expect.stringMatching(/^(unreadable|denied|invalid-settings)$/),
      ]);
    }
  });
});

describe('backups by the clock', () => {
  const settings = (folder: string) => ({
    folder,
    minuteOfDay: 120,
    keep: { days: 3, weeks: 2, months: 1 },
    key: null,
    keyFile: join(folder, '..', 'backup.key'),
    headFile: join(folder, 'heads.jsonl'),
  });

  test('one a day, also late, with a key of its own, and old ones go', async () => {
    const clock = handClock(new Date('2026-03-02T09:00:00').getTime());
    const store = await temporaryStore(clock);
    await fill(store, 5);
    const folder = join(temporaryFolder(), 'backups');
    const parts = { store, log: silentLogger, settings: settings(folder), program: '9.9.9' };

    expect(await backUpWhenDue(parts)).toBe(false);
    clock.move(DAY_MS);
    expect(await backUpWhenDue(parts)).toBe(true);
    expect(await backUpWhenDue(parts)).toBe(false);
    for (let day = 0; day < 6; day += 1) {
      clock.move(DAY_MS);
      await backUpWhenDue(parts);
    }

    const secret = readFileSync(parts.settings.keyFile, 'utf8').trim();
    const listed = await listBackups(folder, secret);
    expect(listed).toHaveLength(3);
    expect(listed.map(({ problem, verifiedAt }) => [problem, verifiedAt !== null])).toEqual(
      listed.map(() => [null, true]),
    );
    expect(await readBackupState(store)).toMatchObject({ failed: null, good: { at: clock.now() } });
    expect(readFileSync(join(folder, 'heads.jsonl'), 'utf8').trim().split('\n')).toHaveLength(7);
  });

  test('a failure is remembered and tried again after an hour', async () => {
    const clock = handClock();
    const store = await temporaryStore(clock);
    await fill(store, 5);
    clock.move(2 * DAY_MS);
    const blocked = join(temporaryFolder(), 'a-file');
    writeFileSync(blocked, 'x');
    const given = { ...settings(join(temporaryFolder(), 'b')), folder: join(blocked, 'backups') };
    const parts = { store, log: silentLogger, settings: given, program: '9.9.9' };

    await expect(backUpWhenDue(parts)).rejects.toThrow();
    expect(await readBackupState(store)).toMatchObject({ good: null, failed: { at: clock.now() } });
    expect(await backUpWhenDue(parts)).toBe(false);
    clock.move(3_600_000);
    const mended = settings(join(temporaryFolder(), 'c', 'backups'));
    expect(await backUpWhenDue({ ...parts, settings: mended })).toBe(true);
    expect(await readBackupState(store)).toMatchObject({ failed: null });
  });

  test('a store that is away too does not hide what went wrong', async () => {
    const store = await temporaryStore();
    const blocked = join(temporaryFolder(), 'a-file');
    writeFileSync(blocked, 'x');
    const away = { ...store, write: () => Promise.reject(new Error('the store is away')) };
    const folder = join(blocked, 'backups');

    const backup = keepBackup(away, folder, { settings: settings(folder), program: '9' });

    await expect(backup).rejects.toThrow(/a-file/);
  });

  test('what a program that died had begun is removed, what is written now is not', async () => {
    const clock = handClock();
    const store = await temporaryStore(clock);
    const folder = join(temporaryFolder(), 'backups');
    mkdirSync(folder);
    const begun = (name: string, minutesAgo: number) => {
      const at = clock.now() / 1000 - minutesAgo * 60;
      writeFileSync(join(folder, name), 'half');
      utimesSync(join(folder, name), at, at);
    };
    begun('pm-agent-2026-03-01T02-00-00Z.backup.partial', 10);
    begun('pm-agent-2026-03-02T08-59-00Z.backup.partial', 1);
    begun('of-somebody-else.partial', 10);

    await keepBackup(store, folder, { settings: settings(folder), program: '9' });

    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([
      'of-somebody-else.partial',
      'pm-agent-2026-03-02T08-59-00Z.backup.partial',
    ]);
  });

  test('a file of its own name is left alone by rotation', async () => {
    const store = await temporaryStore();
    await fill(store, 5);
    const folder = join(temporaryFolder(), 'backups');
    const file = join(folder, 'before-update.backup');

    await keepBackup(store, folder, { settings: settings(folder), program: '9', file });
    await keepBackup(store, folder, { settings: settings(folder), program: '9' });

    const names = (await listBackups(folder, null)).map((one) => one.file);
    expect(names).toContain(file);
    expect(names).toHaveLength(2);
  });

  test('rotation keeps the newest of days, weeks and months', () => {
    const last = Date.parse('2026-11-21T02:00:00Z');
    const taken = Array.from({ length: 400 }, (_, n) => last - n * DAY_MS);

    const gone = new Set(outdated(taken, { days: 7, weeks: 4, months: 6 }));

    const kept = taken
      .filter((at) => !gone.has(at))
      .map((at) => new Date(at).toISOString().slice(5, 10));
    expect(kept).toEqual([
      ...['11-21', '11-20', '11-19', '11-18', '11-17', '11-16', '11-15'],
      ...['11-08', '11-01', '10-31', '09-30', '08-31', '07-31', '06-30'],
    ]);
  });
});
