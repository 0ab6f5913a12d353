import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';

type EnvelopeType = 'events_api' | 'interactive' | 'slash_commands';

/** One envelope and what became of it. */
interface EnvelopeRecord {
  readonly id: string;
  readonly type: EnvelopeType;
  /** How often it was sent. */
  readonly sent: number;
  readonly acked: boolean;
}

type Draft = { -readonly [Key in keyof EnvelopeRecord]: EnvelopeRecord[Key] } & {
  readonly payload: object;
  on: WebSocket | null;
  timer: NodeJS.Timeout | undefined;
};

/** How patient the server is, in milliseconds. */
export interface SocketHabits {
  /** An envelope that is not acknowledged for so long is sent again. Slack: 3 s. */
  readonly ackMs: number;
  /** How long a line lives on after the client was asked to leave it. */
  readonly graceMs: number;
}

/** The server side of Socket Mode (contract section 1.6). */
export interface SocketServer {
  readonly envelopes: readonly EnvelopeRecord[];
  /** How many lines have said hello and are open. */
  readonly connections: number;
  /** An address for one line; it works once. */
  ticket(): string;
  send(id: string, type: EnvelopeType, payload: object): void;
  /** Asks every line, or the oldest ones, to be opened anew. */
  refresh(reason: 'warning' | 'refresh_requested' | 'link_disabled', count?: number): void;
  /** Cuts the oldest lines off without a word. */
  dropLines(count?: number): void;
  /** Writes any text to every line. */
  write(text: string): void;
  /** Resolves when every envelope was acknowledged. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the server on 127.0.0.1. */
export async function startSocketServer(habits: SocketHabits): Promise<SocketServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/link' });
  await once(server, 'listening');
  return new Lines(server, habits);
}

class Lines implements SocketServer {
  readonly envelopes: Draft[] = [];
  private readonly server: WebSocketServer;
  private readonly habits: SocketHabits;
  private readonly tickets = new Set<string>();
  private readonly waiting = new Set<() => void>();
  private open: WebSocket[] = [];
  private turn = 0;
  private made = 0;
  private ended = false;

  constructor(server: WebSocketServer, habits: SocketHabits) {
    this.server = server;
    this.habits = habits;
    server.on('connection', (line, request) => {
      const ticket = new URL(request.url ?? '/', 'ws://127.0.0.1').searchParams.get('ticket');
      if (ticket === null || !this.tickets.delete(ticket)) line.close(4_001, 'bad ticket');
      else this.welcome(line);
    });
  }

  get connections(): number {
    return this.open.length;
  }

  ticket(): string {
    this.made += 1;
    const ticket = `ticket-${this.made}`;
    this.tickets.add(ticket);
    const { port } = this.server.address() as AddressInfo;
    return `ws://127.0.0.1:${port}/link?ticket=${ticket}&app_id=A0PMAGENT9`;
  }

  send(id: string, type: EnvelopeType, payload: object): void {
    const draft = { id, type, payload, sent: 0, acked: false, on: null, timer: undefined };
    this.envelopes.push(draft);
    this.pass(draft);
  }

  refresh(
    reason: 'warning' | 'refresh_requested' | 'link_disabled',
    count = this.open.length,
  ): void {
    const frame = { type: 'disconnect', reason, debug_info: { host: 'emulator' } };
    for (const line of this.open.slice(0, count)) {
      line.send(JSON.stringify(frame));
      const timer = setTimeout(() => line.close(), this.habits.graceMs);
      line.on('close', () => clearTimeout(timer));
    }
  }

  dropLines(count = this.open.length): void {
    for (const line of this.open.slice(0, count)) line.terminate();
  }

  write(text: string): void {
    for (const line of this.open) line.send(text);
  }

  async idle(): Promise<void> {
    while (this.envelopes.some(({ acked }) => !acked) && !this.ended) {
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve);
      });
    }
  }

  close(): Promise<void> {
    this.ended = true;
    for (const draft of this.envelopes) clearTimeout(draft.timer);
    for (const line of this.server.clients) line.terminate();
    this.wake();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private welcome(line: WebSocket): void {
    this.open.push(line);
    line.on('message', (data: Buffer) => this.acknowledge(data.toString()));
    line.on('error', () => line.terminate());
    line.on('close', () => this.lose(line));
    line.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.open.length,
        debug_info: { host: 'emulator', approximate_connection_time: 18_060 },
        connection_info: { app_id: 'A0PMAGENT9' },
      }),
    );
    for (const draft of this.envelopes) if (!draft.acked && draft.on === null) this.pass(draft);
  }

  /** Each envelope goes to one line; with none open it waits for the next. */
  private pass(draft: Draft): void {
    clearTimeout(draft.timer);
    this.turn += 1;
    const line = this.open[this.turn % Math.max(1, this.open.length)];
    draft.on = line ?? null;
    if (line === undefined || draft.acked || this.ended) return;
    const { id, type, payload, sent } = draft;
    draft.sent += 1;
    const retry = { retry_attempt: sent, retry_reason: sent === 0 ? '' : 'timeout' };
    const frame = { envelope_id: id, type, payload, accepts_response_payload: false };
    line.send(JSON.stringify(type === 'events_api' ? { ...frame, ...retry } : frame));
    draft.timer = setTimeout(() => this.pass(draft), this.habits.ackMs);
  }

  private acknowledge(text: string): void {
    const { envelope_id: id } = JSON.parse(text) as { envelope_id?: unknown };
    const draft = this.envelopes.find((one) => one.id === id);
    if (draft === undefined) return;
    clearTimeout(draft.timer);
    draft.acked = true;
    this.wake();
  }

  private lose(line: WebSocket): void {
    this.open = this.open.filter((one) => one !== line);
    for (const draft of this.envelopes) if (draft.on === line && !draft.acked) this.pass(draft);
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
