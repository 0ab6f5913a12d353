import { dirname } from 'node:path';
import type { Config } from './config.ts';
import { Failure } from './domain/failure.ts';
import type { Dependency, DiskPlace } from './http/parts.ts';
import { diskSpace } from './lib/disk.ts';
import { storeFile } from './store/store-file.ts';

/** The folders that the program fills. */
export interface DiskWatch {
  /** How much room each has now; one that cannot be asked is left out. */
  readonly look: () => Promise<readonly DiskPlace[]>;
  /** Not ready only where the next commits would fail; before that a note. Absent where nothing is written here. */
  readonly dependencies: readonly Dependency[];
}

const MIB = 1024 * 1024;
// A sixteenth of what is warned of: with the usual setting 64 MiB, in which a store can still commit and be closed.
const FULL_SHARE = 16;

/** Watches the folder of the store, where it is a file, and that of the backups. */
export function diskWatch(
  config: Pick<Config, 'databaseUrl' | 'diskWarnMb' | 'backups'>,
): DiskWatch {
  const file = storeFile(config.databaseUrl);
  const kept = config.backups.folder;
  const folders = [
    ...(file === null || file === ':memory:' ? [] : [{ place: 'store', folder: dirname(file) }]),
    ...(kept === null ? [] : [{ place: 'backups', folder: kept }]),
  ];
  const warnBytes = config.diskWarnMb * MIB;
  const look = async (): Promise<readonly DiskPlace[]> => {
    const asked = folders.map(async ({ place, folder }): Promise<readonly [number, DiskPlace]> => {
      const { device, freeBytes, totalBytes } = await diskSpace(folder);
      return [device, { place, freeBytes, totalBytes, state: stateOf(freeBytes, warnBytes) }];
    });
    const answers = await Promise.allSettled(asked);
    const told = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    // One disk is told of once, by the first of its folders.
    return [...new Map(told.toReversed()).values()].toReversed();
  };
  return { look, dependencies: folders.length === 0 ? [] : [dependencyOf(look)] };
}

function stateOf(freeBytes: number, warnBytes: number): DiskPlace['state'] {
  if (freeBytes < warnBytes / FULL_SHARE) return 'full';
  return freeBytes < warnBytes ? 'low' : 'ok';
}

function dependencyOf(look: DiskWatch['look']): Dependency {
  return {
    name: 'disk',
    required: true,
    check: async () => {
      const places = await look();
      const full = places.find(({ place, state }) => place === 'store' && state === 'full');
      if (full === undefined) return;
      throw new Failure('store-unavailable', `the disk of the store is full`, {
        fix: 'Make room, or move the store to a larger disk.',
      });
    },
    note: async () => {
      const scarce = (await look()).filter(({ state }) => state !== 'ok');
      return scarce.length === 0 ? null : `nearly full: ${scarce.map(roomOf).join(', ')}`;
    },
  };
}

function roomOf({ place, freeBytes }: DiskPlace): string {
  return `${place} ${Math.floor(freeBytes / MIB)} MiB free`;
}
