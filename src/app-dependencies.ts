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
import type { Work } from './store/writer.ts';

interface Depending {
  readonly config: Pick<Config, 'parts'>;
  readonly store: Store;
  readonly connectors: readonly Connector[];
  readonly disk: DiskWatch;
  readonly receiver: Pick<Receiver, 'refusedLately'>;
}

/**
 * A probe every few seconds in each of ten processes must not use up what a vendor allows; whoever needs to know at once
 * asks `pm-agent doctor`, and a poll that fails shows by itself.
 */
const SYSTEM_FRESH_MS = 300_000;

const ASKING: ReadonlySet<ProgramPart> = new Set(['worker', 'poller', 'api', 'mcp']);

function storeOf({ config, store, receiver }: Depending): Dependency {
  // Who only keeps deliveries is as ready as that way is, which waits for no other writer.
  const onlyKeeps = config.parts.every((part) => part === 'gateway');
  const name = onlyKeeps ? 'checked:gateway' : 'checked';
  return {
    name: 'store',
    required: true,
    // A real commit beside a read: a full disk and a locked file can still be read. And so small a one may still fit.
    check: async () => {
      await readNote(store.db, name);
      const note = ({ db }: Pick<Work, 'db'>) => writeNote(db, name, iso(store.clock.now()));
      await (onlyKeeps ? store.keep(note) : store.write(note));
      if (receiver.refusedLately()) {
        throw new Failure('store-unavailable', 'deliveries could not be kept just now');
      }
    },
  };
}

/** What the health of the process rests on: the store, and where its parts ask the systems, each that can be asked. */
export function dependenciesOf(core: Depending): readonly Dependency[] {
  const systems = core.connectors.flatMap((connector): Dependency[] => {
    const { check } = connector;
    if (check === undefined) return [];
    return [
      {
        name: connector.name,
        required: false,
        freshMs: SYSTEM_FRESH_MS,
        check: async (signal) => {
          await check({ signal });
        },
      },
    ];
  });
  const own = [storeOf(core), ...core.disk.dependencies];
  return core.config.parts.some((part) => ASKING.has(part)) ? [...own, ...systems] : own;
}
