import { Queue as Bull, Worker as BullWorker } from 'bullmq';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { Failure } from '../domain/failure.ts';
import type { Queue } from '../domain/queue.ts';
import type { Subject } from '../domain/subject.ts';
import { sha256 } from '../lib/digest.ts';
import type { Logger } from '../lib/logger.ts';
import { localQueue } from './local-queue.ts';

export interface RedisQueueSettings {
  /** `redis://` or `rediss://`, with its database and password. */
  readonly url: string;
  /** What every key begins with. */
  readonly prefix: string;
  readonly now: () => number;
  readonly log: Logger;
}

const NAME = 'wake';
// A job is a word to look, over in a millisecond: these bound how long one that was cut off stays unseen.
const LOCK_MS = 10_000;
const STALLED_MS = 5_000;
const LONGEST_RECONNECT_MS = 2_000;
const COMMAND_MS = 2_000;
const CLOSE_MS = 2_000;
const AT_ONCE = 16;
// Announcements of a subject for times this near to each other are one; the earliest of them stands.
const SAME_TIME_MS = 250;
const WARN_EVERY_MS = 60_000;
// Nobody reads the stream of events that the library writes.
const EVENTS_KEPT = 100;

type LineOptions = Omit<RedisOptions, 'replyMapping'>;

const LINE: LineOptions = {
  retryStrategy: (times) => Math.min(times * 100, LONGEST_RECONNECT_MS),
  connectTimeout: COMMAND_MS,
};

/** What is said while Redis is away would wait for it: it is dropped instead, and found by the sweep. */
const SENDING: LineOptions = {
  ...LINE,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: COMMAND_MS,
};

const LISTENING: LineOptions = { ...LINE, maxRetriesPerRequest: null };

/** Neither names nor keys of anybody's work stand in Redis: a subject is its digest there. */
function nameOf(subject: Subject, dueAt: number, now: number): string {
  const time = dueAt <= now ? 'now' : String(Math.ceil(dueAt / SAME_TIME_MS));
  return `${sha256(subject).slice(0, 32)}-${time}`;
}

function withinTime(work: Promise<unknown>, ms: number): Promise<unknown> {
  const late = new Promise<void>((resolve) => void setTimeout(resolve, ms).unref());
  return Promise.race([work.catch(() => undefined), late]);
}

/** Says at most once a minute that Redis is away, whoever noticed it. */
function warner({ log, now }: RedisQueueSettings): (error: unknown) => void {
  let last = -Infinity;
  return (error) => {
    if (now() - last < WARN_EVERY_MS) return;
    last = now();
    log.warn({ err: error }, 'redis is away: mail is found by looking into the store');
  };
}

/**
 * The queue of many processes: each announcement wakes one of those that listen. Redis holds nothing that matters.
 * While it is away the announcements of a process wake that process itself, and the others find the mail by their sweep.
 */
export class RedisQueue implements Queue {
  private readonly settings: RedisQueueSettings;
  private readonly warn: (error: unknown) => void;
  private readonly own: Queue;
  private readonly lines: Redis[] = [];
  private readonly sending: Redis;
  private readonly bull: Bull;
  private readonly listeners: (() => void)[] = [];
  private worker: BullWorker | null = null;
  private isClosed = false;

  constructor(settings: RedisQueueSettings) {
    this.settings = settings;
    this.warn = warner(settings);
    this.own = localQueue(settings.now);
    this.sending = this.connect(SENDING);
    this.bull = new Bull(NAME, {
      connection: this.sending,
      prefix: settings.prefix,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      streams: { events: { maxLen: EVENTS_KEPT } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.bull.on('error', this.warn);
  }

  announce(subject: Subject, dueAt: number): void {
    if (this.isClosed) return;
    if (this.sending.status !== 'ready') {
      this.own.announce(subject, dueAt);
      return;
    }
    this.send(subject, dueAt).catch((error: unknown) => {
      this.warn(error);
      if (!this.isClosed) this.own.announce(subject, dueAt);
    });
  }

  onDue(listener: () => void): void {
    this.listeners.push(listener);
    this.own.onDue(listener);
    this.worker ??= this.listen();
  }

  /** Really asks Redis. Throws a `Failure` where it does not answer within two seconds. */
  async check(): Promise<void> {
    await this.sending.ping().catch((error: unknown) => {
      throw new Failure('unavailable', 'redis does not answer', { cause: error });
    });
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.own.close();
    // Without Redis the library waits for it: nothing is lost by leaving.
    await withinTime(Promise.all([this.worker?.close(true), this.bull.close()]), CLOSE_MS);
    for (const line of this.lines) line.disconnect();
  }

  private connect(options: LineOptions): Redis {
    const line = new Redis(this.settings.url, options);
    line.on('error', this.warn);
    this.lines.push(line);
    return line;
  }

  private listen(): BullWorker {
    const hear = (): Promise<void> => {
      for (const listener of this.listeners) listener();
      return Promise.resolve();
    };
    const worker = new BullWorker(NAME, hear, {
      connection: this.connect(LISTENING),
      prefix: this.settings.prefix,
      concurrency: AT_ONCE,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
    });
    worker.on('error', this.warn);
    return worker;
  }

  private async send(subject: Subject, dueAt: number): Promise<void> {
    const now = this.settings.now();
    const deduplication = { id: nameOf(subject, dueAt, now), keepLastIfActive: true };
    await this.bull.add(NAME, {}, { delay: Math.max(0, dueAt - now), deduplication });
  }
}
