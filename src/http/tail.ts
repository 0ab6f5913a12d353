import type { Kysely } from 'kysely';
import type { JournalEntry } from '../domain/journal.ts';
import type { Logger } from '../lib/logger.ts';
import { journalAfter } from '../store/journal.ts';
import type { Tables } from '../store/tables.ts';

/** One reader of the journal as it grows. */
export interface TailClient {
  /** The number of the last entry it was given. */
  after: number;
  readonly write: (text: string) => void;
  /** False while it has not taken what it was given. */
  readonly takes: () => boolean;
  /** Whether its token still lives; asked with every heartbeat. */
  readonly allowed: () => Promise<boolean>;
  readonly end: () => void;
}

export interface TailSettings {
  readonly db: Kysely<Tables>;
  readonly log: Logger;
  readonly mostClients?: number;
  /** How often the journal is looked at for what other processes wrote. */
  readonly lookMs?: number;
  readonly heartbeatMs?: number;
}

const MOST_CLIENTS = 100;
const LOOK_MS = 500;
const HEARTBEAT_MS = 15_000;
const PAGE = 200;

function messageOf(entry: JournalEntry): string {
  return `id: ${entry.seq}\nevent: ${entry.kind}\ndata: ${JSON.stringify(entry)}\n\n`;
}

function give(clients: readonly TailClient[], entry: JournalEntry): void {
  const text = messageOf(entry);
  for (const client of clients) {
    if (client.after >= entry.seq) continue;
    client.after = entry.seq;
    client.write(text);
  }
}

/** Follows the journal for all clients with one query. Its timers run only while somebody listens. */
export class Tail {
  private readonly settings: TailSettings;
  private readonly clients = new Set<TailClient>();
  private timers: NodeJS.Timeout[] = [];
  private wanted = false;
  private running = false;

  constructor(settings: TailSettings) {
    this.settings = settings;
  }

  get full(): boolean {
    return this.clients.size >= (this.settings.mostClients ?? MOST_CLIENTS);
  }

  /** Something was written, or may have been; calls that come together are joined. */
  notify(): void {
    this.wanted = true;
    if (this.running || this.clients.size === 0) return;
    this.running = true;
    void this.catchUp();
  }

  add(client: TailClient): void {
    this.clients.add(client);
    if (this.timers.length === 0) {
      const { lookMs = LOOK_MS, heartbeatMs = HEARTBEAT_MS } = this.settings;
      this.timers = [
        setInterval(() => this.notify(), lookMs),
        setInterval(() => void this.beat(), heartbeatMs),
      ];
    }
    this.notify();
  }

  remove(client: TailClient): void {
    this.clients.delete(client);
    if (this.clients.size > 0) return;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
  }

  /** Ends every client; each comes back with its last id. */
  close(): void {
    for (const client of this.clients) {
      this.remove(client);
      client.end();
    }
  }

  private async catchUp(): Promise<void> {
    while (this.wanted && this.clients.size > 0) {
      this.wanted = false;
      const more = await this.nextPage().catch((error: unknown) => {
        this.settings.log.warn({ err: error }, 'the journal could not be followed, trying again');
        return false;
      });
      if (more) this.wanted = true;
    }
    this.running = false;
  }

  /** Hands out one page from where the furthest behind stands; true when there may be more. */
  private async nextPage(): Promise<boolean> {
    const hearing = [...this.clients].filter((client) => client.takes());
    if (hearing.length === 0) return false;
    const from = Math.min(...hearing.map((client) => client.after));
    const entries = await journalAfter(this.settings.db, from, PAGE);
    for (const entry of entries) give(hearing, entry);
    return entries.length === PAGE;
  }

  private async beat(): Promise<void> {
    for (const client of this.clients) {
      const allowed = await client.allowed().catch(() => true);
      if (allowed) client.write(': still here\n\n');
      else client.end();
    }
  }
}
