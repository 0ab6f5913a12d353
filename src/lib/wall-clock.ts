/**
 * The clock on the wall of one zone, in whole seconds. An instant counts from 1970 UTC; a wall time is what the clock
 * shows, counted as if the zone were UTC, so `Math.floor(wall / 86400)` is its date.
 */
export interface WallClock {
  /** What the clock shows at the instant. */
  toWall(instant: number): number;
  /** When the clock shows this: the earlier of two, and a time that does not exist moves forward by the gap. */
  toInstant(wall: number): number;
}

// No zone changes its offset twice within a span of about six days.
const SPAN = 2 ** 19;
const DAY = 86_400;
const LAST = 8.64e12;
const OFFSET = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/;
const UTC: WallClock = { toWall: (instant) => instant, toInstant: (wall) => wall };

interface Span {
  readonly before: number;
  readonly after: number;
  readonly changesAt: number;
}

const clocks = new Map<string, WallClock>([['UTC', UTC]]);

/** The clock of an IANA zone, the same for every caller. Throws a `RangeError` for a zone that does not exist. */
export function wallClock(tz: string): WallClock {
  const known = clocks.get(tz);
  if (known !== undefined) return known;
  const clock = clockOf(offsetsOf(tz));
  clocks.set(tz, clock);
  return clock;
}

function clockOf(offsetAt: (instant: number) => number): WallClock {
  return {
    toWall: (instant) => instant + offsetAt(instant),
    toInstant: (wall) => {
      // No zone is a whole day away from UTC: these are the offsets on the two sides of any change near this time.
      const before = offsetAt(wall - DAY);
      const after = offsetAt(wall + DAY);
      if (before === after || offsetAt(wall - before) === before) return wall - before;
      return offsetAt(wall - after) === after ? wall - after : wall - before;
    },
  };
}

/** Asking Intl costs a microsecond: each span is asked for once. */
function offsetsOf(tz: string): (instant: number) => number {
  const ask = asking(tz);
  const spans = new Map<number, Span>();
  return (instant) => {
    const number = Math.floor(instant / SPAN);
    let span = spans.get(number);
    if (span === undefined) {
      span = readSpan(number * SPAN, ask);
      spans.set(number, span);
    }
    return instant < span.changesAt ? span.before : span.after;
  };
}

function readSpan(start: number, ask: (instant: number) => number): Span {
  const before = ask(start);
  const after = ask(start + SPAN);
  if (before === after) return { before, after, changesAt: Infinity };
  let early = start;
  let late = start + SPAN;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (ask(middle) === before) early = middle;
    else late = middle;
  }
  return { before, after, changesAt: late };
}

function asking(tz: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: tz,
    minute: 'numeric',
    timeZoneName: 'longOffset',
  });
  return (instant) => {
    const shown = format.format(Math.max(-LAST, Math.min(LAST, instant)) * 1000);
    const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = OFFSET.exec(shown) ?? [];
    const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    return sign === '-' ? -size : size;
  };
}
