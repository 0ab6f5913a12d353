import type { Connector } from './domain/connector.ts';
import type { Dependency } from './http/server.ts';
import { readNote } from './store/notes.ts';
import type { Store } from './store/open.ts';

interface Depending {
  readonly store: Store;
  readonly connectors: readonly Connector[];
}

/** What the health of the program rests on: the store, and each system that can be asked. */
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
  return [store, ...systems];
}
