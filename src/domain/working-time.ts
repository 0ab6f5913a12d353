import { z } from 'zod';

/** Days of the week as calendars name them. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const ClockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as 09:00');
const LocalDate = z.iso.date();
const Interval = z.tuple([ClockTime, ClockTime]);

/**
 * When somebody works (domain.md section 2). Intervals are wall-clock times of `tz`; an end at or before its start is on
 * the next day. `special` replaces the weekday of a date, `holidays` removes it, `leave` cuts ranges of instants out.
 */
export const Calendar = z.object({
  id: z.string().optional(),
  /** IANA name. */
  tz: z.string(),
  week: z.partialRecord(z.enum(WEEKDAYS), z.array(Interval)),
  holidays: z.array(LocalDate).optional(),
  special: z.record(LocalDate, z.array(Interval)).optional(),
  leave: z.array(z.tuple([z.iso.datetime(), z.iso.datetime()])).optional(),
});
export type Calendar = z.infer<typeof Calendar>;

/** Arithmetic on one calendar. Instants are epoch milliseconds, durations whole seconds. */
export interface WorkingTime {
  /** Working seconds inside `[from, to)`; 0 when `to` is not after `from`. */
  elapsed(from: number, to: number): number;
  /** The earliest instant until which `seconds` of working time have passed. */
  add(from: number, seconds: number): number;
  /** The same wall time `days` working dates after the next working instant, clamped into that date's hours. */
  addDays(from: number, days: number): number;
  /** The instant itself when it is working time, else the next opening. */
  nextWorking(from: number): number;
  /** The opening of the first working date after the local date of the instant. */
  nextDayOpening(from: number): number;
  isWorking(at: number): boolean;
  /** The date on the wall, `YYYY-MM-DD`. */
  localDate(at: number): string;
  /** Seconds of a normal working day of this calendar: the median of the weekdays that have hours. */
  readonly dayLength: number;
}
