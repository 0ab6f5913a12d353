import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { iso } from '../lib/clock.ts';
import { journalHead } from './journal.ts';
import type { Store } from './open.ts';

/** The newest entry of the journal at an instant, as it is kept outside. */
export const JournalHead = z.object({
  at: z.iso.datetime(),
  entry: z.number().int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type JournalHead = z.infer<typeof JournalHead>;

/** Adds a line with the head of the journal to a file, which is made when it is missing. */
export async function appendHead(store: Store, file: string): Promise<JournalHead> {
  const { seq, hash } = await journalHead(store.db);
  const head: JournalHead = { at: iso(store.clock.now()), entry: seq, hash };
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(head)}\n`, { mode: 0o600 });
  return head;
}

/** The heads of a file, oldest first. Throws `unreadable` and names the line. */
export async function readHeads(file: string): Promise<readonly JournalHead[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const fix = 'Name a file that pm-agent journal head --out has written.';
    throw new Failure('invalid-input', `${file} cannot be read`, { cause: error, fix });
  });
  return text
    .split('\n')
    .flatMap((line, at) => (line.trim() === '' ? [] : [headOf(line, `${file}:${at + 1}`)]));
}

function headOf(line: string, place: string): JournalHead {
  try {
    return JournalHead.parse(JSON.parse(line));
  } catch (error) {
    throw new Failure('unreadable', `${place} is not the head of a journal`, { cause: error });
  }
}

/** The first of these heads that the journal does not have; null when it has them all. */
export async function firstMissing(
  { db }: Pick<Store, 'db'>,
  heads: readonly JournalHead[],
): Promise<JournalHead | null> {
  for (const head of heads) {
    if (head.entry === 0) continue;
    const row = await db
      .selectFrom('journal')
      .select('hash')
      .where('seq', '=', head.entry)
      .executeTakeFirst();
    if (row?.hash !== head.hash) return head;
  }
  return null;
}
