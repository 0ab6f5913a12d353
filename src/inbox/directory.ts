import type { Connector } from '../domain/connector.ts';
import type { Actor, ProjectEvent } from '../domain/event.ts';
import { asFailure, isRetryable } from '../domain/failure.ts';
import { joinAccount, KnownAccounts, peopleOf } from '../domain/person.ts';
import type { Account, Member, Person, Stranger } from '../domain/person.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { allAccounts, keepAccounts } from '../store/accounts.ts';
import type { Store } from '../store/open.ts';

export interface DirectorySettings {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** The team as the settings describe it. */
  readonly team: readonly Member[];
}

interface Seen {
  readonly system: string;
  readonly actor: Actor;
}

const CALL_MS = 15_000;
const MOST_WAITING = 1_000;
/** After a failed look-up the account is asked for again when it is next seen, but not sooner. */
const AGAIN_MS = 600_000;

/**
 * Knows which accounts of the systems belong to one person. Whoever is seen in an event is looked up once, one after
 * the other and beside the work, so that no event waits for it.
 */
export class Directory {
  private readonly settings: DirectorySettings;
  private readonly known = new KnownAccounts();
  private readonly tried = new Map<string, number>();
  private readonly waiting = new Map<string, Seen>();
  private readonly ending = new AbortController();
  private running: Promise<void> | null = null;

  constructor(settings: DirectorySettings) {
    this.settings = settings;
  }

  /** Takes up what earlier runs and other processes have learned, joined again under today's settings. */
  async load(): Promise<void> {
    const { store, team, clock } = this.settings;
    const changed: Account[] = [];
    for (const one of await allAccounts(store.db)) {
      const account = joinAccount(one, team, this.known);
      this.known.keep(account);
      if (account.person !== one.person) changed.push(account);
    }
    await store.write(({ db }) => keepAccounts(db, changed, clock.now()));
  }

  /** Remembers who caused these events, to look them up. */
  notice(events: readonly ProjectEvent[]): void {
    for (const { source: system, actor } of events) {
      if (actor === null || actor.kind === 'unknown') continue;
      const id = `${system}:${actor.id}`;
      const last = this.tried.get(id) ?? -Infinity;
      if (
        this.known.get(system, actor.id) !== undefined ||
        this.settings.clock.now() - last < AGAIN_MS
      )
        continue;
      if (this.waiting.size < MOST_WAITING) this.waiting.set(id, { system, actor });
    }
    if (this.waiting.size > 0 && !this.ending.signal.aborted) this.running ??= this.lookUpAll();
  }

  /** What an account is called, `null` before it was looked up. */
  nameOf(system: string, account: string): string | null {
    return this.known.get(system, account)?.name ?? null;
  }

  /** The person of an account; one that was not looked up yet is a person of its own. */
  personOf(system: string, account: string): string {
    return this.known.get(system, account)?.person ?? `${system}:${account}`;
  }

  /** The account that a person has in a system, where it is known. */
  accountOf(person: string, system: string): string | null {
    const found = this.known
      .values()
      .find((account) => account.person === person && account.system === system);
    return found?.account ?? null;
  }

  /** The person who bears an account id in any system. */
  personWith(account: string): string | null {
    const [one] = this.known.withId(account);
    return one?.person ?? null;
  }

  people(): Person[] {
    return peopleOf([...this.known.values()], this.settings.team);
  }

  /** Resolves when nobody waits to be looked up. */
  async settled(): Promise<void> {
    await this.running;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async lookUpAll(): Promise<void> {
    for (const [id, seen] of this.waiting) {
      this.waiting.delete(id);
      if (this.ending.signal.aborted) break;
      this.tried.set(id, this.settings.clock.now());
      await this.lookUp(seen).catch((error: unknown) => {
        const { kind } = asFailure(error);
        this.settings.log.debug({ system: seen.system, kind }, 'an account was not looked up');
      });
    }
    this.running = null;
  }

  private async lookUp(seen: Seen): Promise<void> {
    const { store, team, clock } = this.settings;
    const stranger = await this.ask(seen);
    const account = joinAccount(stranger, team, this.known);
    await store.write(({ db }) => keepAccounts(db, [account], clock.now()));
    this.known.keep(account);
  }

  /** What the system tells; where it can tell nothing, what the event said. Throws what may go away. */
  private async ask({ system, actor }: Seen): Promise<Stranger> {
    const { id: account, name, kind } = actor;
    const told = { system, account, name, email: null, zone: null, kind };
    const profile = this.settings.connectors.get(system)?.profile;
    if (profile === undefined) return told;
    const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(CALL_MS)]);
    try {
      const found = await profile(account, { signal });
      return found === null ? told : { system, account, ...found };
    } catch (error) {
      if (isRetryable(error) || this.ending.signal.aborted) throw error;
      return told;
    }
  }
}
