import { dirname, join } from 'node:path';
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
