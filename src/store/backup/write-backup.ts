import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Kysely } from 'kysely';
import { Failure } from '../../domain/failure.ts';
import { iso } from '../../lib/clock.ts';
import { isPostgres } from '../dialect-columns.ts';
import { journalHead } from '../journal.ts';
import { migrationsOf } from '../migrate.ts';
import type { Store } from '../open.ts';
import type { Tables } from '../tables.ts';
import { pagesOf, tableNames } from '../whole-tables.ts';
import type { Row } from '../whole-tables.ts';
import { partialOf } from './backup-folder.ts';
import { rowLine } from './backup-lines.ts';
import type { About } from './backup-lines.ts';
import { sealed } from './seal.ts';

export interface BackupRequest {
  readonly file: string;
  readonly secret: string;
  /** The version of this program. */
  readonly program: string;
  /** Ends the writing: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** A backup that was written. */
export interface Written {
  readonly bytes: number;
  readonly about: About;
}

/**
 * Writes the store as it stands at one instant into one encrypted file, while others go on writing. The file is there whole
 * or not at all. Throws `conflict` when there is a file of that name, `store-unavailable` when it cannot be written.
 */
export async function writeBackup(store: Store, request: BackupRequest): Promise<Written> {
  const { file } = request;
  await mkdir(dirname(file), { recursive: true });
  if (await isThere(file)) {
    throw new Failure('conflict', `${file} exists already`, { fix: 'Name another file.' });
  }
  const partial = partialOf(file);
  try {
    // Before the first read: what happened after this may be missing, what happened before is there.
    const at = iso(store.clock.now());
    const about = await store.snapshot((db) => writeState(db, { ...request, at, partial }));
    await toDisk(partial);
    request.signal?.throwIfAborted();
    await rename(partial, file);
    return { about, bytes: (await stat(file)).size };
  } catch (error) {
    await rm(partial, { force: true });
    request.signal?.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw new Failure('store-unavailable', `the backup ${file} could not be written`, {
      cause: error,
      fix: 'Look at the disk: is there room, and may the program write there?',
    });
  }
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}

async function writeState(
  db: Kysely<Tables>,
  request: BackupRequest & { readonly partial: string; readonly at: string },
): Promise<About> {
  const about: About = {
    kind: 'about',
    program: request.program,
    store: isPostgres(db) ? 'postgres' : 'sqlite',
    schema: [...(await migrationsOf(db))],
    head: await journalHead(db),
    at: request.at,
  };
  await pipeline(
    Readable.from(linesOf(db, about)),
    createGzip({ level: 1 }),
    (plain: AsyncIterable<Uint8Array>) => sealed(plain, { secret: request.secret, at: about.at }),
    createWriteStream(request.partial, { mode: 0o600 }),
    { signal: request.signal },
  );
  return about;
}

async function* linesOf(db: Kysely<Tables>, about: About): AsyncGenerator<string> {
  yield `${JSON.stringify(about)}\n`;
  const rows: Record<string, number> = {};
  for (const name of await tableNames(db)) {
    rows[name] = 0;
    for await (const page of pagesOf(db, name)) {
      const title = rows[name] === 0 ? tableLine(name, page) : '';
      yield title + page.map(rowLine).join('');
      rows[name] += page.length;
    }
  }
  yield `${JSON.stringify({ kind: 'end', rows })}\n`;
}

function tableLine(name: string, [first = {}]: readonly Row[]): string {
  return `${JSON.stringify({ kind: 'table', name, columns: Object.keys(first) })}\n`;
}

/** What is not on the disk is no backup. */
async function toDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
