import type { DiskWatch } from './app-disk.ts';
import type { Config } from './config.ts';
import type { Connector } from './domain/connector.ts';
import { Failure } from './domain/failure.ts';
import type { ProgramPart } from './domain/program-part.ts';
import type { Dependency } from './http/server.ts';
import type { Receiver } from './inbox/receive.ts';
import { iso } from './lib/clock.ts';
import { readNote, writeNote } from './store/notes.ts';
import type { Store } from './store/open.ts';

interface Depending {
  readonly config: Pick<Config, 'parts'>;
  readonly store: Store;
  readonly connectors: readonly Connector[];
  readonly disk: DiskWatch;
  readonly receiver: Pick<Receiver, 'refusedLately'>;
}

const ASKING: ReadonlySet<ProgramPart> = new Set(['worker', 'poller', 'api', 'mcp']);

/** What the health of the process rests on: the store, and where its parts ask the systems, each that can be asked. */
export function dependenciesOf(core: Depending): readonly Dependency[] {
  const store: Dependency = {
    name: 'store',
    required: true,
    // A real commit beside a read: a full disk and a locked file can still be read. And so small a one may still fit.
    check: async () => {
      await readNote(core.store.db, 'checked');
      await core.store.write(({ db }) => writeNote(db, 'checked', iso(core.store.clock.now())));
      if (core.receiver.refusedLately()) {
        throw new Failure('store-unavailable', 'deliveries could not be kept just now');
      }
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
  return core.config.parts.some((part) => ASKING.has(part)) ? [...own, ...systems] : own;
}
