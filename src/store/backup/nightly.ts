import type { Logger } from '../../lib/logger.ts';
import { journalStart } from '../journal.ts';
import { appendHead } from '../journal-heads.ts';
import type { Store } from '../open.ts';
import { keepBackup, readBackupState } from './keep-backup.ts';
import type { BackupSettings } from './keep-backup.ts';

export interface NightlyParts {
  readonly store: Store;
  readonly log: Logger;
  readonly settings: BackupSettings;
  /** The version of this program. */
  readonly program: string;
  /** Ends the backup under way, which is then no failure. */
  readonly signal?: AbortSignal;
}

// What failed is tried again, but not all day long at once.
const RETRY_MS = 3_600_000;

/**
 * Takes the backup of the day when its time has come, also when the program was down then. Resolves with whether one was
 * taken; what fails is thrown, remembered for the status page, and tried again after an hour. The reason of the signal is
 * thrown and not remembered.
 */
export async function backUpWhenDue(parts: NightlyParts): Promise<boolean> {
  const { store, settings } = parts;
  const { folder } = settings;
  if (folder === null) return false;
  parts.signal?.throwIfAborted();
  const now = store.clock.now();
  const { good, failed } = await readBackupState(store);
  if (failed !== null && now - failed.at < RETRY_MS) return false;
  // A store that began after the last due time has nothing to lose yet.
  const before = good?.at ?? (await journalStart(store.db)) ?? now;
  if (before >= lastDue(now, settings.minuteOfDay)) return false;
  const kept = await keepBackup(store, folder, parts);
  const { log } = parts;
  if (kept.madeKey) {
    const { keyFile } = settings;
    log.warn(
      { keyFile },
      'a key for the backups was made: keep a copy elsewhere, they open with nothing else',
    );
  }
  log.info({ bytes: kept.bytes, entries: kept.report.journal.entries }, 'a backup was kept');
  if (settings.headFile !== null) await appendHead(store, settings.headFile);
  return true;
}

/** The last instant at which the local clock showed this minute of the day. */
function lastDue(now: number, minuteOfDay: number): number {
  const due = new Date(now);
  due.setHours(Math.floor(minuteOfDay / 60), minuteOfDay % 60, 0, 0);
  if (due.getTime() > now) due.setDate(due.getDate() - 1);
  return due.getTime();
}
