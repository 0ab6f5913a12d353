import { dirname, join } from 'node:path';
import type { Fault } from './config-cross.ts';
import type { Environment } from './config-environment.ts';
import type { BackupSettings } from './store/backup/keep-backup.ts';
import type { RetentionSettings } from './store/retention.ts';
import { storeFile } from './store/store-file.ts';

/** What is kept, where and for how long. */
export interface KeepingConfig {
  readonly backups: BackupSettings;
  readonly retention: RetentionSettings;
}

const DAY_MS = 86_400_000;

/**
 * Beside a database no folder is known to stay: a key made in a container is gone with it, and every backup with the key.
 * Only the process that takes them has to have one.
 */
export function keyFaults(env: Environment): Fault[] {
  const folder = env.PM_AGENT_BACKUP_DIR ?? 'off';
  const isSet = (env.PM_AGENT_BACKUP_KEY ?? env.PM_AGENT_BACKUP_KEY_FILE) !== undefined;
  const takesThem = folder !== 'off' && env.PM_AGENT_ROLES.includes('scheduler');
  if (!takesThem || isSet || storeFile(env.DATABASE_URL) !== null) return [];
  const problem = 'it is missing, and PM_AGENT_BACKUP_DIR is set for a database';
  const fix =
    'Set it (openssl rand -base64 32), or PM_AGENT_BACKUP_KEY_FILE to a file that outlives the program; keep a copy elsewhere';
  return [{ name: 'PM_AGENT_BACKUP_KEY', problem, fix }];
}

/** Backups stand beside a store that is a file; for a database a folder has to be named. */
export function keepingOf(env: Environment): KeepingConfig {
  const file = storeFile(env.DATABASE_URL);
  const data = file === null ? 'data' : dirname(file);
  const usual = file === null ? null : join(data, 'backups');
  const named = env.PM_AGENT_BACKUP_DIR;
  const [hours = 0, minutes = 0] = env.PM_AGENT_BACKUP_AT.split(':').map(Number);
  const [days = 0, weeks = 0, months = 0] = env.PM_AGENT_BACKUP_KEEP.split(',').map(Number);
  return {
    backups: {
      folder: named === 'off' ? null : (named ?? usual),
      minuteOfDay: hours * 60 + minutes,
      keep: { days, weeks, months },
      key: env.PM_AGENT_BACKUP_KEY ?? null,
      keyFile: env.PM_AGENT_BACKUP_KEY_FILE ?? join(data, 'backup.key'),
      headFile: env.PM_AGENT_JOURNAL_HEAD_FILE ?? null,
    },
    retention: {
      bodiesMs: env.PM_AGENT_KEEP_BODIES_DAYS * DAY_MS,
      promptsMs: env.PM_AGENT_KEEP_PROMPTS_DAYS * DAY_MS,
    },
  };
}
