import type { Call, Poll, PollAsk, PollPage } from '../../domain/connector.ts';
import type { ProjectEvent } from '../../domain/event.ts';
import { Failure } from '../../domain/failure.ts';
import { expectShape } from '../rest-shape.ts';
import type { SlackReader } from './client.ts';
import type { SlackDirectory } from './directory.ts';
import type { Found, Place } from './event-draft.ts';
import { edited, isSaid, posted } from './message-event.ts';
import type { Message } from './payload.ts';
import type { Asked, Cursor, Sweep } from './poll-cursor.ts';
import { firstCursor, readCursor, remember, writeCursor } from './poll-cursor.ts';
import { MessagePage, nextOf } from './rest.ts';
import type { Timestamp } from './timestamp.ts';
import { compareTimestamps, laterOf, millisOf, timestampAt } from './timestamp.ts';

const PAGE_SIZE = 200;
/** How far a poll reaches back behind the newest fact it has seen. */
const OVERLAP_MS = 10 * 60_000;
/** Clocks that differ by less are taken for the same. */
const SAME_MS = 5_000;
/** Replies are looked for under parents of this age. */
const WINDOW_MS = 7 * 24 * 3_600_000;
/** Where the window has more than one page, all of it is gone through this often. */
const DEEP_EVERY_MS = 10 * 60_000;

/** What polling takes. */
export interface PollParts {
  readonly reader: SlackReader;
  readonly directory: SlackDirectory;
  readonly everySeconds: number;
}

/**
 * Polls the history of each conversation, newest page first, down to the overlap; and the replies of every thread of
 * the last 7 days that has moved, because history never shows replies. At rest it is one call per conversation.
 * Reactions, joins, deletions, presses and forms, and edits of replies in a thread without a new reply, are seen by push alone.
 */
export function slackPoll(parts: PollParts): Poll {
  return {
    everySeconds: parts.everySeconds,
    // Slack takes 50 calls of a method in a minute (tier 3); some are left for reading threads.
    mostPerMinute: 40,
    sees: ['message.posted', 'message.edited'],
    scopes: (call) => scopes(parts, call),
    fetch: (ask, call) => fetchPage(parts, ask, call),
  };
}

async function scopes({ directory }: PollParts, call: Call): Promise<readonly string[]> {
  const joined = await directory.joined(call);
  const watched = await directory.watchedIds(call);
  const mine = await directory.keepWatched(joined, call);
  return [...new Set([...watched, ...mine.map(({ id }) => id)])];
}

interface Work {
  readonly parts: PollParts;
  readonly place: Place;
  readonly call: Call;
  /** By our clock. */
  readonly now: number;
}

async function fetchPage(parts: PollParts, ask: PollAsk, call: Call): Promise<PollPage> {
  const { kind } = await parts.directory.conversation(ask.scope, call);
  const work = { parts, place: { channel: ask.scope, kind }, call, now: ask.now };
  const cursor =
    ask.cursor === null ? firstCursor(await sinceThere(work, ask)) : readCursor(ask.cursor);
  const [asked, ...queue] = cursor.queue;
  if (asked !== undefined) return readThread(work, { ...cursor, queue }, asked);
  return readHistory(work, cursor);
}

/** Where polling begins, by the clock of Slack, which is asked for the time first. */
async function sinceThere({ parts, call, now }: Work, { since }: PollAsk): Promise<Timestamp> {
  await parts.reader.read('auth.test', {}, call);
  const ahead = (parts.reader.serverTime() ?? now) - now;
  return timestampAt(Math.abs(ahead) < SAME_MS ? since : since + ahead);
}

/** The time there, as the answer that came just now tells it. */
function timeThere({ parts, now }: Work): number {
  return parts.reader.serverTime() ?? now;
}

async function readHistory(work: Work, cursor: Cursor): Promise<PollPage> {
  const oldest = cursor.sweep?.oldest ?? windowOf(cursor);
  const args = { channel: work.place.channel, oldest, inclusive: true, limit: PAGE_SIZE };
  const next = cursor.sweep?.next ?? null;
  const page = await pageOf(work, 'conversations.history', { args, next });
  // A page token that Slack no longer knows: nothing was passed by, so the way begins anew.
  if (page === null) return pageFrom([], { ...cursor, sweep: null }, true);
  const sweep = cursor.sweep ?? newSweep(cursor, { oldest, now: timeThere(work) });
  return takeHistory(work, { ...cursor, sweep }, page);
}

function takeHistory(
  work: Work,
  cursor: Cursor & { readonly sweep: Sweep },
  { messages, next }: Messages,
): PollPage {
  const { sweep } = cursor;
  const events = messages.flatMap((one) => eventsOf(one, work.place, sweep.from)).reverse();
  const top = messages.reduce((high, one) => laterOf(high, newestOf(one)), sweep.top);
  const queue = [...cursor.queue, ...movedThreads(cursor, messages)];
  const isDown = !sweep.deep && messages.some(({ ts }) => compareTimestamps(ts, sweep.from) < 0);
  if (next !== null && !isDown) {
    return pageFrom(events, { ...cursor, queue, sweep: { ...sweep, next, top } }, true);
  }
  // What came after the beginning may stand on pages that were read before it: it is looked for again.
  const seen = top === null ? null : earlier(top, timestampAt(sweep.startedAt));
  const high = laterOf(cursor.high, seen);
  const sweptAt = next === null ? sweep.startedAt : cursor.sweptAt;
  return pageFrom(events, { ...cursor, queue, high, sweptAt, sweep: null }, queue.length > 0);
}

function windowOf({ high, since }: Cursor): Timestamp {
  return timestampAt(millisOf(high ?? since) - WINDOW_MS);
}

function newSweep(cursor: Cursor, { oldest, now }: { oldest: Timestamp; now: number }): Sweep {
  const { since, high, sweptAt } = cursor;
  const from = high === null ? since : later(since, timestampAt(millisOf(high) - OVERLAP_MS));
  // A clock that was set back must not put the next whole way off.
  const deep = sweptAt === null || Math.abs(now - sweptAt) >= DEEP_EVERY_MS;
  return { oldest, from, next: null, top: null, deep, startedAt: now };
}

async function readThread(work: Work, cursor: Cursor, asked: Asked): Promise<PollPage> {
  const { ts, oldest } = asked;
  const args = { channel: work.place.channel, ts, oldest, inclusive: true, limit: PAGE_SIZE };
  const page = await pageOf(work, 'conversations.replies', { args, next: asked.next });
  if (page === null) {
    const again = { ...asked, next: null };
    return pageFrom([], { ...cursor, queue: [again, ...cursor.queue] }, true);
  }
  const replies = page.messages.filter((one) => one.ts !== ts);
  const events = replies.flatMap((one) => eventsOf(one, work.place, oldest));
  const seen = replies.reduce((high, one) => laterOf(high, one.ts), asked.seen);
  if (page.next !== null) {
    const rest = { ...asked, next: page.next, seen };
    return pageFrom(events, { ...cursor, queue: [rest, ...cursor.queue] }, true);
  }
  const threads = remember(cursor.threads, readOf(work, { ...asked, seen }));
  const kept = { ...cursor, threads };
  return pageFrom(events, kept, cursor.queue.length > 0 || cursor.sweep !== null);
}

// A reply that the parent counts but the thread does not show yet is waited for, until it must have been removed.
function readOf(work: Work, asked: Asked): Cursor['threads'][number] {
  const { ts, count, latest, seen, oldest } = asked;
  const isThere = seen !== null && compareTimestamps(seen, latest) >= 0;
  const isOld = millisOf(latest) < timeThere(work) - OVERLAP_MS;
  return { ts, count, latest: isThere || isOld ? latest : (seen ?? oldest) };
}

/** The threads whose replies are not those that were read last, each with how far back to read. */
function movedThreads(cursor: Cursor, messages: readonly Message[]): Asked[] {
  return messages.flatMap((parent): Asked[] => {
    const { ts, latest_reply: latest, reply_count: count } = parent;
    if (latest === null || cursor.queue.some((one) => one.ts === ts)) return [];
    const known = cursor.threads.find((one) => one.ts === ts);
    if (known?.latest === latest && known.count === count) return [];
    const read = known === undefined ? cursor.sweptAt : millisOf(known.latest);
    const oldest =
      read === null ? cursor.since : later(cursor.since, timestampAt(read - OVERLAP_MS));
    if (compareTimestamps(latest, oldest) < 0) return [];
    return [{ ts, oldest, next: null, latest, count, seen: null }];
  });
}

function eventsOf(message: Message, place: Place, from: Timestamp): ProjectEvent[] {
  if (!isSaid(message)) return [];
  const found: Found[] = [];
  if (compareTimestamps(message.ts, from) >= 0) found.push(posted(message, place));
  const version = message.edited?.ts;
  if (version !== undefined && compareTimestamps(version, from) >= 0) {
    found.push(edited(message, place, version));
  }
  return found.filter((one) => typeof one !== 'string');
}

function newestOf({ ts, edited: change, latest_reply: reply }: Message): Timestamp | null {
  return laterOf(laterOf(ts, change?.ts ?? null), reply);
}

interface Messages {
  readonly messages: readonly Message[];
  readonly next: string | null;
}

interface PageAsk {
  readonly args: Readonly<Record<string, unknown>>;
  readonly next: string | null;
}

/** A page, `null` where Slack no longer knows the token of the page. */
async function pageOf(
  { parts, call }: Work,
  method: 'conversations.history' | 'conversations.replies',
  { args, next }: PageAsk,
): Promise<Messages | null> {
  try {
    const all = next === null ? args : { ...args, cursor: next };
    const page = expectShape(MessagePage, await parts.reader.read(method, all, call));
    const following = nextOf(page);
    if (following !== null && following === next) {
      throw new Failure('bad-answer', `${method} gave the token of its page again.`);
    }
    return { messages: page.messages, next: following };
  } catch (error) {
    if (next !== null && error instanceof Failure && error.kind === 'gone') return null;
    throw error;
  }
}

function pageFrom(events: readonly ProjectEvent[], cursor: Cursor, more: boolean): PollPage {
  return { events, cursor: writeCursor(cursor), more };
}

function earlier(a: Timestamp, b: Timestamp): Timestamp {
  return compareTimestamps(a, b) <= 0 ? a : b;
}

function later(a: Timestamp, b: Timestamp): Timestamp {
  return compareTimestamps(a, b) >= 0 ? a : b;
}
