import { z } from 'zod';
import { asFailure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import { iso } from '../../lib/clock.ts';
import { readNote, writeNote } from '../notes.ts';
import type { Store } from '../open.ts';
import { backupFile, checkBackup, removeStalePartials, rotateBackups } from './backup-folder.ts';
import { keyOrNew } from './backup-key.ts';
import type { KeySettings } from './backup-key.ts';
import type { BackupReport } from './read-backup.ts';
import type { Keep } from './rotation.ts';
import { writeBackup } from './write-backup.ts';

export interface BackupSettings extends KeySettings {
  /** Where backups are kept; null: none are taken by themselves. */
  readonly folder: string | null;
  /** Local time of the day at which one is due, in minutes. */
  readonly minuteOfDay: number;
  readonly keep: Keep;
  /** Where the head of the journal is written with each backup; null: nowhere. */
  readonly headFile: string | null;
}

/** A backup that was written and read back whole. */
export interface KeptBackup {
  readonly file: string;
  readonly bytes: number;
  readonly report: BackupReport;
  /** The key was made just now: people have to be told. */
  readonly madeKey: boolean;
  /** Names of the backups that rotation removed. */
  readonly removed: readonly string[];
}

interface KeepRequest {
  readonly settings: BackupSettings;
  readonly program: string;
  /** A file of its own name, which rotation leaves alone. */
  readonly file?: string;
  /** Ends it: its reason is thrown, and no half file stays. */
  readonly signal?: AbortSignal;
}

/** How the backups stand, as the store remembers it. */
export const BackupState = z.object({
  /** The last one that was written and read back. */
  good: z
    .object({ at: z.number(), bytes: z.number(), entries: z.number(), file: z.string() })
    .nullable(),
  /** The last try, when it failed after the last good one. */
  failed: z.object({ at: z.number(), kind: z.string() }).nullable(),
});
export type BackupState = z.infer<typeof BackupState>;

const NOTE = 'backup';

/** How the last backups went. */
export async function readBackupState({ db }: Pick<Store, 'db'>): Promise<BackupState> {
  const note = await readNote(db, NOTE);
  return note === null ? { good: null, failed: null } : BackupState.parse(JSON.parse(note));
}

/** Writes a backup, reads it back, journals it and removes old ones. What fails is remembered, and thrown. */
export async function keepBackup(
  store: Store,
  folder: string,
  request: KeepRequest,
): Promise<KeptBackup> {
  try {
    return await keep(store, folder, request);
  } catch (error) {
    // Nothing went wrong: the next look takes it.
    if (request.signal?.aborted === true && error === request.signal.reason) throw error;
    // A store that cannot be asked cannot remember it either: what went wrong first is what is told.
    await rememberFailure(store, asFailure(error)).catch(() => undefined);
    throw error;
  }
}

async function rememberFailure(store: Store, { kind }: Failure): Promise<void> {
  const { good } = await readBackupState(store);
  const state: BackupState = { good, failed: { at: store.clock.now(), kind } };
  await store.write(({ db }) => writeNote(db, NOTE, JSON.stringify(state)));
}

async function keep(store: Store, folder: string, request: KeepRequest): Promise<KeptBackup> {
  const { settings, program, signal } = request;
  const at = store.clock.now();
  const { secret, made } = await keyOrNew(settings);
  const file = request.file ?? backupFile(folder, at);
  await removeStalePartials(folder, at);
  const { bytes } = await writeBackup(store, { file, secret, program, signal });
  const report = await checkBackup({ file, secret, signal }, store.clock.now());
  const { entries } = report.journal;
  const removed = request.file === undefined ? await rotateBackups(folder, settings.keep) : [];
  const state: BackupState = { good: { at, bytes, entries, file }, failed: null };
  await store.write(async ({ db, journal }) => {
    await writeNote(db, NOTE, JSON.stringify(state));
    const data = { bytes, entries, at: iso(at), removed: removed.length };
    journal({ kind: 'backup.kept', subject: null, cycle: null, data });
  });
  return { file, bytes, report, madeKey: made, removed };
}
