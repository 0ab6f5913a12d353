import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { listJournal } from '../../store/journal.ts';
import type { Store } from '../../store/open.ts';
import { handClock, temporaryFolder, temporaryStore } from '../../../test/helpers/store.ts';
import { compileDirectives } from './compile.ts';
import { directivesInForce } from './in-force.ts';

const ONE = 'limits: { reminders_per_person_and_day: 1 }\n';
const TWO = 'limits: { reminders_per_person_and_day: 2 }\n';
const BROKEN = 'limits: { reminders_per_person_and_day: many }\n';

interface Desk {
  readonly path?: string;
  readonly store?: Store;
  readonly text?: string;
}

async function deskWith(given: Desk = {}) {
  const path = given.path ?? join(temporaryFolder(), 'pm-directives.yaml');
  const text = given.text ?? ONE;
  if (given.path === undefined) writeFileSync(path, text);
  const store = given.store ?? (await temporaryStore());
  const clock = handClock();
  const told: { level: number; msg: string; faults?: string[] }[] = [];
  const log = pino({}, { write: (line: string) => void told.push(JSON.parse(line) as never) });
  const compiled = compileDirectives(text, { holidays: new Map() });
  if ('faults' in compiled) throw new Error('it has faults');
  const constitution = compiled.ok;
  const parts = { path, text, constitution, store, clock, log, holidays: new Map() };
  const desk = directivesInForce(parts);
  onTestFinished(() => desk.stop());
  const reminders = () => desk.current().limits.remindersPerPersonAndDay;
  const journal = async () => {
    const page = await listJournal(store.db, { status: 'directives.applied', limit: 50 });
    return page.items.map(({ data }) => data);
  };
  return { desk, path, store, clock, told, reminders, journal, version: constitution.version };
}

describe('a file that changes', () => {
  test('comes into force by itself, and is kept and journaled', async () => {
    const { desk, path, reminders, journal, version } = await deskWith();
    await desk.start();

    writeFileSync(path, TWO);

    await vi.waitFor(() => expect(reminders()).toBe(2), { timeout: 20_000 });
    const after = desk.current().version;
    expect(await journal()).toEqual([
      { version: after, author: 'file', before: version },
      { version, author: 'file', before: null },
    ]);
    expect((await desk.history()).map((row) => row.version)).toEqual([after, version]);
  });

  test('comes into force when an editor puts a new file in its place', async () => {
    const { desk, path, reminders } = await deskWith();
    await desk.start();

    rmSync(path);
    writeFileSync(path, TWO);

    await vi.waitFor(() => expect(reminders()).toBe(2), { timeout: 20_000 });
  });

  test('with a fault never replaces the good one, and is told once', async () => {
    const { desk, path, reminders, told, journal } = await deskWith();
    await desk.start();

    for (const text of [BROKEN, BROKEN, '']) {
      writeFileSync(path, text);
      await desk.look();
    }

    const warnings = told.filter(({ level }) => level === 40);
    expect(reminders()).toBe(1);
    expect(warnings.map(({ faults }) => faults?.length)).toEqual([1, 1]);
    expect(warnings[0]?.faults?.[0]).toContain(`${path}:1:41 limits.reminders_per_person_and_day`);
    expect(desk.problem()).toContain('it is empty');
    expect(await journal()).toHaveLength(1);
  });

  test('is no problem any more when it is mended, or when the old text is back', async () => {
    const { desk, path, reminders } = await deskWith();
    await desk.start();
    writeFileSync(path, BROKEN);
    await desk.look();
    expect(desk.problem()).not.toBeNull();

    writeFileSync(path, ONE);
    await desk.look();
    expect(desk.problem()).toBeNull();

    writeFileSync(path, TWO);
    await desk.look();
    expect([desk.problem(), reminders()]).toEqual([null, 2]);
  });

  test('is kept once, although it is looked at twice at the same time', async () => {
    const { desk, path } = await deskWith();
    await desk.start();
    writeFileSync(path, TWO);

    await Promise.all([desk.look(), desk.look()]);

    expect(await desk.history()).toHaveLength(2);
  });

  test('that is gone leaves the good one in force', async () => {
    const { desk, path, reminders } = await deskWith();
    await desk.start();

    rmSync(path);
    await desk.look();

    expect([reminders(), desk.problem()]).toEqual([1, null]);
  });

  test('while the program was down is one more version of the history', async () => {
    const first = await deskWith();
    await first.desk.start();
    await first.desk.stop();
    const again = await deskWith({ path: first.path, store: first.store });
    await again.desk.start();
    await again.desk.stop();
    writeFileSync(first.path, TWO);

    const third = await deskWith({ path: first.path, store: first.store, text: TWO });
    await third.desk.start();

    expect(await third.journal()).toEqual([
      { version: third.version, author: 'file', before: first.version },
      { version: first.version, author: 'file', before: null },
    ]);
  });

  test('between the reading of the settings and the start is not missed', async () => {
    const { desk, path, reminders } = await deskWith();

    writeFileSync(path, TWO);
    await desk.start();

    expect(reminders()).toBe(2);
  });
});

describe('apply', () => {
  test('puts a text in force and into the file, with author and note', async () => {
    const { desk, path, reminders, version, journal } = await deskWith();
    await desk.start();

    const applied = await desk.apply(TWO, 'mia', 'more reminders');

    const after = desk.current().version;
    expect(applied).toEqual({ kind: 'applied', version: after, before: version });
    expect(readFileSync(path, 'utf8')).toBe(TWO);
    expect(reminders()).toBe(2);
    expect((await desk.history())[0]).toMatchObject({ author: 'mia', note: 'more reminders' });
    expect((await journal())[0]).toEqual({ version: after, author: 'mia', before: version });
  });

  test('is one version, although the file is watched', async () => {
    const { desk } = await deskWith();
    await desk.start();

    await desk.apply(TWO, 'mia', null);
    await desk.look();

    expect((await desk.history()).map(({ author }) => author)).toEqual(['mia', 'file']);
  });

  test('refuses a text with faults and leaves file, store and rules alone', async () => {
    const { desk, path, reminders } = await deskWith();
    await desk.start();

    const answer = await desk.apply(BROKEN, 'mia', null);

    expect(answer).toMatchObject({ kind: 'faulty', faults: [{ line: 1, column: 41 }] });
    expect(readFileSync(path, 'utf8')).toBe(ONE);
    expect([reminders(), (await desk.history()).length]).toEqual([1, 1]);
  });

  test('of what is in force already changes nothing', async () => {
    const { desk, version } = await deskWith();
    await desk.start();

    expect(await desk.apply(ONE, 'mia', null)).toEqual({ kind: 'unchanged', version });
    expect(await desk.history()).toHaveLength(1);
  });

  test('mends a broken file with the text that is in force', async () => {
    const { desk, path } = await deskWith();
    await desk.start();
    writeFileSync(path, BROKEN);
    await desk.look();

    await desk.apply(ONE, 'mia', null);

    expect([readFileSync(path, 'utf8'), desk.problem()]).toEqual([ONE, null]);
  });

  test('follows a link to the file, makes a missing folder and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'real/there.yaml'), ONE);
    symlinkSync(join(folder, 'real/there.yaml'), join(folder, 'link.yaml'));
    const linked = await deskWith({ path: join(folder, 'link.yaml') });
    const missing = await deskWith({ path: join(folder, 'new/file.yaml') });

    await linked.desk.apply(TWO, 'mia', null);
    await missing.desk.apply(TWO, 'mia', null);

    expect(readFileSync(join(folder, 'real/there.yaml'), 'utf8')).toBe(TWO);
    expect(readdirSync(join(folder, 'real'))).toEqual(['there.yaml']);
    expect(readFileSync(join(folder, 'new/file.yaml'), 'utf8')).toBe(TWO);
  });

  test('fails as a conflict where the file cannot be replaced, and changes nothing', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'plain'), '');
    const { desk, reminders } = await deskWith({ path: join(folder, 'plain/d.yaml') });
    await desk.start();

    await expect(desk.apply(TWO, 'mia', null)).rejects.toMatchObject({ kind: 'conflict' });
    expect([reminders(), (await desk.history()).length]).toEqual([1, 1]);
  });

  test('many at once are one after the other: file, store and rules agree', async () => {
    const { desk, path } = await deskWith();
    await desk.start();
    const texts = Array.from({ length: 8 }, (_, n) => `limits: { hops: ${n} }\n`);

    await Promise.all(texts.map((text) => desk.apply(text, 'mia', null)));

    const [latest] = await desk.history();
    expect(readFileSync(path, 'utf8')).toBe(desk.text());
    expect(latest?.version).toBe(desk.current().version);
    expect(await desk.history()).toHaveLength(9);
  });
});

describe('revert', () => {
  test('brings an earlier text back as a new row of the history', async () => {
    const { desk, path, reminders, version } = await deskWith();
    await desk.start();
    await desk.apply(TWO, 'mia', null);

    const answer = await desk.revert(version, 'tom');

    expect(answer).toMatchObject({ kind: 'applied', version });
    expect([readFileSync(path, 'utf8'), reminders()]).toEqual([ONE, 1]);
    expect((await desk.history()).map(({ author, note }) => [author, note])).toEqual([
      ['tom', `back to ${version}`],
      ['mia', null],
      ['file', null],
    ]);
  });

  test('knows only what was in force here', async () => {
    const { desk } = await deskWith();

    expect(await desk.revert('0123456789ab', 'tom')).toEqual({ kind: 'unknown-version' });
  });
});
