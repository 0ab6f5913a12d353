import type { Connector } from './domain/connector.ts';
import { asFailure } from './domain/failure.ts';
import { completeness, watchedSources } from './insight/completeness.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Store } from './store/open.ts';

interface LedgerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
  readonly config: { readonly missedWarn: number };
}

const LOOK_MS = 3_600_000;

/** Looks into the ledger every hour and warns once for each source and day of which push has missed too much. */
export function ledgerWatch(parts: LedgerParts) {
  const warned = new Set<string>();
  const look = async (): Promise<void> => {
    const { store, clock, log, connectors, config } = parts;
    const sources = watchedSources(connectors);
    const ask = { now: clock.now(), days: 2, sources, warnAt: config.missedWarn };
    for (const { source, day, missedShare, warning } of await completeness(store.db, ask)) {
      const place = `${source} ${day}`;
      if (!warning || warned.has(place)) continue;
      warned.add(place);
      log.warn({ source, day, missedShare }, 'push has missed more than the settings allow');
    }
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    look,
    start: (): void => {
      timer = setInterval(() => {
        look().catch((error: unknown) => {
          parts.log.warn({ kind: asFailure(error).kind }, 'the ledger could not be read');
        });
      }, LOOK_MS);
      timer.unref();
    },
    stop: (): void => clearInterval(timer),
  };
}
