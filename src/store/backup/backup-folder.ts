import { createReadStream } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { asFailure } from '../../domain/failure.ts';
import { iso } from '../../lib/clock.ts';
import type { About } from './backup-lines.ts';
import { readAbout, readBackup } from './read-backup.ts';
import type { BackupReport, SealedFile } from './read-backup.ts';
import { outdated } from './rotation.ts';
import type { Keep } from './rotation.ts';
import { openHead } from './seal.ts';

const NAME = /^pm-agent-(\d{4}-\d{2}-\d{2}T\d{2})-(\d{2})-(\d{2})Z\.backup$/;
const PARTIAL = '.partial';
const STALE_MS = 300_000;

/** The file of a backup that is taken at an instant: names sort by time. */
export function backupFile(folder: string, at: number): string {
  const stamp = iso(at)
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  return join(folder, `pm-agent-${stamp}.backup`);
}

function takenAt(name: string): number | null {
  const [, hour, minute, second] = NAME.exec(name) ?? [];
  if (hour === undefined) return null;
  return Date.parse(`${hour}:${minute ?? ''}:${second ?? ''}Z`);
}

/** What a check of a whole file found, kept beside it. */
const Checked = z.object({ at: z.iso.datetime(), bytes: z.number().int() });

const noteOf = (file: string): string => `${file}.verified`;

/** Reads a whole backup and keeps beside it that it holds. Throws like `readBackup`. */
export async function checkBackup(given: SealedFile, now: number): Promise<BackupReport> {
  const report = await readBackup(given);
  const { size } = await stat(given.file);
  const checked: z.infer<typeof Checked> = { at: iso(now), bytes: size };
  await writeFile(noteOf(given.file), `${JSON.stringify(checked)}\n`, { mode: 0o600 }).catch(
    // A folder that is read only: it is checked again the next time.
    () => undefined,
  );
  return report;
}

/** When the file, as it is now, was last checked as a whole; ISO 8601 UTC. */
async function verifiedAt(file: string, bytes: number): Promise<string | null> {
  const text = await readFile(noteOf(file), 'utf8').catch(() => '');
  try {
    const checked = Checked.parse(JSON.parse(text));
    return checked.bytes === bytes ? checked.at : null;
  } catch {
    return null;
  }
}

/** One backup of a list. */
export interface ListedBackup {
  readonly file: string;
  readonly bytes: number;
  /** When it was taken; null for a file that is no backup. */
  readonly at: string | null;
  /** Null without the key, or when `problem` says why. */
  readonly about: About | null;
  readonly verifiedAt: string | null;
  readonly problem: string | null;
}

/** The backups of a folder, newest first; without a key only what anybody can read. */
export async function listBackups(folder: string, secret: string | null): Promise<ListedBackup[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.backup')).toSorted();
  const listed: ListedBackup[] = [];
  for (const name of files.toReversed()) listed.push(await oneOf(join(folder, name), secret));
  return listed;
}

async function oneOf(file: string, secret: string | null): Promise<ListedBackup> {
  const { size: bytes } = await stat(file);
  const plain = { file, bytes, at: null, about: null, problem: null, verifiedAt: null };
  try {
    const head = await openHead(createReadStream(file, { end: 8191 }));
    const known = { ...plain, at: head.at, verifiedAt: await verifiedAt(file, bytes) };
    if (secret === null) return known;
    const about = await readAbout(file, secret).catch((error: unknown) => asFailure(error));
    if (about instanceof Error) return { ...known, problem: about.message };
    return { ...known, about };
  } catch (error) {
    return { ...plain, problem: asFailure(error).message };
  }
}

/** Where a backup is written until it is whole. */
export function partialOf(file: string): string {
  return `${file}${PARTIAL}`;
}

/** Removes what a program that died left of its backups. One under way is written to all the time, and stays. */
export async function removeStalePartials(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.endsWith(PARTIAL) || takenAt(name.slice(0, -PARTIAL.length)) === null) continue;
    const file = join(folder, name);
    const written = await stat(file).catch(() => null);
    if (written !== null && now - written.mtimeMs > STALE_MS) await rm(file, { force: true });
  }
}

/** Removes what is not kept any more, among the files that bear our names. Resolves with their names. */
export async function rotateBackups(folder: string, keep: Keep): Promise<readonly string[]> {
  const names = await readdir(folder);
  const times = new Map<number, string>();
  for (const name of names) {
    const at = takenAt(name);
    if (at !== null) times.set(at, name);
  }
  const gone = outdated([...times.keys()], keep).flatMap((at) => times.get(at) ?? []);
  for (const name of gone) {
    const file = join(folder, name);
    await rm(file, { force: true });
    await rm(noteOf(file), { force: true });
  }
  return gone;
}
