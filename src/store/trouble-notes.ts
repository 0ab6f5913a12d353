import type { Kysely } from 'kysely';
import { z } from 'zod';
import { Trouble } from '../domain/trouble.ts';
import { notesUnder, readNote, writeNote } from './notes.ts';
import type { Tables } from './tables.ts';

/** What is remembered of a trouble while it lasts, and for a while after. Instants in epoch milliseconds. */
export const TroubleNote = z.object({
  /** As it stood at the last look; null when it is over. */
  now: Trouble.nullable(),
  since: z.number(),
  /** The mark that was told; null when nothing was, or its end was. */
  told: z.string().nullable(),
  /** What the message under way tells: a mark, or its end. */
  proposed: z.union([z.object({ mark: z.string() }), z.literal('end')]).nullable(),
  /** Before this instant it is not brought up again. */
  nextAt: z.number(),
  tries: z.number(),
});
export type TroubleNote = z.infer<typeof TroubleNote>;

const PREFIX = 'trouble:';

/** What is remembered, by the ids of the troubles. A note that does not fit any more is forgotten. */
export async function troubleNotes(db: Kysely<Tables>): Promise<Map<string, TroubleNote>> {
  const notes = new Map<string, TroubleNote>();
  for (const { name, value } of await notesUnder(db, PREFIX)) {
    const note = noteIn(value);
    if (note !== null) notes.set(name.slice(PREFIX.length), note);
  }
  return notes;
}

/** What is remembered of one trouble. */
export async function troubleNote(db: Kysely<Tables>, id: string): Promise<TroubleNote | null> {
  const text = await readNote(db, `${PREFIX}${id}`);
  return text === null ? null : noteIn(text);
}

export async function keepTroubleNote(
  db: Kysely<Tables>,
  id: string,
  note: TroubleNote,
): Promise<void> {
  await writeNote(db, `${PREFIX}${id}`, JSON.stringify(note));
}

function noteIn(text: string): TroubleNote | null {
  const parsed = TroubleNote.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}
