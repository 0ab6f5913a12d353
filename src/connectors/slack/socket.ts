import { setTimeout as delay } from 'node:timers/promises';
import type { Socket, SocketHands } from '../../domain/connector.ts';
import { asFailure } from '../../domain/failure.ts';
import type { SlackAccess } from './settings.ts';
import type { Leaving, Line } from './socket-line.ts';
import { openLine } from './socket-line.ts';
import { slackReading } from './webhook.ts';

/** How long is waited before a lost line is opened again; shorter in tests. */
export interface SocketWaits {
  readonly firstMs: number;
  readonly longestMs: number;
}

// `apps.connections.open` may be asked about once a minute for long, so the waits grow.
const WAITS: SocketWaits = { firstMs: 1_000, longestMs: 60_000 };

/** Socket Mode (contract section 1.6): events come over a line that we open, without a public address. */
export function slackSocket(access: SlackAccess, waits: SocketWaits = WAITS): Socket {
  return {
    ...slackReading,
    run: (hands, signal) => new LineKeeper({ access, waits, hands, signal }).run(),
  };
}

interface Keeping {
  readonly access: SlackAccess;
  readonly waits: SocketWaits;
  readonly hands: SocketHands;
  readonly signal: AbortSignal;
}

class LineKeeper {
  private readonly keeping: Keeping;
  private readonly closing = new Set<Promise<void>>();
  private line: Line | null = null;
  private wait: number;

  constructor(keeping: Keeping) {
    this.keeping = keeping;
    this.wait = keeping.waits.firstMs;
  }

  async run(): Promise<void> {
    const { signal, hands } = this.keeping;
    while (!signal.aborted) {
      await this.once().catch((error: unknown) => this.failed(error));
    }
    this.leave();
    await Promise.all(this.closing);
    hands.state('lost', 'stopped');
  }

  private async once(): Promise<void> {
    await this.renew();
    await this.rest();
  }

  private async failed(error: unknown): Promise<void> {
    const { kind, retryAfterMs } = asFailure(error);
    if (!this.keeping.signal.aborted) this.keeping.hands.state('lost', kind);
    await this.pause(retryAfterMs ?? 0);
  }

  /** Opens a line, and only then closes the one before. */
  private async renew(): Promise<void> {
    const { access, hands, signal } = this.keeping;
    const line = await openLine(access, hands, signal);
    this.leave();
    this.line = line;
    hands.state('connected', 'Socket Mode');
  }

  /** Waits until the line is no longer good. */
  private async rest(): Promise<void> {
    const { hands, waits } = this.keeping;
    const since = Date.now();
    const why = await this.left();
    if (Date.now() - since > waits.longestMs) this.wait = waits.firstMs;
    if (why === 'refresh') {
      this.wait = waits.firstMs;
      return;
    }
    if (why === 'stopped') return;
    this.leave();
    hands.state('lost', why === 'disabled' ? 'Socket Mode was turned off' : 'the line was lost');
    await this.pause(why === 'disabled' ? waits.longestMs : 0);
  }

  private async left(): Promise<Leaving | 'stopped'> {
    const { signal } = this.keeping;
    const stopped = new Promise<'stopped'>((resolve) => {
      if (signal.aborted) resolve('stopped');
      signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
    return await Promise.race([this.line?.leaving ?? stopped, stopped]);
  }

  private leave(): void {
    const { line } = this;
    this.line = null;
    if (line === null) return;
    const closed = line.close().finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }

  private async pause(atLeast: number): Promise<void> {
    const { signal, waits } = this.keeping;
    const ms = Math.max(this.wait, atLeast);
    this.wait = Math.min(this.wait * 2, waits.longestMs);
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}
