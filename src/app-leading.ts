import type { Config } from './config.ts';
import { ALL_PARTS } from './domain/program-part.ts';
import { Standby } from './inbox/standby.ts';
import type { Running } from './inbox/standby.ts';
import type { Logger } from './lib/logger.ts';
import { storeFile } from './store/store-file.ts';
import type { Store } from './store/open.ts';

/** A part that one process at a time runs. */
export interface Leading {
  /** Whether it runs here. */
  readonly leads: boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface LeadingParts {
  readonly config: Config;
  readonly store: Store;
  readonly log: Logger;
  /** This process, among those that share the store. */
  readonly owner: string;
}

// With the third of it until the next look, a dead process is replaced within ten seconds.
const LEASE_MS = 7_500;

/** A file and all parts in one process: nobody else is there, and nothing has to wait for anybody's lease. */
export function isAlone({ databaseUrl, parts }: Config): boolean {
  return storeFile(databaseUrl) !== null && ALL_PARTS.every((part) => parts.includes(part));
}

/** Makes a part that runs here at once when this process is alone, otherwise where its lease in the store is held. */
export function leadingOf({ config, store, log, owner }: LeadingParts) {
  return (name: string, begin: () => Promise<Running>): Leading =>
    isAlone(config)
      ? alone(begin)
      : new Standby({ store, log, owner, name, begin, leaseMs: LEASE_MS });
}

function alone(begin: () => Promise<Running>): Leading {
  let running: Running | null = null;
  return {
    get leads() {
      return running !== null;
    },
    start: async () => {
      running = await begin();
    },
    stop: async () => {
      const ending = running;
      running = null;
      await ending?.stop();
    },
  };
}
