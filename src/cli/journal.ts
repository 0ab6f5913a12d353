import { resolve } from 'node:path';
import { loadConfig } from '../config.ts';
import { appendHead, firstMissing, readHeads } from '../store/journal-heads.ts';
import { journalHead, verifyJournal } from '../store/journal.ts';
import type { Store } from '../store/open.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';
import { openThere } from './store-there.ts';

export interface VerifyOptions {
  /** A hash that must be in the chain. */
  readonly head?: string;
  /** A file with heads that were kept outside: all of them must be in the chain. */
  readonly against?: string;
}

/** Recomputes the chain. Exit code 5 when it does not hold. */
export async function verify(given: Given, options: VerifyOptions): Promise<number> {
  const config = loadConfig();
  const heads = options.against === undefined ? [] : await readHeads(resolve(options.against));
  const store = await openThere(config);
  try {
    const report = await verifyJournal(store.db);
    const missing = await missingIn(store, { options, heads });
    const ok = report.brokenAt === null && missing === null;
    const reason = report.reason ?? missing;
    given.out.result({ ok, ...report, reason, heads: heads.length }, [
      ok
        ? `The journal holds: ${report.entries} entries, head ${report.head}.`
        : `The journal does not hold at entry ${report.brokenAt ?? 'the end'}: ${reason ?? ''}.`,
      ...(ok && heads.length > 0 ? [`It has all ${heads.length} heads of the file.`] : []),
    ]);
    if (ok) given.out.say('next: keep the head elsewhere; pm-agent journal head --out <file>');
    return ok ? EXIT.done : EXIT.problems;
  } finally {
    await store.close();
  }
}

async function missingIn(
  store: Store,
  given: {
    readonly options: VerifyOptions;
    readonly heads: Awaited<ReturnType<typeof readHeads>>;
  },
): Promise<string | null> {
  const { head } = given.options;
  if (head !== undefined && !(await hasHash(store, head))) {
    return 'the given hash is not in the chain: entries were cut off';
  }
  const missing = await firstMissing(store, given.heads);
  if (missing === null) return null;
  return `the head of ${missing.at} (entry ${missing.entry}) is not in the chain: entries were cut off or changed, or a backup was restored since`;
}

async function hasHash(store: Store, hash: string): Promise<boolean> {
  const row = await store.db
    .selectFrom('journal')
    .select('seq')
    .where('hash', '=', hash)
    .executeTakeFirst();
  return row !== undefined;
}

/** The newest entry's number and hash; with `out` added to a file for keeping elsewhere. */
export async function head(given: Given, options: { readonly out?: string }): Promise<number> {
  const config = loadConfig();
  const store = await openThere(config);
  try {
    if (options.out === undefined) {
      const { seq, hash } = await journalHead(store.db);
      given.out.result({ ok: true, entry: seq, hash }, [`entry ${seq}, head ${hash}`]);
      return EXIT.done;
    }
    const file = resolve(options.out);
    const added = await appendHead(store, file);
    given.out.result({ ok: true, file, ...added }, [
      `Added to ${file}: entry ${added.entry}, head ${added.hash}.`,
    ]);
    given.out.say(`next: pm-agent journal verify --against ${file}`);
    return EXIT.done;
  } finally {
    await store.close();
  }
}
