import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { verifyJournal } from '../store/journal.ts';
import { openStore, storeFile } from '../store/open.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';

/** Writes a consistent copy and checks it by opening it and walking its journal. */
export async function createBackup(given: Given, named: string | undefined): Promise<number> {
  const config = loadConfig();
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const file = resolve(named ?? `backups/pm-agent-${stamp}.db`);
  if (existsSync(file)) {
    throw new Failure('invalid-input', `${file} exists already`, { fix: 'Name another file.' });
  }
  mkdirSync(dirname(file), { recursive: true });
  const store = await openStore(config.databaseUrl);
  try {
    await store.copyTo(file);
  } finally {
    await store.close();
  }
  const report = await checked(file);
  given.out.result({ ok: true, file, journal: report }, [
    `Copied to ${file}: journal of ${report.entries} entries holds.`,
  ]);
  given.out.say(`next: pm-agent backup restore ${file}`);
  return EXIT.done;
}

function fileOf(config: Config): string {
  const file = storeFile(config.databaseUrl);
  if (file !== null) return file;
  const fix = 'Restore it with the tools of the database server.';
  throw new Failure('invalid-input', 'the store is a database, not a file', { fix });
}

async function checked(file: string) {
  const copy = await openStore(`sqlite:${file}`);
  try {
    const report = await verifyJournal(copy.db);
    if (report.brokenAt === null) return report;
    throw new Failure('internal', `the copy's journal breaks at entry ${report.brokenAt}`);
  } finally {
    await copy.close();
  }
}

/** Puts a checked copy in the place of the store; the old store stays beside it. */
export async function restoreBackup(
  given: Given,
  options: { readonly file: string; readonly yes: boolean },
): Promise<number> {
  const config = loadConfig();
  const file = resolve(options.file);
  if (!existsSync(file)) {
    throw new Failure('invalid-input', `${file} does not exist`, { fix: 'Name a backup file.' });
  }
  if (!options.yes) {
    const fix = 'Add --yes once you are sure.';
    throw new Failure('invalid-input', 'restoring replaces the store', { fix });
  }
  if (await isListening(config)) {
    const fix = 'Stop it first.';
    throw new Failure('conflict', `a server listens on port ${config.port}`, { fix });
  }
  const report = await checked(file);
  const target = resolve(fileOf(config));
  const old = existsSync(target) ? `${target}.before-restore-${Date.now()}` : null;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, `${target}.restoring`);
  if (old !== null) {
    await (await openStore(config.databaseUrl)).close();
    renameSync(target, old);
  }
  for (const tail of ['-wal', '-shm']) rmSync(`${target}${tail}`, { force: true });
  renameSync(`${target}.restoring`, target);
  given.out.result({ ok: true, file: target, before: old, journal: report }, [
    `Restored ${target}: journal of ${report.entries} entries holds.`,
    ...(old === null ? [] : [`The store before is ${old}.`]),
  ]);
  given.out.say('next: pm-agent start');
  return EXIT.done;
}

/** Whether a server answers on the port of these settings. */
export async function isListening(config: Config): Promise<boolean> {
  return await new Promise((resolvePort) => {
    const socket = connect({ host: config.host, port: config.port });
    const end = (listening: boolean): void => {
      socket.destroy();
      resolvePort(listening);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
