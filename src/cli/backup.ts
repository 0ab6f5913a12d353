import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { systemClock } from '../lib/clock.ts';
import { checkBackup, listBackups } from '../store/backup/backup-folder.ts';
import type { ListedBackup } from '../store/backup/backup-folder.ts';
import { findKey, requireKey } from '../store/backup/backup-key.ts';
import { keepBackup } from '../store/backup/keep-backup.ts';
import { readAbout, readBackup } from '../store/backup/read-backup.ts';
import type { BackupReport } from '../store/backup/read-backup.ts';
import { restoreBackup, schemaOf } from '../store/backup/restore-backup.ts';
import { openStore } from '../store/open.ts';
import { storeFile } from '../store/store-file.ts';
import { VERSION } from '../version.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { table } from './output.ts';
import { requireStopped } from './require-stopped.ts';
import { openThere } from './store-there.ts';

/** Writes an encrypted backup while the server runs, and reads it back whole. */
export async function createBackup(given: Given, named: string | undefined): Promise<number> {
  const config = loadConfig();
  const { backups: settings } = config;
  const folder = settings.folder ?? 'backups';
  // As it is: a backup before an update is of the schema of before.
  const store = await openThere(config);
  try {
    const own = named === undefined ? {} : { file: resolve(named) };
    const kept = await keepBackup(store, resolve(folder), { settings, program: VERSION, ...own });
    const { report, file, bytes } = kept;
    given.out.result({ ok: true, file, bytes, removed: kept.removed, ...report }, [
      `Kept ${file}: ${size(bytes)}, ${holds(report)}.`,
    ]);
    if (kept.madeKey) {
      given.out.say(`A key was made: ${settings.keyFile}. KEEP A COPY OF IT ELSEWHERE.`);
      given.out.say('Backups are encrypted with it and open with nothing else.');
    }
    given.out.say(`next: pm-agent backup verify ${file}`);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** What is in the folder of the backups, newest first. */
export async function showBackups(given: Given): Promise<number> {
  const { backups: settings } = loadConfig();
  const folder = resolve(settings.folder ?? 'backups');
  const secret = await findKey(settings);
  const listed = await listBackups(folder, secret);
  const head = ['taken', 'size', 'store', 'schema', 'entries', 'head', 'verified', 'file'];
  given.out.result(
    { ok: true, folder, backups: listed },
    listed.length === 0
      ? [`No backups in ${folder}.`]
      : table([head, ...listed.map((one) => rowOf(one))]),
  );
  if (secret === null) given.out.say('There is no key: only what anybody can read is shown.');
  return listed.some(({ problem }) => problem !== null) ? EXIT.problems : EXIT.done;
}

function rowOf({ about, at, bytes, verifiedAt, problem, file }: ListedBackup): string[] {
  const told =
    about === null
      ? ['-', '-', '-', problem ?? '-']
      : [
          about.store,
          about.schema.at(-1) ?? '-',
          String(about.head.seq),
          about.head.hash.slice(0, 12),
        ];
  return [at ?? '-', size(bytes), ...told, verifiedAt?.slice(0, 16) ?? 'no', file];
}

const size = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function holds({ journal, rows }: BackupReport): string {
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  return `${total} rows, journal of ${journal.entries} entries holds`;
}

/** Decrypts a backup, counts its rows and walks its journal. Throws when anything does not fit. */
export async function verifyBackup(given: Given, named: string): Promise<number> {
  const { backups } = loadConfig();
  const file = fileOf(named);
  const report = await checkBackup({ file, secret: await requireKey(backups) }, Date.now());
  given.out.result({ ok: true, file, ...report }, [
    `${file} holds: ${holds(report)}, head ${report.journal.head}.`,
    aboutLine(report),
  ]);
  return EXIT.done;
}

function aboutLine({ about }: BackupReport): string {
  return `Taken ${about.at} by pm-agent ${about.program} from ${about.store}, schema ${about.schema.at(-1) ?? '-'}.`;
}

function fileOf(named: string): string {
  const file = resolve(named);
  if (existsSync(file)) return file;
  throw new Failure('invalid-input', `${file} does not exist`, {
    fix: 'Name a file of pm-agent backup list.',
  });
}

export interface RestoreOptions {
  readonly file: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/** Puts a backup in the place of the store; the store before stays as it is beside it. The server must be stopped. */
export async function restore(given: Given, options: RestoreOptions): Promise<number> {
  const config = loadConfig();
  const file = fileOf(options.file);
  const secret = await requireKey(config.backups);
  if (options.dryRun) return await tellRestore(given, { config, file, secret });
  if (!options.yes) {
    const fix = 'Look at it with --dry-run; add --yes once you are sure.';
    throw new Failure('invalid-input', 'restoring replaces the store', { fix });
  }
  await requireStopped(config, config.databaseUrl);
  const before = storeFile(config.databaseUrl) === null ? null : beforeOf(config);
  const report = await intoPlace(config, { file, secret, before });
  given.out.result({ ok: true, place: placeOf(config), before, ...report }, [
    `Restored ${placeOf(config)}: ${holds(report)}.`,
    ...(before === null ? [] : [`The store before is ${before}.`]),
    heldLine(report),
  ]);
  given.out.say('next: pm-agent start');
  return EXIT.done;
}

function heldLine({ unsettled }: BackupReport): string {
  const total = Object.values(unsettled).reduce((sum, count) => sum + count, 0);
  const states = Object.entries(unsettled).map(([state, count]) => `${count} ${state}`);
  const which = total === 0 ? '' : ` (${states.join(', ')})`;
  return `Not at their end: ${total} actions${which}. Each is looked for at its target before it is sent.`;
}

interface Restoring {
  readonly config: Config;
  readonly file: string;
  readonly secret: string;
}

/** What would be restored, where and instead of what. Changes nothing. */
async function tellRestore(given: Given, { config, file, secret }: Restoring): Promise<number> {
  const report = await readBackup({ file, secret });
  const schema = schemaOf(report.about);
  const target = storeFile(config.databaseUrl);
  const place = placeOf(config);
  const instead =
    target === null
      ? `It would be put into ${place}, which has to be empty.`
      : existsSync(target)
        ? `It would take the place of ${place}, which would be kept beside it.`
        : `It would be put to ${place}, where nothing is now.`;
  given.out.result({ ok: true, dryRun: true, file, place, schema, ...report }, [
    `${file} can be restored: ${holds(report)}.`,
    aboutLine(report),
    instead,
    heldLine(report),
  ]);
  given.out.say(`next: pm-agent restore ${file} --yes`);
  return EXIT.done;
}

/** Where the store is, without user and password. */
function placeOf({ databaseUrl }: Config): string {
  const file = storeFile(databaseUrl);
  if (file !== null) return resolve(file);
  const { protocol, host, pathname } = new URL(databaseUrl);
  return `${protocol}//${host}${pathname}`;
}

function beforeOf(config: Config): string | null {
  const file = storeFile(config.databaseUrl);
  return file !== null && existsSync(file) ? `${resolve(file)}.before-restore-${Date.now()}` : null;
}

interface Placing {
  readonly file: string;
  readonly secret: string;
  readonly before: string | null;
}

async function intoPlace(config: Config, { file, secret, before }: Placing): Promise<BackupReport> {
  const schema = schemaOf(await readAbout(file, secret));
  const target = storeFile(config.databaseUrl);
  const url = target === null ? config.databaseUrl : `sqlite:${resolve(target)}.restoring`;
  if (target !== null) {
    mkdirSync(dirname(resolve(target)), { recursive: true });
    removeStore(`${resolve(target)}.restoring`);
  }
  const store = await openStore(url, systemClock, schema);
  const report = await restoreBackup(store, { file, secret, program: VERSION }).finally(() =>
    store.close(),
  );
  // The schema of this program, before the old store is moved away.
  await (await openStore(url)).close();
  if (target !== null) putInPlace(resolve(target), before);
  return report;
}

/** A log beside the file goes with it: after a crash it holds the last commits. */
function putInPlace(target: string, before: string | null): void {
  if (before !== null) moveStoreFile(target, before);
  moveStoreFile(`${target}.restoring`, target);
}

function moveStoreFile(from: string, to: string): void {
  for (const tail of ['-wal', '-shm', '']) {
    rmSync(`${to}${tail}`, { force: true });
    if (existsSync(`${from}${tail}`)) renameSync(`${from}${tail}`, `${to}${tail}`);
  }
}

function removeStore(file: string): void {
  for (const tail of ['-wal', '-shm', '']) rmSync(`${file}${tail}`, { force: true });
}
