import { lengthOf, union, without } from './intervals.ts';
import type { Interval } from './intervals.ts';
import { wallClock } from './wall-clock.ts';
import type { WallClock } from './wall-clock.ts';

type ClockTimes = readonly (readonly [from: string, to: string])[];

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A calendar as the directives hold it. It must not change once it was given to us. */
export interface CalendarLike {
  readonly tz: string;
  readonly week: Readonly<Partial<Record<(typeof WEEK)[number], ClockTimes | undefined>>>;
  readonly holidays?: readonly string[] | undefined;
  readonly special?: Readonly<Record<string, ClockTimes>> | undefined;
  readonly leave?: readonly (readonly [from: string, to: string])[] | undefined;
}

/** The hours of a calendar by local date. Dates are days since 1970, instants whole seconds. */
export interface DailyHours {
  readonly clock: WallClock;
  readonly leave: readonly Interval[];
  /** No hour lies outside this; unbounded when the week has hours. */
  readonly bounds: Interval;
  /** The hours that start on the date, in order; nothing is taken out for leave. */
  readonly rostered: (date: number) => readonly Interval[];
  /** The same without the leave. */
  readonly worked: (date: number) => readonly Interval[];
  /** The median of the weekdays that have hours. */
  readonly dayLength: number;
}

const DAY = 86_400;
const NONE: readonly Interval[] = [];
// An interval lasts two days at most, and a zone may skip a date.
const REACH = 4 * DAY;
const DEFAULT_DAY = 9 * 3600;

/** Reads a calendar. Throws a `RangeError` for a zone that does not exist. */
export function dailyHours(calendar: CalendarLike): DailyHours {
  const clock = wallClock(calendar.tz);
  const week = WEEK.map((day) => wallIntervals(calendar.week[day] ?? []));
  const special = new Map(
    Object.entries(calendar.special ?? {}).map(([date, times]) => [
      dateOf(date),
      wallIntervals(times),
    ]),
  );
  const holidays = new Set((calendar.holidays ?? []).map(dateOf));
  const leave = union((calendar.leave ?? []).map(([from, to]) => [secondOf(from), secondOf(to)]));
  const rostered = (date: number): readonly Interval[] => {
    // 1970-01-01 was a Thursday.
    const walls = special.get(date) ?? week[(((date + 3) % 7) + 7) % 7] ?? NONE;
    if (walls.length === 0 || holidays.has(date) || isSkipped(date, clock)) return NONE;
    const midnight = date * DAY;
    return union(
      walls.map(([from, to]) => [clock.toInstant(midnight + from), clock.toInstant(midnight + to)]),
    );
  };
  return {
    clock,
    leave,
    bounds: boundsOf(week, [...special.keys()]),
    rostered,
    worked: (date) => without(rostered(date), leave),
    dayLength: dayLengthOf(week),
  };
}

/** Seconds from the midnight at which the date begins; the end may lie on the next day. */
function wallIntervals(times: ClockTimes): Interval[] {
  return times.map(([from, to]) => {
    const [start, end] = [clockSeconds(from), clockSeconds(to)];
    return [start, end <= start ? end + DAY : end];
  });
}

function clockSeconds(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 3600 + minutes * 60;
}

function dateOf(date: string): number {
  return Date.parse(date) / (DAY * 1000);
}

function secondOf(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}

/** Whether a move over the date line left this date out. */
function isSkipped(date: number, clock: WallClock): boolean {
  return Math.floor(clock.toWall(clock.toInstant(date * DAY)) / DAY) !== date;
}

function boundsOf(week: readonly Interval[][], special: readonly number[]): Interval {
  if (week.some((day) => day.length > 0)) return [-Infinity, Infinity];
  return [Math.min(...special) * DAY - REACH, Math.max(...special) * DAY + REACH];
}

/** A week without hours has no normal day: then the default of nine hours, since this is what others divide by. */
function dayLengthOf(week: readonly Interval[][]): number {
  const lengths = week
    .map((day) => lengthOf(union(day)))
    .filter((length) => length > 0)
    .sort((one, two) => one - two);
  return lengths[Math.ceil(lengths.length / 2) - 1] ?? DEFAULT_DAY;
}
