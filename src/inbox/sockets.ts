import { setTimeout as delay } from 'node:timers/promises';
import type { Connector, Socket } from '../domain/connector.ts';
import { asFailure, Failure } from '../domain/failure.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Receiver } from './receive.ts';

/** How a line stands, for the status. */
export interface LineState {
  readonly source: string;
  readonly connected: boolean;
  readonly note: string;
  readonly since: string;
}

export interface SocketsSettings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly connectors: readonly Connector[];
  readonly receiver: Pick<Receiver, 'take'>;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** Keeps the lines open that we open ourselves, and everything that comes over them, before it is acknowledged. */
export class Sockets {
  private readonly settings: SocketsSettings;
  private readonly states = new Map<string, LineState>();
  private readonly ending = new AbortController();
  private running: readonly Promise<void>[] = [];

  constructor(settings: SocketsSettings) {
    this.settings = settings;
  }

  start(): void {
    this.running = this.settings.connectors.flatMap(({ name, socket }) =>
      socket === undefined ? [] : [this.keepOpen(name, socket)],
    );
  }

  lines(): readonly LineState[] {
    return [...this.states.values()];
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await Promise.allSettled(this.running);
  }

  private async keepOpen(source: string, socket: Socket): Promise<void> {
    const { signal } = this.ending;
    let wait = FIRST_WAIT_MS;
    while (!this.ended()) {
      try {
        await socket.run(
          {
            keep: (message) => this.keep(source, message),
            state: (state, note) => {
              if (state === 'connected') wait = FIRST_WAIT_MS;
              this.note(source, state === 'connected', note);
            },
          },
          signal,
        );
      } catch (error) {
        this.note(source, false, asFailure(error).kind);
      }
      if (this.ended()) return;
      await delay(wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  private ended(): boolean {
    return this.ending.signal.aborted;
  }

  private async keep(source: string, message: Parameters<Receiver['take']>[2]): Promise<void> {
    const end = await this.settings.receiver.take(source, 'socket', message);
    if (end === 'accepted' || end === 'duplicate') return;
    throw new Failure('store-unavailable', `a message of ${source} was not kept`);
  }

  private note(source: string, connected: boolean, note: string): void {
    const { clock, log } = this.settings;
    const before = this.states.get(source);
    if (before?.connected !== connected) log.info({ source, connected }, 'the line has changed');
    const since = before?.connected === connected ? before.since : iso(clock.now());
    this.states.set(source, { source, connected, note: note.slice(0, 200), since });
  }
}
