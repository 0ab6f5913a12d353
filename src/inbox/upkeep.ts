import type { Connector, Upkeep } from '../domain/connector.ts';
import { asFailure } from '../domain/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { readNote, writeNote } from '../store/notes.ts';
import type { Store } from '../store/open.ts';

export interface UpkeepSettings {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
}

type Kept = Connector & { readonly upkeep: Upkeep };

const LOOK_MS = 3_600_000;
const RETRY_MS = 600_000;
const CALL_MS = 60_000;

/** Does from time to time what keeps push alive, at the latest one interval after it was last done, over restarts. */
export class Upkeeper {
  private readonly settings: UpkeepSettings;
  private readonly sources: readonly Kept[];
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private readonly ending = new AbortController();

  constructor(settings: UpkeepSettings) {
    this.settings = settings;
    this.sources = settings.connectors.filter((one): one is Kept => one.upkeep !== undefined);
  }

  start(): void {
    for (const source of this.sources) this.begin(source);
  }

  async stop(): Promise<void> {
    this.ending.abort();
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.allSettled(this.running);
  }

  /** Does what is due. Throws a `Failure`. */
  async run({ name, upkeep }: Kept): Promise<void> {
    const { store, clock } = this.settings;
    const note = `upkeep:${name}`;
    const last = Number((await readNote(store.db, note)) ?? 0);
    if (clock.now() - last < upkeep.everySeconds * 1000) return;
    const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(CALL_MS)]);
    const done = await upkeep.run({ signal });
    await store.write(async ({ db, journal }) => {
      await writeNote(db, note, String(clock.now()));
      const data = { source: name, done };
      journal({ kind: 'upkeep.done', subject: null, cycle: null, data });
    });
  }

  private begin(source: Kept): void {
    const work = this.look(source).finally(() => this.running.delete(work));
    this.running.add(work);
  }

  private async look(source: Kept): Promise<void> {
    let wait = Math.min(LOOK_MS, source.upkeep.everySeconds * 1000);
    try {
      await this.run(source);
    } catch (error) {
      if (this.ending.signal.aborted) return;
      const { kind } = asFailure(error);
      this.settings.log.warn({ source: source.name, kind }, 'the upkeep of push failed');
      wait = RETRY_MS;
    }
    if (this.ending.signal.aborted) return;
    const timer = setTimeout(() => this.begin(source), wait);
    timer.unref();
    this.timers.set(source.name, timer);
  }
}
