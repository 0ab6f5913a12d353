import { loadConfig } from '../config.ts';
import { verifyJournal } from '../store/journal.ts';
import { openStore } from '../store/open.ts';
import { EXIT } from './exit.ts';
import type { Given } from './given.ts';

/** Recomputes the chain. Exit code 5 when it does not hold. */
export async function verify(given: Given, options: { readonly head?: string }): Promise<number> {
  const config = loadConfig();
  const store = await openStore(config.databaseUrl);
  try {
    const report = await verifyJournal(store.db);
    const known = options.head === undefined || (await hasHash(store, options.head));
    const ok = report.brokenAt === null && known;
    const reason = known
      ? report.reason
      : 'the given hash is not in the chain: entries were cut off';
    given.out.result({ ok, ...report, reason }, [
      ok
        ? `The journal holds: ${report.entries} entries, head ${report.head}.`
        : `The journal does not hold at entry ${report.brokenAt ?? 'the end'}: ${reason ?? ''}.`,
    ]);
    if (ok) given.out.say('next: keep the head elsewhere; pm-agent journal verify --head <hash>');
    return ok ? EXIT.done : EXIT.problems;
  } finally {
    await store.close();
  }
}

async function hasHash(
  store: Awaited<ReturnType<typeof openStore>>,
  hash: string,
): Promise<boolean> {
  const row = await store.db
    .selectFrom('journal')
    .select('seq')
    .where('hash', '=', hash)
    .executeTakeFirst();
  return row !== undefined;
}
