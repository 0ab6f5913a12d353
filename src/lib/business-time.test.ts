import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { Calendar } from '../domain/working-time.ts';
import type { WorkingTime as Contract } from '../domain/working-time.ts';
import { workingTime } from './business-time.ts';
import type { WorkingTime } from './business-time.ts';
import type { CalendarLike } from './daily-hours.ts';

interface Vector {
  readonly name?: string;
  readonly calendar: string;
  readonly op: 'elapsed' | 'add' | 'addDays' | 'nextWorking';
  readonly from: string;
  readonly to?: string;
  readonly seconds?: number;
  readonly days?: number;
  readonly expect?: string;
  readonly expectSeconds?: number;
}

const DAY = 86_400_000;
const VECTORS = new URL('../../test/fixtures/domain/business-time/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
  calendars: unknown[];
  named: Vector[];
  random: Vector[];
};
const calendars = new Map(
  vectors.calendars.map((one) => Calendar.parse(one)).map((one) => [one.id, one]),
);

const at = (text: string): number => Date.parse(text);
const iso = (instant: number): string => new Date(instant).toISOString().replace('.000Z', 'Z');
const every = (times: [string, string][]): CalendarLike['week'] =>
  Object.fromEntries(WEEKDAYS.map((day) => [day, times]));
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const OFFICE: CalendarLike['week'] = Object.fromEntries(
  WEEKDAYS.slice(0, 5).map((day) => [day, [['09:00', '18:00']]]),
);

function answer({ calendar, op, from, ...given }: Vector): string | number {
  const time = workingTime(calendars.get(calendar)!);
  if (op === 'elapsed') return time.elapsed(at(from), at(given.to!));
  if (op === 'add') return iso(time.add(at(from), given.seconds!));
  if (op === 'addDays') return iso(time.addDays(at(from), given.days!));
  return iso(time.nextWorking(at(from)));
}

test('keeps the contract of the domain, and takes its calendars', () => {
  expectTypeOf<WorkingTime>().toEqualTypeOf<Contract>();
  expectTypeOf<Calendar>().toExtend<CalendarLike>();
});

describe('the vectors', () => {
  test.each(vectors.named.map((one) => [one.name, one] as const))('%s', (_, vector) => {
    expect(answer(vector)).toBe(vector.expect ?? vector.expectSeconds);
  });

  test('all random ones are equal', () => {
    const wrong = vectors.random.filter((one) => answer(one) !== (one.expect ?? one.expectSeconds));

    expect(vectors.random).toHaveLength(120);
    expect(wrong).toEqual([]);
  });
});

describe('named days', () => {
  const newYork = workingTime({ tz: 'America/New_York', week: OFFICE });

  test('a blocker raised on Saturday counts from Monday, so one business day ends on Tuesday', () => {
    const saturday = at('2025-03-08T15:00:00Z');

    expect(iso(newYork.nextWorking(saturday))).toBe('2025-03-10T13:00:00Z');
    expect(iso(newYork.addDays(saturday, 1))).toBe('2025-03-11T13:00:00Z');
  });

  test('the next opening after Friday is on Monday, also at night and before work', () => {
    const openings = ['2025-03-07T06:00:00Z', '2025-03-07T21:00:00Z', '2025-03-09T03:00:00Z'].map(
      (from) => iso(newYork.nextDayOpening(at(from))),
    );

    expect(openings).toEqual(Array(3).fill('2025-03-10T13:00:00Z'));
  });

  test('closing time is outside, opening time inside', () => {
    expect(newYork.isWorking(at('2025-03-07T14:00:00Z'))).toBe(true);
    expect(newYork.isWorking(at('2025-03-07T22:59:59.999Z'))).toBe(true);
    expect(newYork.isWorking(at('2025-03-07T23:00:00Z'))).toBe(false);
    expect(newYork.isWorking(at('2025-03-07T13:59:59.999Z'))).toBe(false);
  });

  test('instants count to their whole second', () => {
    expect(newYork.elapsed(at('2025-03-07T15:00:00.900Z'), at('2025-03-07T15:00:02.100Z'))).toBe(2);
    expect(newYork.nextWorking(at('2025-03-07T15:00:00.900Z'))).toBe(
      at('2025-03-07T15:00:00.900Z'),
    );
  });

  test('nothing to add is now, also outside of hours', () => {
    const sunday = at('2025-03-09T12:00:00Z');

    expect(newYork.add(sunday, 0)).toBe(sunday);
    expect(newYork.add(sunday, -5)).toBe(sunday);
    expect(newYork.addDays(sunday, 0)).toBe(newYork.nextWorking(sunday));
  });

  test('a night shift belongs to the evening on which it began', () => {
    const week = Object.fromEntries(
      WEEKDAYS.slice(0, 5).map((day) => [day, [['22:00', '06:00']]]),
    ) as CalendarLike['week'];
    const nights = workingTime({ tz: 'Europe/Berlin', week, holidays: ['2025-07-09'] });

    // Friday 02:00 is still Thursday's shift; Friday's is the next one, Monday's the one after.
    expect(iso(nights.addDays(at('2025-07-04T00:00:00Z'), 1))).toBe('2025-07-05T00:00:00Z');
    expect(iso(nights.addDays(at('2025-07-04T00:00:00Z'), 2))).toBe('2025-07-08T00:00:00Z');
    // The holiday on Wednesday takes the whole shift, also its part on Thursday.
    expect(nights.elapsed(at('2025-07-09T06:00:00Z'), at('2025-07-10T12:00:00Z'))).toBe(0);
    expect(nights.elapsed(at('2025-07-08T18:00:00Z'), at('2025-07-09T06:00:00Z'))).toBe(8 * 3600);
  });

  test('a special day replaces the weekday, and a holiday takes it away as well', () => {
    const special: Record<string, [string, string][]> = {
      '2025-12-24': [['09:00', '12:00']],
      '2025-12-27': [['10:00', '11:00']],
      '2025-12-26': [['10:00', '11:00']],
      '2025-12-23': [],
    };
    const time = workingTime({ tz: 'UTC', week: OFFICE, special, holidays: ['2025-12-26'] });
    const hours = ['23', '24', '25', '26', '27'].map(
      (day) => time.elapsed(at(`2025-12-${day}T00:00:00Z`), at(`2025-12-${day}T24:00:00Z`)) / 3600,
    );

    expect(hours).toEqual([0, 3, 9, 0, 1]);
  });

  test('hours that overlap count once, also over midnight', () => {
    const time = workingTime({
      tz: 'UTC',
      week: { mon: [['20:00', '06:00'], ['19:00', '21:00']], tue: [['05:00', '08:00']] }, // prettier-ignore
    });

    expect(time.elapsed(at('2025-03-03T00:00:00Z'), at('2025-03-05T00:00:00Z'))).toBe(13 * 3600);
  });

  test('24:00 closes a day, and equal times are a day and a night', () => {
    const whole = workingTime({ tz: 'UTC', week: { mon: [['00:00', '24:00']] } });
    const round = workingTime({ tz: 'UTC', week: { mon: [['09:00', '09:00']] } });
    const week = [at('2025-03-03T00:00:00Z'), at('2025-03-10T00:00:00Z')] as const;

    expect(whole.elapsed(...week)).toBe(24 * 3600);
    expect(round.elapsed(...week)).toBe(24 * 3600);
    expect(round.isWorking(at('2025-03-04T08:59:00Z'))).toBe(true);
  });

  test('a time that does not exist moves by the gap, one that exists twice is the earlier', () => {
    const week = { sun: [['02:30', '04:00']] } as const;
    const berlin = workingTime({ tz: 'Europe/Berlin', week });

    expect(iso(berlin.nextWorking(at('2025-03-29T12:00:00Z')))).toBe('2025-03-30T01:30:00Z');
    expect(iso(berlin.nextWorking(at('2025-10-25T12:00:00Z')))).toBe('2025-10-26T00:30:00Z');
    expect(berlin.elapsed(at('2025-10-25T12:00:00Z'), at('2025-10-26T12:00:00Z'))).toBe(2.5 * 3600);
  });

  test('a date that the zone skipped has no working time', () => {
    const special: Record<string, [string, string][]> = { '2011-12-30': [['01:00', '05:00']] };
    const apia = workingTime({ tz: 'Pacific/Apia', week: every([['09:00', '17:00']]), special });
    const thursday = at('2011-12-29T20:00:00Z');

    expect(apia.localDate(thursday)).toBe('2011-12-29');
    expect([1, 2].map((days) => apia.localDate(apia.addDays(thursday, days)))).toEqual([
      '2011-12-31',
      '2012-01-01',
    ]);
    expect(iso(apia.nextDayOpening(thursday))).toBe('2011-12-30T19:00:00Z');
    expect(apia.elapsed(at('2011-12-30T03:00:00Z'), at('2011-12-31T03:00:00Z'))).toBe(8 * 3600);
  });

  test('hours that reach over a skipped date do not take the place of the next one', () => {
    const week = { thu: [['22:00', '20:00']], sat: [['21:00', '22:00']] } as const;
    const apia = workingTime({ tz: 'Pacific/Apia', week });

    const next = apia.addDays(at('2011-12-30T09:00:00Z'), 1);

    expect(iso(next)).toBe('2011-12-31T08:00:00Z');
  });

  test('a half-hour change counts half an hour', () => {
    const island = workingTime({ tz: 'Australia/Lord_Howe', week: every([['00:00', '24:00']]) });
    const days = ['2025-04-05T13:00:00Z', '2025-10-04T13:30:00Z'].map((midnight) => {
      const opening = at(midnight);
      return island.elapsed(opening, island.nextDayOpening(opening)) / 3600;
    });

    expect(days).toEqual([24.5, 23.5]);
  });

  test('leave moves the opening into the day', () => {
    const leave: [string, string][] = [
      ['2025-03-10T00:00:00Z', '2025-03-11T12:00:00Z'],
      ['2025-03-10T08:00:00Z', '2025-03-10T09:00:00Z'],
      ['2025-03-13T12:00:00Z', '2025-03-12T12:00:00Z'],
    ];
    const time = workingTime({ tz: 'UTC', week: OFFICE, leave });
    const friday = at('2025-03-07T10:00:00Z');

    expect(iso(time.nextDayOpening(friday))).toBe('2025-03-11T12:00:00Z');
    expect(iso(time.addDays(friday, 1))).toBe('2025-03-11T12:00:00Z');
    expect(iso(time.addDays(friday, 2))).toBe('2025-03-12T10:00:00Z');
    expect(time.elapsed(friday, at('2025-03-12T09:00:00Z'))).toBe((8 + 6) * 3600);
  });

  test('the length of a day is the median of the weekdays that have hours', () => {
    const lengths = ['ny', 'berlin', 'berlin-night'].map(
      (id) => workingTime(calendars.get(id)!).dayLength / 3600,
    );
    const week = { mon: [['09:00', '13:00']], tue: [['09:00', '15:00']], sat: [] } as const;

    expect(lengths).toEqual([9, 8, 8]);
    expect(workingTime({ tz: 'UTC', week }).dayLength).toBe(4 * 3600);
  });

  test('a zone that does not exist is refused at once', () => {
    expect(() => workingTime({ tz: 'Europe/Atlantis', week: OFFICE })).toThrow(RangeError);
  });
});

describe('no working time at all', () => {
  const now = at('2025-03-07T10:00:00Z');
  const forever: [string, string][] = [['2025-01-01T00:00:00Z', '9999-12-31T00:00:00Z']];

  test.each([
    ['an empty week', { tz: 'Europe/Berlin', week: {} }],
    ['only empty days', { tz: 'UTC', week: { mon: [] } }],
    [
      'a special day in the past',
      { tz: 'UTC', week: {}, special: { '2025-03-06': [['09:00', '18:00']] } },
    ],
    ['a leave without end', { tz: 'Asia/Kolkata', week: OFFICE, leave: forever }],
  ] as [string, CalendarLike][])('%s gives infinity, and nothing elapses', (_, calendar) => {
    const time = workingTime(calendar);

    expect(time.add(now, 1)).toBe(Infinity);
    expect(time.addDays(now, 1)).toBe(Infinity);
    expect(time.nextWorking(now)).toBe(Infinity);
    expect(time.nextDayOpening(now)).toBe(Infinity);
    expect(time.isWorking(now)).toBe(false);
    expect(time.elapsed(now, now + 3650 * DAY)).toBe(0);
  });

  test('a leave that begins soon ends the search as well', () => {
    const leave: [string, string][] = [['2025-03-12T00:00:00Z', '9999-12-31T00:00:00Z']];
    const time = workingTime({ tz: 'UTC', week: OFFICE, leave });

    expect(iso(time.addDays(now, 2))).toBe('2025-03-11T10:00:00Z');
    expect(time.addDays(now, 3)).toBe(Infinity);
    expect(time.add(now, 30 * 3600)).toBe(Infinity);
  });

  test('a single special day in a week without hours is found', () => {
    const special: Record<string, [string, string][]> = { '2031-05-03': [['22:00', '06:00']] };
    const time = workingTime({ tz: 'Pacific/Auckland', week: {}, special });

    expect(iso(time.nextWorking(now))).toBe('2031-05-03T10:00:00Z');
    expect(iso(time.nextDayOpening(now))).toBe('2031-05-03T10:00:00Z');
    expect(iso(time.add(now, 8 * 3600))).toBe('2031-05-03T18:00:00Z');
    expect(time.add(now, 8 * 3600 + 1)).toBe(Infinity);
    expect(time.dayLength).toBe(9 * 3600);
  });

  test('no number makes it throw or search without end', () => {
    const time = workingTime({ tz: 'Europe/Berlin', week: OFFICE });
    const odd = [Infinity, -Infinity, NaN, 8.64e15, -8.64e15, Number.MAX_VALUE, 0];

    for (const one of odd) {
      for (const other of odd) {
        expect(time.elapsed(one, other)).toBeGreaterThanOrEqual(0);
        expect(typeof time.add(one, other)).toBe('number');
        expect(typeof time.addDays(one, other)).toBe('number');
      }
      expect(typeof time.nextWorking(one)).toBe('number');
      expect(typeof time.nextDayOpening(one)).toBe('number');
      expect(typeof time.isWorking(one)).toBe('boolean');
    }
    expect(time.add(0, 1e12)).toBe(Infinity);
    expect(time.addDays(0, 1e9)).toBe(Infinity);
    expect(time.elapsed(0, Infinity)).toBe(Infinity);
  });
});

// The same rules once more, on Temporal and without any short cut: what the properties are held against.
const QUARTER = 900_000;
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')];

const clockTime = (quarter: number): string =>
  `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`;
const times = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 95 }).map(clockTime),
    fc.integer({ min: 0, max: 96 }).map(clockTime),
  ),
  { maxLength: 3 },
);

interface Case {
  readonly calendar: CalendarLike;
  /** Around a clock change where the zone has one. */
  readonly instants: readonly number[];
}

function around(tz: string, year: number): number {
  const start = Temporal.PlainDate.from({ year, month: 1, day: 1 }).toZonedDateTime(tz);
  const change = start.getTimeZoneTransition('next') ?? start;
  return Math.floor(change.epochMilliseconds / QUARTER) * QUARTER;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    tz: fc.constantFrom(...zones),
    year: fc.integer({ min: 2015, max: 2034 }),
    second: fc.boolean(),
    week: fc.record(
      { mon: times, tue: times, wed: times, thu: times, fri: times, sat: times, sun: times },
      { requiredKeys: [] },
    ),
    holidays: fc.array(fc.integer({ min: -8, max: 8 }), { maxLength: 3 }),
    special: fc.dictionary(fc.constantFrom('-3', '-1', '0', '1', '2', '9'), times, { maxKeys: 3 }),
    leave: fc.array(
      fc.tuple(fc.integer({ min: -900, max: 900 }), fc.integer({ min: -100, max: 400 })),
      { maxLength: 3 },
    ),
    instants: fc.array(fc.integer({ min: -600_000, max: 600_000 }), { minLength: 3, maxLength: 3 }),
  })
  .map((given) => {
    const first = around(given.tz, given.year);
    const base = given.second ? first + 182 * DAY : first;
    const date = (days: number) => iso(base + days * DAY).slice(0, 10);
    const quarter = (n: number) => iso(base + n * QUARTER);
    return {
      calendar: {
        tz: given.tz,
        week: given.week,
        holidays: given.holidays.map(date),
        special: Object.fromEntries(
          Object.entries(given.special).map(([days, hours]) => [date(Number(days)), hours]),
        ),
        leave: given.leave.map(([from, length]): [string, string] => [
          quarter(from),
          quarter(from + length),
        ]),
      },
      instants: given.instants.map((n) => base + n * 1000).sort((one, two) => one - two),
    };
  });

/** Every interval of the dates around two instants, as the text of the rules says it. */
function naiveHours(calendar: CalendarLike, from: number, to: number): [number, number][] {
  const hours: [number, number][] = [];
  const local = (instant: number) =>
    Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(calendar.tz).toPlainDate();
  const last = local(to).add({ days: 3 });
  for (let date = local(from).subtract({ days: 3 }); Temporal.PlainDate.compare(date, last) <= 0;) {
    if (!calendar.holidays?.includes(date.toString())) hours.push(...hoursOfDate(calendar, date));
    date = date.add({ days: 1 });
  }
  return hours;
}

function hoursOfDate(calendar: CalendarLike, date: Temporal.PlainDate): [number, number][] {
  const midnight = date.toZonedDateTime({ timeZone: calendar.tz });
  if (!midnight.toPlainDate().equals(date)) return [];
  const weekday = WEEKDAYS[date.dayOfWeek - 1]!;
  const times = calendar.special?.[date.toString()] ?? calendar.week[weekday] ?? [];
  return times.map(([from, to]) => {
    const wall = (time: string, days: number): number => {
      const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
      const plain = date.toPlainDateTime().add({ days, minutes });
      return plain.toZonedDateTime(calendar.tz, { disambiguation: 'compatible' }).epochMilliseconds;
    };
    return [wall(from, 0), wall(to, to <= from ? 1 : 0)];
  });
}

function isNaivelyWorking(
  calendar: CalendarLike,
  hours: [number, number][],
  instant: number,
): boolean {
  const onLeave = (calendar.leave ?? []).some(
    ([from, to]) => at(from) <= instant && instant < at(to),
  );
  return !onLeave && hours.some(([from, to]) => from <= instant && instant < to);
}

function naiveElapsed(calendar: CalendarLike, from: number, to: number): number {
  const hours = naiveHours(calendar, from, to);
  const edges = [...hours.flat(), ...(calendar.leave ?? []).flat().map(at), from, to]
    .filter((edge) => edge >= from && edge <= to)
    .sort((one, two) => one - two);
  return edges.reduce((sum, edge, n) => {
    const next = edges[n + 1] ?? edge;
    return isNaivelyWorking(calendar, hours, edge) ? sum + (next - edge) / 1000 : sum;
  }, 0);
}

describe('properties, in every zone and around the clock changes', () => {
  // A failure prints its seed and path.
  const runs = { numRuns: 300 };

  test('elapsed agrees with the rules done the long way', () => {
    fc.assert(
      fc.property(cases, ({ calendar, instants: [a = 0, b = 0] }) => {
        expect(workingTime(calendar).elapsed(a, b)).toBe(naiveElapsed(calendar, a, b));
      }),
      runs,
    );
  });

  test('isWorking and localDate agree with the wall', () => {
    fc.assert(
      fc.property(cases, ({ calendar, instants }) => {
        const time = workingTime(calendar);
        for (const one of instants) {
          const wall = Temporal.Instant.fromEpochMilliseconds(one).toZonedDateTimeISO(calendar.tz);
          const hours = naiveHours(calendar, one, one);
          expect(time.localDate(one)).toBe(wall.toPlainDate().toString());
          expect(time.isWorking(one)).toBe(isNaivelyWorking(calendar, hours, one));
        }
      }),
      runs,
    );
  });

  test('time adds up, and never runs backwards', () => {
    fc.assert(
      fc.property(cases, ({ calendar, instants: [a = 0, b = 0, c = 0] }) => {
        const time = workingTime(calendar);
        expect(time.elapsed(a, b) + time.elapsed(b, c)).toBe(time.elapsed(a, c));
        expect(time.elapsed(a, b)).toBeGreaterThanOrEqual(0);
        expect(time.elapsed(c, a)).toBe(0);
      }),
      runs,
    );
  });

  test('what was added has elapsed, and a second earlier it had not', () => {
    fc.assert(
      fc.property(
        cases,
        fc.integer({ min: 1, max: 300_000 }),
        ({ calendar, instants }, seconds) => {
          const time = workingTime(calendar);
          const from = instants[0] ?? 0;
          const due = time.add(from, seconds);
          if (due === Infinity) return time.elapsed(from, from + 20 * 365 * DAY) < seconds;
          expect(time.elapsed(from, due)).toBe(seconds);
          expect(time.elapsed(from, due - 1000)).toBe(seconds - 1);
          return true;
        },
      ),
      runs,
    );
  });

  test('the next working instant is working, is the first one, and is its own next', () => {
    fc.assert(
      fc.property(cases, ({ calendar, instants }) => {
        const time = workingTime(calendar);
        const from = instants[1] ?? 0;
        const next = time.nextWorking(from);
        if (next === Infinity) return time.elapsed(from, from + 20 * 365 * DAY) === 0;
        expect(time.isWorking(next)).toBe(true);
        expect(time.elapsed(from, next)).toBe(0);
        expect(time.nextWorking(next)).toBe(next);
        return true;
      }),
      runs,
    );
  });

  test('the next opening of a day is on a later date and no working date lies between', () => {
    fc.assert(
      fc.property(cases, ({ calendar, instants }) => {
        const time = workingTime(calendar);
        const from = instants[0] ?? 0;
        const opening = time.nextDayOpening(from);
        const end = Math.min(opening, from + 30 * DAY);
        if (opening !== Infinity) {
          expect(time.isWorking(opening)).toBe(true);
          expect(time.localDate(opening) > time.localDate(from)).toBe(true);
        }
        const between = naiveHours(calendar, from, end).filter(
          ([start]) => start < end && time.localDate(start) > time.localDate(from),
        );
        for (const [start, stop] of between) {
          expect(time.elapsed(start, Math.min(stop, end))).toBe(0);
        }
      }),
      runs,
    );
  });

  test('more days are never earlier, with shifts that end before those of the next date begin', () => {
    const shift = fc
      .tuple(fc.integer({ min: 24, max: 95 }), fc.integer({ min: 1, max: 96 }))
      .map(([from, length]): [string, string] => {
        const to = Math.min(from + length, 120);
        return [clockTime(from), clockTime(to > 96 ? to - 96 : to)];
      });
    const shifts = fc.array(shift, { maxLength: 3 });
    const week = fc.record({ mon: shifts, tue: shifts, wed: shifts, fri: shifts, sun: shifts });
    fc.assert(
      fc.property(cases, week, fc.integer({ min: 0, max: 12 }), (given, hours, days) => {
        const time = workingTime({ ...given.calendar, week: hours, special: {} });
        const from = given.instants[0] ?? 0;
        expect(time.addDays(from, days + 1)).toBeGreaterThanOrEqual(time.addDays(from, days));
        expect(time.addDays(from, days)).toBeGreaterThanOrEqual(from);
      }),
      runs,
    );
  });

  test('a later start never ends earlier, with hours between morning and evening', () => {
    const office = fc.constantFrom<[string, string][]>(
      [],
      [['06:00', '21:00']],
      [['09:00', '12:30'], ['13:30', '18:00']], // prettier-ignore
    );
    const week = fc.record({ mon: office, tue: office, wed: office, thu: office, sat: office });
    fc.assert(
      fc.property(cases, week, fc.integer({ min: 1, max: 12 }), (given, hours, days) => {
        const time = workingTime({ ...given.calendar, week: hours, special: {} });
        const [a = 0, b = 0] = given.instants;
        expect(time.addDays(b, days)).toBeGreaterThanOrEqual(time.addDays(a, days));
      }),
      runs,
    );
  });

  test('a day of working time later the wall shows the same, where the hours are the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 7000 }),
        fc.integer({ min: 1, max: 9 }),
        (tz, start, days) => {
          const time = workingTime({ tz, week: every([['09:00', '18:00']]) });
          const from = at('2015-01-01T00:00:00Z') + start * DAY + 12 * 3_600_000;
          const begin = Temporal.Instant.fromEpochMilliseconds(time.nextWorking(from));
          const wall = begin.toZonedDateTimeISO(tz).toPlainDateTime();
          const later = wall.add({ days }).toZonedDateTime(tz).epochMilliseconds;
          expect(time.addDays(from, days)).toBe(later);
        },
      ),
      runs,
    );
  });
});

test('the zone of the process is irrelevant', async () => {
  const code = `
    import { readFileSync } from 'node:fs';
    import { workingTime } from ${JSON.stringify(new URL('business-time.ts', import.meta.url).href)};
    const { calendars, named, random } = JSON.parse(readFileSync(new URL(${JSON.stringify(VECTORS.href)}), 'utf8'));
    const answers = [...named, ...random].map(({ calendar, op, from, to, seconds, days }) => {
      const time = workingTime(calendars.find(({ id }) => id === calendar));
      const start = Date.parse(from);
      return time[op](start, op === 'elapsed' ? Date.parse(to) : seconds ?? days);
    });
    process.stdout.write(JSON.stringify({ offset: new Date(0).getTimezoneOffset(), answers }));`;
  const run = async (TZ: string) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code],
      { env: { TZ } },
    );
    return JSON.parse(stdout) as { offset: number; answers: number[] };
  };

  const places = await Promise.all(['UTC', 'Pacific/Apia', 'Asia/Kolkata'].map(run));

  const expected = [...vectors.named, ...vectors.random].map(
    (one) => one.expectSeconds ?? at(one.expect!),
  );
  expect(places.map(({ offset }) => offset)).toEqual([0, 660, -330]);
  for (const { answers } of places) expect(answers).toEqual(expected);
});
