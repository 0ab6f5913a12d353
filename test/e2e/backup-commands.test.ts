import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { keepingRows } from '../../src/cli/status-keeping.ts';
import { handClock, openForTest, temporaryFolder } from '../helpers/store.ts';
import { readNote, writeNote } from '../../src/store/notes.ts';
import { readRestored } from '../../src/store/restored.ts';
import { postgresAnswers, temporaryDatabase } from '../helpers/postgres.ts';
import { shell } from '../helpers/shell.ts';
import { ADMIN, startWorld } from './http-world.ts';

async function fill(url: string, value: string): Promise<void> {
  const store = await openForTest(url);
  await store.write(({ db, journal }) => {
    journal({ kind: 'test.line', subject: null, cycle: null, data: { value } });
    return writeNote(db, 'mark', value);
  });
  await store.close();
}

async function markOf(url: string): Promise<string | null> {
  const store = await openForTest(url);
  return await readNote(store.db, 'mark').finally(() => store.close());
}

const STORES = [
  ['SQLite', () => Promise.resolve(`sqlite:${join(temporaryFolder(), 'store.db')}`)],
  ...((await postgresAnswers()) ? ([['PostgreSQL', () => temporaryDatabase()]] as const) : []),
] as const;

describe.each(STORES)('the commands over %s', (kind, urlOf) => {
  test('keep a backup, list it, check it, and put it back', async () => {
    const url = await urlOf();
    await fill(url, 'first');
    const { run, folder } = await shell(url);

    const made = await run('backup', 'create');
    const [name] = readdirSync(join(folder, 'backups')).filter((one) => one.endsWith('.backup'));
    const file = join(folder, 'backups', name!);
    const listed = await run('backup', 'list');
    const checked = await run('backup', 'verify', file);
    await fill(url, 'second');
    const told = await run('restore', file, '--dry-run');
    const unsure = await run('restore', file);

    expect([made.code, listed.code, checked.code, told.code, unsure.code]).toEqual([0, 0, 0, 0, 2]);
    expect(made.talk).toContain('KEEP A COPY OF IT ELSEWHERE');
    expect(statSync(join(folder, 'backup.key')).mode & 0o777).toBe(0o600);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(listed.out).toContain(kind === 'SQLite' ? 'sqlite' : 'postgres');
    expect(checked.out).toContain('journal of 1 entries holds');
    expect(told.out).toContain('can be restored');
    expect(await markOf(url)).toBe('second');

    const other = kind === 'SQLite' ? url : await temporaryDatabase();
    const again = await shell(other, folder);
    const put = await again.run('backup', 'restore', file, '--yes');

    expect(put).toMatchObject({ code: 0 });
    expect(await markOf(other)).toBe('first');
    const store = await openForTest(other);
    expect(await readRestored(store.db)).not.toBeNull();
    await store.close();
    if (kind === 'PostgreSQL') {
      const full = await again.run('restore', file, '--yes');
      expect([full.code, full.talk]).toEqual([1, expect.stringContaining('is not empty')]);
      return;
    }
    const before = /The store before is (.+)\./.exec(put.out)?.[1] ?? '';
    expect(await markOf(`sqlite:${before}`)).toBe('second');
  });

  test('a lost key and a changed file are told, and nothing is touched', async () => {
    const url = await urlOf();
    await fill(url, 'first');
    const { run, folder } = await shell(url);
    const file = join(folder, 'one.backup');
    await run('backup', 'create', file);

    vi.stubEnv('PM_AGENT_BACKUP_KEY', 'another-key-of-the-tests');
    const wrong = await run('restore', file, '--yes');
    vi.stubEnv('PM_AGENT_BACKUP_KEY', '');
    const bytes = readFileSync(file);
    bytes[bytes.length - 20]! ^= 1;
    writeFileSync(file, bytes);
    const changed = await run('backup', 'verify', file);

    expect([wrong.code, wrong.talk]).toEqual([1, expect.stringContaining('another key')]);
    expect([changed.code, changed.talk]).toEqual([1, expect.stringContaining('changed or cut')]);
    expect(await markOf(url)).toBe('first');
  });

  test('heads kept outside show a cut at the end of the journal', async () => {
    const url = await urlOf();
    await fill(url, 'first');
    const { run, folder } = await shell(url);
    const heads = join(folder, 'heads.jsonl');
    await run('journal', 'head', '--out', heads);
    await fill(url, 'second');
    await run('journal', 'head', '--out', heads);

    const whole = await run('journal', 'verify', '--against', heads);
    const store = await openForTest(url);
    await store.db.deleteFrom('journal').where('seq', '=', 2).execute();
    await store.close();
    const [alone, cut] = [
      await run('journal', 'verify'),
      await run('journal', 'verify', '--against', heads),
    ];

    expect([whole.code, whole.out]).toEqual([0, expect.stringContaining('all 2 heads')]);
    expect(alone.code).toBe(0);
    expect([cut.code, cut.out]).toEqual([5, expect.stringContaining('cut off')]);
  });
});

test('status and metrics tell how the backups stand', async () => {
  const clock = handClock();
  const world = await startWorld({ clock, parts: { keepsBackups: true } });
  const state = {
    good: { at: clock.now() - 7_200_000, bytes: 1_500_000, entries: 9, file: 'x' },
    failed: { at: clock.now() - 60_000, kind: 'store-unavailable' },
  };
  await world.store.write(({ db }) => writeNote(db, 'backup', JSON.stringify(state)));

  const status = (await (await world.ask('/api/status', { token: ADMIN })).json()) as Parameters<
    typeof keepingRows
  >[0];
  const metrics = await (await world.ask('/metrics', { token: ADMIN })).text();

  expect(keepingRows(status)).toEqual([
    ['backup', '2 h ago, 1.5 MB, read back LAST TRY FAILED 1 min ago: store-unavailable'],
  ]);
  expect(metrics).toContain('pm_agent_backup_age_seconds 7200');
  expect(metrics).toContain('pm_agent_backup_failing 1');
});

test('a file that a program has open is not replaced or moved', async () => {
  const url = `sqlite:${join(temporaryFolder(), 'store.db')}`;
  await fill(url, 'first');
  const { run, folder } = await shell(url);
  const file = join(folder, 'one.backup');
  await run('backup', 'create', file);
  // Whatever its port is: that of these settings is free.
  const program = await openForTest(url);
  await program.write(({ db }) => writeNote(db, 'mark', 'second'));

  const put = await run('restore', file, '--yes');
  const moved = await run(
    'migrate-store',
    '--from',
    url,
    '--to',
    'postgres://nobody@127.0.0.1:1/none',
  );
  await program.write(({ db }) => writeNote(db, 'mark', 'third'));

  for (const one of [put, moved]) {
    expect([one.code, one.talk]).toEqual([1, expect.stringContaining('has')]);
    expect(one.talk).toContain('Stop it first.');
  }
  expect(await markOf(url)).toBe('third');
  await program.close();
  expect((await run('restore', file, '--yes')).code).toBe(0);
  expect(await markOf(url)).toBe('first');
});
