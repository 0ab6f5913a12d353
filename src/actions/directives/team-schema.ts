import { z } from 'zod';
import { ROLES } from '../../domain/constitution.ts';
import { WEEKDAYS } from '../../domain/working-time.ts';

const asList = (value: unknown): unknown => (typeof value === 'string' ? [value] : value);

const SPAN = /^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

const Hours = z
  .preprocess(
    asList,
    z
      .array(z.string('hours such as 09:00-18:00').regex(SPAN, 'no hours such as 09:00-18:00'))
      .max(6),
  )
  .describe('hours such as 09:00-18:00, or a list of them; an empty list is a free day');

const Week = z
  .partialRecord(z.enum(WEEKDAYS), Hours)
  .describe(`days (${WEEKDAYS.join(', ')}) with their hours`);

const Zone = z
  .string('a time zone')
  .refine(isZone, 'not an IANA time zone')
  .describe('an IANA time zone such as Europe/Berlin');

const Day = z.iso.date('not a date').describe('a date such as 2026-12-24');

const Holidays = z
  .preprocess(
    (value) => (Array.isArray(value) ? { dates: value } : value),
    z.strictObject({
      regions: z
        .preprocess(asList, z.array(z.string().min(1).max(40)).max(5))
        .describe('a region of config/holidays.yaml, or a list')
        .optional(),
      dates: z.array(Day, 'a list of dates').max(400).optional(),
    }),
  )
  .describe('a list of dates, or `regions:` and `dates:`');

const Moment = z
  .string('a date or an instant')
  .refine(
    (text) => z.iso.date().safeParse(text).success || isInstant(text),
    'neither a date nor an instant with its offset',
  )
  .describe('a date such as 2026-12-24, or an instant such as 2026-12-24T12:00:00+01:00');

const Leave = z
  .preprocess(
    (value) => (typeof value === 'string' ? { from: value, to: value } : value),
    z.strictObject({ from: Moment, to: Moment }),
  )
  .describe('a date, or `from:` and `to:`');

const Member = z.strictObject({
  name: z.string('a name').trim().min(1).max(200).describe('the full name'),
  email: z.email('not an e-mail address').describe('an e-mail address').optional(),
  role: z
    .enum(ROLES, 'no such role')
    .describe(`one of ${ROLES.join(', ')}`)
    .optional(),
  accounts: z
    .record(
      z.string().regex(/^[a-z]+$/, 'not the name of a system'),
      z.coerce.string().min(1).max(200),
    )
    .describe('account ids by system, e.g. slack: U0MIA')
    .optional(),
  zone: Zone.optional(),
  hours: Hours.optional(),
  week: Week.optional(),
  holidays: Holidays.optional(),
  leave: z.array(Leave, 'a list').max(100).optional(),
  channel: z.enum(['slack'], 'only slack is known').describe('slack').optional(),
  preferences: z
    .array(z.string('a sentence').min(1).max(500), 'a list of sentences')
    .max(20)
    .optional(),
  notes: z.string('a text').max(1000).optional(),
  approves: z.boolean('true or false').describe('true or false').optional(),
});
export type MemberEntry = z.infer<typeof Member>;

/** The section `team`: the calendar of all, and the members. */
export const TeamSection = z.strictObject({
  zone: Zone.optional(),
  hours: Hours.optional(),
  week: Week.optional(),
  holidays: Holidays.optional(),
  members: z.array(Member, 'a list of members').max(1000).nullable().optional(),
});
export type TeamSection = z.infer<typeof TeamSection>;

function isZone(name: string): boolean {
  // An offset is accepted by the runtime as well, and would be wrong for half of the year.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether it is an ISO 8601 instant with its offset. */
export function isInstant(text: string): boolean {
  return z.iso.datetime({ offset: true }).safeParse(text).success;
}
