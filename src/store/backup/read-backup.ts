import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Gunzip } from 'node:zlib';
import { UNSETTLED } from '../../domain/action.ts';
import { Failure } from '../../domain/failure.ts';
import { extendChain, NO_ENTRIES } from '../journal.ts';
import type { JournalReport } from '../journal.ts';
import type { JournalTable } from '../tables.ts';
import type { Row } from '../whole-tables.ts';
import { isFullPage } from '../whole-tables.ts';
import { readLine, rowOf } from './backup-lines.ts';
import type { About, BackupLine } from './backup-lines.ts';
import { opened } from './seal.ts';

/** What a backup holds. */
export interface BackupReport {
  readonly about: About;
  readonly rows: Readonly<Record<string, number>>;
  readonly journal: JournalReport;
  /** Actions that are not at their end, by state: after a restore they are looked for at their target first. */
  readonly unsettled: Readonly<Record<string, number>>;
}

/** The file, what opens it, and what ends the reading: its reason is thrown. */
export interface SealedFile {
  readonly file: string;
  readonly secret: string;
  readonly signal?: AbortSignal | undefined;
}

/** Takes what is read; rows come by pages of one table. */
export interface BackupReader {
  readonly about?: (about: About) => Promise<void>;
  readonly rows?: (table: string, rows: readonly Row[]) => Promise<void>;
}

/** Only what a backup is of, without reading it all. Throws like `readBackup`. */
export async function readAbout(file: string, secret: string): Promise<About> {
  for await (const line of linesOf({ file, secret })) {
    if (line.kind === 'about') return line;
    break;
  }
  throw broken('does not begin as one');
}

/**
 * Reads a whole backup, counts its rows and walks the chain of its journal. Throws `denied` for another key, `unreadable`
 * for a file that was changed or cut, that is none, or whose rows or journal do not fit.
 */
export async function readBackup(
  given: SealedFile,
  reader: BackupReader = {},
): Promise<BackupReport> {
  const reading = new Reading(reader);
  for await (const line of linesOf(given)) await reading.take(line);
  return reading.report();
}

/** The lines in order. The end of the file is checked before the last line comes out. */
async function* linesOf(given: SealedFile): AsyncGenerator<BackupLine> {
  let begun: Buffer[] = [];
  for await (const bytes of plainBytes(given)) {
    given.signal?.throwIfAborted();
    // A line may be longer than many pieces: only the new one is searched, and they are joined once.
    const end = bytes.lastIndexOf(0x0a);
    if (end < 0) {
      begun.push(bytes);
      continue;
    }
    const whole = Buffer.concat([...begun, bytes.subarray(0, end)]);
    begun = end + 1 < bytes.length ? [bytes.subarray(end + 1)] : [];
    yield* whole.toString('utf8').split('\n').map(readLine);
  }
  if (begun.length > 0) throw broken('ends in the middle of a line');
}

/** Decrypts and unpacks. */
async function* plainBytes({ file, secret }: SealedFile): AsyncGenerator<Buffer> {
  const sealed = createReadStream(file);
  const packed = Readable.from(opened(sealed, secret));
  const unpacked: AsyncIterable<Buffer> & Gunzip = createGunzip();
  packed.on('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    yield* unpacked;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw broken('cannot be read', error);
  } finally {
    for (const stream of [packed, sealed, unpacked]) stream.destroy();
  }
}

function broken(how: string, cause?: unknown): Failure {
  const fix = 'Use another copy of it, or an earlier backup (pm-agent backup list).';
  return new Failure('unreadable', `the backup ${how}`, { fix, cause });
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: Row[];
}

/** The state of a reading: which table is on, what was counted. */
class Reading {
  private readonly reader: BackupReader;
  private about: About | null = null;
  private table: Table | null = null;
  /** How much the rows of the table hold that were not handed on yet. */
  private bytes = 0;
  private ended: Readonly<Record<string, number>> | null = null;
  private readonly counts: Record<string, number> = {};
  private readonly unsettled: Record<string, number> = {};
  private journal: JournalReport = NO_ENTRIES;

  constructor(reader: BackupReader) {
    this.reader = reader;
  }

  async take(line: BackupLine): Promise<void> {
    if (this.ended !== null || (this.about === null) !== (line.kind === 'about')) {
      throw broken('is not in order');
    }
    if (line.kind === 'row') {
      await this.row(line.cells);
      return;
    }
    await this.flush();
    this.table = null;
    if (line.kind === 'table') this.table = { ...line, rows: [] };
    else if (line.kind === 'end') this.ended = line.rows;
    else await this.begin(line);
  }

  report(): BackupReport {
    const { about, ended, counts, journal, unsettled } = this;
    if (about === null || ended === null) throw broken('has no end');
    const differs = Object.keys({ ...ended, ...counts }).find(
      (name) => (ended[name] ?? 0) !== (counts[name] ?? 0),
    );
    if (differs !== undefined) throw broken(`has other rows of ${differs} than it says`);
    if (journal.brokenAt !== null) {
      throw broken(`holds a journal that breaks at entry ${journal.brokenAt}`);
    }
    if (journal.head !== about.head.hash) throw broken('holds a journal with another head');
    return { about, rows: ended, journal, unsettled };
  }

  private async begin(about: About): Promise<void> {
    this.about = about;
    await this.reader.about?.(about);
  }

  private async row(cells: readonly unknown[]): Promise<void> {
    const { table } = this;
    if (table === null) throw broken('holds a row without a table');
    const row = rowOf(table.columns, cells);
    table.rows.push(row);
    this.counts[table.name] = (this.counts[table.name] ?? 0) + 1;
    if (table.name === 'actions') this.count(row);
    this.bytes += bytesOf(cells);
    const page = { rows: table.rows.length, bytes: this.bytes };
    if (isFullPage(table.name, page)) await this.flush();
  }

  private count({ state }: Row): void {
    if (typeof state !== 'string' || !UNSETTLED.includes(state)) return;
    this.unsettled[state] = (this.unsettled[state] ?? 0) + 1;
  }

  private async flush(): Promise<void> {
    const rows = this.table?.rows.splice(0) ?? [];
    this.bytes = 0;
    const name = this.table?.name ?? '';
    if (rows.length === 0) return;
    if (name === 'journal') this.journal = extendChain(this.journal, rows.map(entryOf));
    await this.reader.rows?.(name, rows);
  }
}

/** Only of what may be large. */
function bytesOf(cells: readonly unknown[]): number {
  return cells.reduce<number>(
    (sum, cell) => sum + (typeof cell === 'string' || cell instanceof Uint8Array ? cell.length : 0),
    0,
  );
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What is of another type gives another hash, and is found by it. */
function entryOf(row: Row): JournalTable {
  return {
    seq: Number(row['seq']),
    at: text(row['at']),
    kind: text(row['kind']),
    subject: textOrNull(row['subject']),
    cycle: textOrNull(row['cycle']),
    data: text(row['data']),
    hash: text(row['hash']),
  };
}
