import type { Connector } from './domain/connector.ts';
import type { Constitution } from './domain/constitution.ts';
import { asFailure } from './domain/failure.ts';
import { every } from './lib/every.ts';
import type { Repeated } from './lib/every.ts';
import type { Logger } from './lib/logger.ts';

export interface PlacesParts {
  readonly connector: Connector | undefined;
  readonly constitution: () => Constitution;
  readonly log: Logger;
}

const LOOK_MS = 10_000;
const AGAIN_MS = 600_000;

/**
 * The channels that the directives name, by id. Until a name was looked up its channel is a stranger, and nothing is
 * posted there without a person's word.
 */
export class Places {
  private readonly parts: PlacesParts;
  private readonly ids = new Map<string, string>();
  private readonly looking: Repeated;

  constructor(parts: PlacesParts) {
    this.parts = parts;
    this.looking = every(
      AGAIN_MS,
      () => this.refresh(),
      () => undefined,
    );
  }

  /** The id of a channel by its name in the directives; `null` while it is not known. An id is its own name. */
  id(name: string): string | null {
    return this.ids.get(name) ?? (/^[CGD][A-Z0-9]{6,}$/.test(name) ? name : null);
  }

  /** The same, looked up when it is not known yet. Never throws. */
  async find(name: string): Promise<string | null> {
    const known = this.id(name);
    if (known !== null) return known;
    const { connector, log } = this.parts;
    if (connector?.place === undefined) return null;
    try {
      const id = await connector.place(name, { signal: AbortSignal.timeout(LOOK_MS) });
      if (id !== null) this.ids.set(name, id);
      return id;
    } catch (error) {
      log.warn({ kind: asFailure(error).kind }, 'a channel of the directives was not found');
      return null;
    }
  }

  /** Looks all names of the directives up. */
  async refresh(): Promise<void> {
    for (const name of Object.values(this.parts.constitution().channels)) await this.find(name);
  }

  /** Looks them up now and from time to time. */
  start(): void {
    this.looking.now();
    this.looking.start();
  }

  async stop(): Promise<void> {
    await this.looking.stop();
  }
}
