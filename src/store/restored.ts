import type { Kysely } from 'kysely';
import { z } from 'zod';
import { readNote, writeNote } from './notes.ts';
import type { Tables } from './tables.ts';
import type { Work } from './writer.ts';

/**
 * That a store was put back to an earlier state. Whatever it planned until then may have been done after the backup was
 * taken, and whatever happened until then may have been answered: the door looks at the target first.
 */
export const Restored = z.object({
  /** When it was restored, epoch milliseconds. */
  at: z.number(),
  /** When the backup was taken; of several restores shortly after one another, the earliest. */
  backupAt: z.number(),
});
export type Restored = z.infer<typeof Restored>;

const NOTE = 'restored';
const FRESH_MS = 7 * 86_400_000;

/** How the store was last restored; null when it never was. */
export async function readRestored(db: Kysely<Tables>): Promise<Restored | null> {
  const note = await readNote(db, NOTE);
  return note === null ? null : Restored.parse(JSON.parse(note));
}

interface Mark extends Restored {
  /** The head of the journal that was restored. */
  readonly head: { readonly seq: number; readonly hash: string };
  readonly program: string;
}

/** Writes down, in the commit that restores, that the store was restored. */
export async function markRestored(work: Work, mark: Mark): Promise<void> {
  const { at, backupAt, head, program } = mark;
  const before = await readRestored(work.db);
  // What an earlier restore had to look for is not all looked for yet.
  const isFresh = before !== null && before.at + FRESH_MS > backupAt;
  const since = isFresh ? Math.min(before.backupAt, backupAt) : backupAt;
  await writeNote(work.db, NOTE, JSON.stringify({ at, backupAt: since }));
  work.journal({
    kind: 'store.restored',
    subject: null,
    cycle: null,
    data: { backupAt, head: head.hash, entries: head.seq, program },
  });
}
