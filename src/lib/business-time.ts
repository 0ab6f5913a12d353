import { dailyHours } from './daily-hours.ts';
import type { CalendarLike, DailyHours } from './daily-hours.ts';
import { clip, lengthOf, union, without } from './intervals.ts';
import type { Interval } from './intervals.ts';

/**
 * Arithmetic on one calendar. Instants are epoch milliseconds and count to their whole second, durations are whole
 * seconds. An instant that does not come within a hundred years is `Infinity`: ask `Number.isFinite` before writing it down.
 */
export interface WorkingTime {
  /** Working seconds inside `[from, to)`, never negative; `Infinity` over more than a hundred years. */
  elapsed(from: number, to: number): number;
  /** The earliest instant until which `seconds` of working time have passed; `from` itself for none. */
  add(from: number, seconds: number): number;
  /**
   * The same wall time `days` working dates after the next working instant, clamped into that date's hours. Hours that
   * pass midnight belong to the date on which they began.
   */
  addDays(from: number, days: number): number;
  /** The instant itself when it is working time, else the next opening. */
  nextWorking(from: number): number;
  /** The opening of the first working date after the local date of the instant. */
  nextDayOpening(from: number): number;
  isWorking(at: number): boolean;
  /** The date on the wall, `YYYY-MM-DD`. Throws a `RangeError` for what is no instant. */
  localDate(at: number): string;
  /** Seconds of a normal working day: the median of the weekdays that have hours, nine hours when none has. */
  readonly dayLength: number;
}

const DAY = 86_400;
const LAST = 8.64e12;
const FAR = 36_525 * DAY;
const CHUNK = 32 * DAY;
const KEPT_CHUNKS = 64;
// An interval lasts two days at most, and a zone may skip a date.
const DATES_BEFORE = 3;

/** The working hours of 32 days, so that long spans cost a step for each of them and no zone is asked twice. */
interface Chunk {
  readonly hours: readonly Interval[];
  readonly seconds: number;
}

interface Book {
  readonly days: DailyHours;
  readonly chunk: (number: number) => Chunk;
}

const EMPTY: Chunk = { hours: [], seconds: 0 };
const books = new WeakMap<CalendarLike, WorkingTime>();

/**
 * The arithmetic of a calendar, kept as long as the calendar object lives: do not change it afterwards. Only its zone
 * matters, never that of the process. Throws a `RangeError` for a zone that does not exist.
 */
export function workingTime(calendar: CalendarLike): WorkingTime {
  const known = books.get(calendar);
  if (known !== undefined) return known;
  const book = bookOf(dailyHours(calendar));
  const made: WorkingTime = {
    elapsed: (from, to) => elapsed(book, [second(from), second(to)]),
    add: (from, seconds) => add(book, from, Math.ceil(seconds)),
    addDays: (from, days) => addDays(book, from, days),
    nextWorking: (from) => nextWorking(book, from),
    nextDayOpening: (from) => nextDayOpening(book, from),
    isWorking: (at) => isWorking(book, second(at)),
    localDate: (at) => {
      const wall = book.days.clock.toWall(Math.floor(at / 1000));
      return new Date(wall * 1000).toISOString().slice(0, -14);
    },
    dayLength: book.days.dayLength,
  };
  books.set(calendar, made);
  return made;
}

function bookOf(days: DailyHours): Book {
  const chunks = new Map<number, Chunk>();
  return {
    days,
    chunk: (number) => {
      const known = chunks.get(number);
      if (known !== undefined) return known;
      const read = readChunk(days, [number * CHUNK, (number + 1) * CHUNK]);
      if (chunks.size >= KEPT_CHUNKS) chunks.clear();
      chunks.set(number, read);
      return read;
    },
  };
}

function readChunk({ clock, leave, rostered }: DailyHours, [start, end]: Interval): Chunk {
  if (leave.some(([from, to]) => from <= start && to >= end)) return EMPTY;
  const all: Interval[] = [];
  const last = dateAt(clock.toWall(end)) + 1;
  for (let date = dateAt(clock.toWall(start)) - DATES_BEFORE; date <= last; date += 1) {
    all.push(...rostered(date));
  }
  const hours = clip(without(union(all), leave), [start, end]);
  return { hours, seconds: lengthOf(hours) };
}

function elapsed({ days, chunk }: Book, [from, to]: Interval): number {
  const start = Math.max(from, days.bounds[0]);
  const end = Math.min(to, days.bounds[1]);
  if (!(end > start)) return 0;
  if (end - start > FAR) return Infinity;
  let sum = 0;
  for (let number = Math.floor(start / CHUNK); number * CHUNK < end; number += 1) {
    const { hours, seconds } = chunk(number);
    const isWhole = start <= number * CHUNK && (number + 1) * CHUNK <= end;
    sum += isWhole ? seconds : within(hours, start, end);
  }
  return sum;
}

function within(hours: readonly Interval[], start: number, end: number): number {
  let sum = 0;
  for (const [from, to] of hours) sum += Math.max(0, Math.min(to, end) - Math.max(from, start));
  return sum;
}

function add(book: Book, at: number, seconds: number): number {
  if (!(seconds > 0)) return at;
  const start = second(at);
  let left = seconds;
  const found = search(book, start, ({ hours, seconds: whole }, begin) => {
    if (begin >= start && whole < left) {
      left -= whole;
      return null;
    }
    for (const [from, to] of hours) {
      const length = to - Math.max(from, start);
      if (length >= left) return Math.max(from, start) + left;
      if (length > 0) left -= length;
    }
    return null;
  });
  return found * 1000;
}

function isWorking({ chunk }: Book, at: number): boolean {
  return Number.isFinite(at) && holds(chunk(Math.floor(at / CHUNK)).hours, at);
}

function holds(hours: readonly Interval[], at: number): boolean {
  return hours.some(([from, to]) => from <= at && at < to);
}

function nextWorking(book: Book, at: number): number {
  const start = second(at);
  const found = search(book, start, ({ hours }) => {
    const next = hours.find(([, to]) => to > start);
    return next === undefined ? null : next[0];
  });
  return found <= start ? at : found * 1000;
}

/** The first answer that a chunk gives, from the one that holds `start` on for a hundred years, else `Infinity`. */
function search(
  book: Book,
  start: number,
  answer: (chunk: Chunk, begin: number) => number | null,
): number {
  const end = Math.min(start + FAR, LAST, book.days.bounds[1]);
  const first = Math.max(start, book.days.bounds[0]);
  if (!(Math.abs(start) < LAST && first < end)) return Infinity;
  for (let number = Math.floor(first / CHUNK); number * CHUNK < end; number += 1) {
    const found = answer(book.chunk(number), number * CHUNK);
    if (found !== null) return found;
  }
  return Infinity;
}

function addDays(book: Book, at: number, count: number): number {
  const begin = nextWorking(book, at);
  if (!(count > 0) || !Number.isFinite(begin)) return begin;
  const { clock, worked } = book.days;
  const from = shiftDate(book, second(begin));
  const sinceMidnight = clock.toWall(second(begin)) - from * DAY;
  const date = workingDateAfter(book, from, count);
  if (date === null) return Infinity;
  const hours = worked(date);
  const sameTime = clock.toInstant(date * DAY + sinceMidnight);
  const opening = hours[0]?.[0] ?? sameTime;
  const closing = hours.at(-1)?.[1] ?? sameTime;
  return Math.min(Math.max(sameTime, opening), closing) * 1000;
}

/** The date that a working instant belongs to: after midnight a night shift is still that of the evening before. */
function shiftDate({ days }: Book, at: number): number {
  const today = dateAt(days.clock.toWall(at));
  for (let date = today - DATES_BEFORE; date < today; date += 1) {
    if (holds(days.rostered(date), at)) return date;
  }
  return today;
}

function nextDayOpening(book: Book, at: number): number {
  if (!Number.isFinite(at)) return Infinity;
  const { clock, worked } = book.days;
  const date = workingDateAfter(book, dateAt(clock.toWall(second(at))), 1);
  const opening = date === null ? undefined : worked(date)[0]?.[0];
  return opening === undefined ? Infinity : opening * 1000;
}

/** The `count`-th date with working time after `date`, or `null` when it does not come. */
function workingDateAfter(book: Book, date: number, count: number): number | null {
  let next = date;
  for (let left = count; left > 0; left -= 1) {
    next = nextWorkingDate(book, next);
    if (next * DAY > date * DAY + FAR) return null;
  }
  return next;
}

/** The first working date after `date`, in one step over the longest leave, or `Infinity`. */
function nextWorkingDate(book: Book, date: number): number {
  const { clock, worked } = book.days;
  if (worked(date + 1).length > 0) return date + 1;
  const opens = nextWorking(book, clock.toInstant((date + 2) * DAY) * 1000);
  // Hours of `date` itself may reach over a date that its zone skipped.
  return opens === Infinity ? Infinity : Math.max(date + 2, shiftDate(book, second(opens)));
}

function dateAt(wall: number): number {
  return Math.floor(wall / DAY);
}

/** Within the instants that a `Date` can hold: numbers far beyond them no longer count in steps of one. */
function second(instant: number): number {
  return Math.floor(Math.max(-LAST, Math.min(LAST, instant / 1000)));
}
