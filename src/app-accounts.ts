import type { Connector } from './domain/connector.ts';
import { asFailure } from './domain/failure.ts';
import type { Logger } from './lib/logger.ts';
import { readNote, writeNote } from './store/notes.ts';
import type { Store } from './store/open.ts';

/** What is needed to learn who we are in each system. */
export interface AccountParts {
  readonly store: Store;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
  /** Our accounts per system, the main one first; filled in as they become known. */
  readonly accounts: Map<string, readonly string[]>;
}

const INTRODUCE_AGAIN_MS = 60_000;

const accountNote = (name: string) => `account:${name}`;

/** Takes up what an earlier start has learned. */
export async function rememberAccounts(parts: AccountParts): Promise<void> {
  for (const { name } of parts.connectors) {
    const account = await readNote(parts.store.db, accountNote(name));
    if (account !== null) parts.accounts.set(name, account.split('\n'));
  }
}

/** Asks each system who we are, so that our own events are recognised; goes on asking until it is known. */
export async function introduce(parts: AccountParts, signal: AbortSignal): Promise<void> {
  await Promise.all(parts.connectors.map((connector) => introduceOne(parts, connector, signal)));
}

async function introduceOne(
  parts: AccountParts,
  connector: Connector,
  signal: AbortSignal,
): Promise<void> {
  if (connector.check === undefined) return;
  try {
    const identity = await connector.check({ signal });
    const ids = [identity.accountId, ...(identity.aliases ?? [])];
    parts.accounts.set(connector.name, ids);
    const note = accountNote(connector.name);
    await parts.store.write(({ db }) => writeNote(db, note, ids.join('\n')));
    parts.log.info({ connector: connector.name }, 'connector checked');
  } catch (error) {
    if (signal.aborted) return;
    const { kind } = asFailure(error);
    parts.log.warn({ connector: connector.name, kind }, 'connector check failed, trying again');
    const again = setTimeout(() => void introduceOne(parts, connector, signal), INTRODUCE_AGAIN_MS);
    again.unref();
    signal.addEventListener('abort', () => clearTimeout(again), { once: true });
  }
}
