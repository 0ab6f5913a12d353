import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { Timestamp as Ts } from './timestamp.ts';
import { compareTimestamps, Timestamp } from './timestamp.ts';

/** How many threads are remembered one by one. */
const THREADS = 50;

const Thread = z.object({
  ts: Timestamp,
  /** The newest reply that was read, or that is taken as read. */
  latest: Timestamp,
  count: z.int().nullable(),
});

const Asked = z.object({
  ts: Timestamp,
  oldest: Timestamp,
  next: z.string().nullable(),
  /** What the parent said of its replies. */
  latest: Timestamp,
  count: z.int().nullable(),
  /** The newest reply that came so far. */
  seen: Timestamp.nullable(),
});
/** A thread whose replies are to be read. */
export type Asked = z.infer<typeof Asked>;

const Sweep = z.object({
  oldest: Timestamp,
  from: Timestamp,
  next: z.string().nullable(),
  /** The newest fact that came so far. */
  top: Timestamp.nullable(),
  /** Whether the whole window is gone through, and not only down to `from`. */
  deep: z.boolean(),
  /** When it began, epoch milliseconds by Slack's clock. */
  startedAt: z.number(),
});
/** One way through the history, from its newest page down. */
export type Sweep = z.infer<typeof Sweep>;

const Cursor = z.object({
  /** No fact before this is given. */
  since: Timestamp,
  /** The newest fact that was read. */
  high: Timestamp.nullable(),
  /**
   * When the last way through the whole window began, epoch milliseconds by Slack's clock: all replies that could be
   * seen then were read, or wait in the queue.
   */
  sweptAt: z.number().nullable(),
  threads: z.array(Thread),
  queue: z.array(Asked),
  sweep: Sweep.nullable(),
});
/** Where polling of one conversation stands. */
export type Cursor = z.infer<typeof Cursor>;

/** The cursor of a conversation that was never polled. */
export function firstCursor(since: Ts): Cursor {
  return { since, high: null, sweptAt: null, threads: [], queue: [], sweep: null };
}

/** Reads what `writeCursor` wrote. Throws `bad-answer` for anything else. */
export function readCursor(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure('bad-answer', 'The cursor of a conversation cannot be read.', {
      cause: error,
    });
  }
}

export function writeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor);
}

/** What was read of a thread. */
export type ThreadRead = z.infer<typeof Thread>;

/** Remembers a thread; the one whose replies are oldest gives way. */
export function remember(threads: readonly ThreadRead[], read: ThreadRead): ThreadRead[] {
  const others = threads.filter(({ ts }) => ts !== read.ts);
  const sorted = [...others, read].sort((a, b) => compareTimestamps(b.latest, a.latest));
  return sorted.slice(0, THREADS);
}
