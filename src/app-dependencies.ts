import type { DiskWatch } from './app-disk.ts';
import type { Config } from './config.ts';
import type { Connector } from './domain/connector.ts';
import type { Dependency } from './http/server.ts';
import { readNote } from './store/notes.ts';
import type { Store } from './store/open.ts';

interface Depending {
  readonly config: Pick<Config, 'parts'>;
  readonly store: Store;
  readonly connectors: readonly Connector[];
  readonly disk: DiskWatch;
}

/** What the health of the process rests on: the store, and where its parts ask the systems, each that can be asked. */
export function dependenciesOf(core: Depending): readonly Dependency[] {
  const store: Dependency = {
    name: 'store',
    required: true,
    check: async () => {
      await readNote(core.store.db, 'mode');
    },
  };
  const systems = core.connectors.flatMap((connector): Dependency[] => {
    const { check } = connector;
    if (check === undefined) return [];
    return [
      {
        name: connector.name,
        required: false,
        check: async (signal) => {
          await check({ signal });
        },
      },
    ];
  });
  const own = [store, ...core.disk.dependencies];
  const asks = core.config.parts.some((part) => part === 'worker' || part === 'poller');
  return asks ? [...own, ...systems] : own;
}
