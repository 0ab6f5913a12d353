import { existsSync } from 'node:fs';
import { loadConfig } from '../config.ts';
import { Failure } from '../domain/failure.ts';
import { moveStore } from '../store/move-store.ts';
import { openStore } from '../store/open.ts';
import { storeFile } from '../store/store-file.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { requireStopped } from './require-stopped.ts';

export interface MoveOptions {
  readonly from: string;
  readonly to: string;
}

const USUAL_FILE = 'sqlite:data/pm-agent.db';

/** Moves a store from its file into a database. The server must be stopped; the file stays as it is. */
export async function migrateStore(given: Given, options: MoveOptions): Promise<number> {
  const config = loadConfig();
  const from = fileUrl(options.from, config.databaseUrl);
  const to = databaseUrl(options.to, config.databaseUrl);
  await requireStopped(config, from);
  const source = await openStore(from);
  try {
    const target = await openStore(to);
    try {
      const moved = await moveStore(source, target);
      const total = Object.values(moved.rows).reduce((sum, rows) => sum + rows, 0);
      const what = `${total} rows, journal of ${moved.entries} entries holds`;
      given.out.result({ ok: true, from: source.place, to: target.place, ...moved }, [
        moved.kind === 'moved'
          ? `Moved ${source.place} to ${target.place}: ${what}.`
          : `${target.place} has everything of ${source.place} already: ${what}.`,
      ]);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  given.out.say('next: set DATABASE_URL to the database, then pm-agent start');
  return EXIT.done;
}

function fileUrl(named: string, configured: string): string {
  const usual = storeFile(configured) === null ? USUAL_FILE : configured;
  const url = named === 'sqlite' ? usual : named;
  const file = storeFile(url);
  if (file !== null && existsSync(file)) return url;
  throw new Failure('invalid-input', `there is no store at ${file ?? named}`, {
    fix: 'Name the file: --from sqlite:data/pm-agent.db',
  });
}

function databaseUrl(named: string, configured: string): string {
  const url = named === 'postgres' ? configured : named;
  if (url.startsWith('postgres')) return url;
  throw new Failure('invalid-input', 'it is not said which database to move to', {
    fix: 'Set DATABASE_URL to the database, or name it: --to postgres://user@host/name',
  });
}
