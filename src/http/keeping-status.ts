import { iso } from '../lib/clock.ts';
import { readBackupState } from '../store/backup/keep-backup.ts';
import { readRestored } from '../store/restored.ts';
import { readRetention } from '../store/retention.ts';
import type { KeepingStatus } from './contract-keeping.ts';
import type { HttpParts } from './parts.ts';

/** How the store is kept, read from its notes now. */
export async function keepingStatus({ store, keepsBackups }: HttpParts): Promise<KeepingStatus> {
  const { good, failed } = await readBackupState(store);
  const restored = await readRestored(store.db);
  const { bodies, bytes, prompts } = await readRetention(store.db);
  return {
    backup: {
      on: keepsBackups === true,
      last: good && { at: iso(good.at), bytes: good.bytes, entries: good.entries },
      failed: failed && { at: iso(failed.at), kind: failed.kind },
    },
    restored: restored && { at: iso(restored.at), backupAt: iso(restored.backupAt) },
    removed: { bodies, bytes, prompts },
  };
}
