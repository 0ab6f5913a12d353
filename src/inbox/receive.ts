import type { Headers, TakenMessage, Webhook } from '../domain/connector.ts';
import type { Observer } from '../domain/observer.ts';
import { steadyNow } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { CrashPoint } from '../lib/crash.ts';
import { sha256 } from '../lib/digest.ts';
import { newId } from '../lib/ids.ts';
import { keepDeliveries } from '../store/deliveries.ts';
import type { NewDelivery } from '../store/deliveries.ts';
import type { Keep } from '../store/writer.ts';
import { verifyProofs } from './verify.ts';

/** What became of a delivery. The HTTP layer has one status for each kind. */
export type Receipt =
  | { readonly kind: 'accepted'; readonly id: string }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'overloaded' }
  | { readonly kind: 'unavailable' };

type Kept = Exclude<Receipt, { kind: 'rejected' } | { kind: 'answered' }>;

export interface Incoming {
  readonly source: string;
  readonly webhook: Webhook;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface ReceiverSettings {
  readonly keep: Keep;
  readonly clock: Clock;
  readonly crash: CrashPoint;
  /** Called after each commit that kept something. */
  readonly kept: (count: number) => void;
  /** Called with the error when a commit failed. */
  readonly failed: (error: unknown) => void;
  /** How many deliveries may wait for their commit. */
  readonly backlog?: number;
  /** How long a sender may wait for the commit, in milliseconds. */
  readonly patienceMs?: number;
  readonly observer?: Observer;
}

interface Waiting {
  readonly delivery: NewDelivery;
  /** Only the first answer is heard. */
  readonly answer: (receipt: Kept) => void;
  answered: boolean;
}

const MOST_PER_COMMIT = 256;
const MOST_BYTES_PER_COMMIT = 16 * 1024 * 1024;
const DEFAULT_BACKLOG = 4096;
const PRESSED_BATCH = 16;
const MOST_WAITING_BYTES = 128 * 1024 * 1024;
/** A sender hears something within two seconds; what is left of them is for reading the body and for a busy turn. */
const PATIENCE_MS = 1_500;
const LATELY_MS = 3_000;

// Which headers are kept: enough to replay and to explain, nothing that carries a credential.
const LEFT_OUT = new Set(['authorization', 'cookie', 'proxy-authorization']);

function keptHeaders(headers: Headers): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(headers).filter(([name]) => !LEFT_OUT.has(name))),
  );
}

/** Takes the next commit's share from the front: at most so many rows and so many bytes. */
function nextBatch(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const item of waiting) {
    bytes += item.delivery.body.length;
    if (count === MOST_PER_COMMIT || (count > 0 && bytes > MOST_BYTES_PER_COMMIT)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

/**
 * Verify, keep, answer. All deliveries of one turn of the event loop share a transaction; each hears its receipt
 * after the commit, never before. Nothing of the body is parsed here.
 */
export class Receiver {
  private readonly settings: ReceiverSettings;
  private readonly waiting: Waiting[] = [];
  private readonly backlog: number;
  private waitingBytes = 0;
  private busy = false;
  private lastBatch = 0;
  /** By the steady clock; null after a commit that came through. */
  private failedAt: number | null = null;

  constructor(settings: ReceiverSettings) {
    this.settings = settings;
    this.backlog = settings.backlog ?? DEFAULT_BACKLOG;
  }

  /** True while commits are shared by many: senders come faster than one by one. */
  pressed(): boolean {
    return this.busy && this.lastBatch >= PRESSED_BATCH;
  }

  /**
   * Whether the store did not take deliveries just now. What is smaller than they may still be committed: on a full disk the
   * last room of the log. Only for a while, since a program that is not ready may be sent nothing any more.
   */
  refusedLately(): boolean {
    return this.failedAt !== null && steadyNow(this.settings.clock) - this.failedAt < LATELY_MS;
  }

  /** Resolves with the receipt, after the commit where there is one. Never rejects. */
  async receive(incoming: Incoming): Promise<Receipt> {
    const { webhook, headers, body } = incoming;
    const now = this.settings.clock.now();
    const signed = verifyProofs(webhook.proofs, { headers, body }, now);
    if (!signed.ok) return { kind: 'rejected', reason: signed.reason };
    const challenge = webhook.challenge?.(body) ?? null;
    if (challenge !== null) return { kind: 'answered', text: challenge };
    const named = webhook.deliveryHeader === null ? '' : headers[webhook.deliveryHeader]?.[0];
    const name = (named ?? '').slice(0, 200);
    // The header is not signed: the bytes' own digest keeps another body under the same name apart.
    const deliveryId = `${name}/${signed.digest.slice(0, 32)}`;
    return await this.keep({ source: incoming.source, way: 'webhook', deliveryId, headers, body });
  }

  /** Keeps what came over a line of our own, which is its proof. Resolves like `receive`; never rejects. */
  async take(
    source: string,
    way: 'socket' | 'list',
    message: TakenMessage,
  ): Promise<Exclude<Receipt['kind'], 'rejected' | 'answered'>> {
    const { name, headers, body } = message;
    const deliveryId = `${name.slice(0, 200)}/${sha256(body).slice(0, 32)}`;
    return (await this.keep({ source, way, deliveryId, headers, body })).kind;
  }

  private async keep(
    given: Omit<NewDelivery, 'id' | 'receivedAt' | 'headers'> & { headers: Headers },
  ): Promise<Kept> {
    if (this.waiting.length >= this.backlog) return { kind: 'overloaded' };
    if (this.waitingBytes + given.body.length > MOST_WAITING_BYTES) return { kind: 'overloaded' };
    this.settings.crash('delivery.verified');
    const now = this.settings.clock.now();
    const headers = keptHeaders(given.headers);
    const delivery: NewDelivery = { ...given, id: newId(now), receivedAt: now, headers };
    return await new Promise<Kept>((hear) => this.enqueue(this.waitingFor(delivery, hear)));
  }

  /**
   * Whatever hangs, the sender hears `unavailable` when its patience ends, and may send again. A commit that comes through
   * after that is known by its delivery id then, and counts once.
   */
  private waitingFor(delivery: NewDelivery, hear: (receipt: Kept) => void): Waiting {
    const late = setTimeout(() => {
      item.answer({ kind: 'unavailable' });
      this.forgetAnswered();
    }, this.settings.patienceMs ?? PATIENCE_MS);
    const item: Waiting = {
      delivery,
      answered: false,
      answer: (receipt) => {
        if (item.answered) return;
        item.answered = true;
        clearTimeout(late);
        hear(receipt);
      },
    };
    return item;
  }

  private enqueue(item: Waiting): void {
    this.waiting.push(item);
    this.waitingBytes += item.delivery.body.length;
    if (this.busy) return;
    this.busy = true;
    void this.commitAll();
  }

  /** Who was told to send again waits no more. All have the same patience, so they stand in front. */
  private forgetAnswered(): void {
    const first = this.waiting.findIndex((item) => !item.answered);
    const gone = this.waiting.splice(0, first === -1 ? this.waiting.length : first);
    for (const { delivery } of gone) this.waitingBytes -= delivery.body.length;
  }

  private async commitAll(): Promise<void> {
    while (this.waiting.length > 0) await this.commit();
    this.busy = false;
  }

  private async commit(): Promise<void> {
    let batch: Waiting[] = [];
    try {
      const fresh = await this.settings.keep(async ({ db }) => {
        // Taken here and not when the work was asked for: what came meanwhile shares the commit. One that the store begins
        // again, since it met another writer, keeps what it took.
        if (batch.length === 0) batch = nextBatch(this.waiting);
        const deliveries = batch.map((item) => item.delivery);
        return deliveries.length === 0 ? new Set<string>() : await keepDeliveries(db, deliveries);
      });
      this.failedAt = null;
      this.settings.crash('delivery.committed');
      for (const item of batch) answerOne(item, fresh);
      this.settings.kept(fresh.size);
      this.tell(batch, fresh);
    } catch (error) {
      this.failedAt = steadyNow(this.settings.clock);
      this.settings.failed(error);
      // The transaction may not even have begun: those who wait hear it all the same.
      if (batch.length === 0) batch = nextBatch(this.waiting);
      for (const { answer } of batch) answer({ kind: 'unavailable' });
    }
    this.lastBatch = batch.length;
    for (const item of batch) this.waitingBytes -= item.delivery.body.length;
  }

  private tell(batch: readonly Waiting[], fresh: ReadonlySet<string>): void {
    const to = this.settings.clock.now();
    for (const { delivery } of batch) {
      if (!fresh.has(delivery.id)) continue;
      const { id, source, way, receivedAt: from } = delivery;
      this.settings.observer?.step({ name: 'receive', delivery: id, source, way, from, to });
    }
  }
}

function answerOne({ delivery, answer }: Waiting, fresh: ReadonlySet<string>): void {
  const isNew = fresh.has(delivery.id);
  answer(isNew ? { kind: 'accepted', id: delivery.id } : { kind: 'duplicate' });
}
