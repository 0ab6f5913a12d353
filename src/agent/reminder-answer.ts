import type { WorkingTime } from '../domain/working-time.ts';

/** What a person says to a reminder. Instants in epoch milliseconds. */
export type ReminderAnswer =
  | { readonly kind: 'on-it' }
  | { readonly kind: 'snooze'; readonly until: number }
  | { readonly kind: 'not-for-me' };

/** The buttons under a reminder, by the id that comes back when they are pressed. */
export const BUTTONS = {
  onIt: 'pm.reminder.onit',
  snooze: 'pm.reminder.snooze',
  notForMe: 'pm.reminder.notforme',
} as const;

/** What a press means; `null` for any other button. */
export function pressed(id: string, at: number, calendar: WorkingTime): ReminderAnswer | null {
  if (id === BUTTONS.onIt) return { kind: 'on-it' };
  if (id === BUTTONS.notForMe) return { kind: 'not-for-me' };
  if (id === BUTTONS.snooze) return { kind: 'snooze', until: calendar.nextDayOpening(at) };
  return null;
}

const TAKEN = new Set([
  '+1',
  'thumbsup',
  'white_check_mark',
  'heavy_check_mark',
  'ok_hand',
  'eyes',
]);

/** Whether a reaction to a reminder says that its person has taken it up. */
export function isTaken(reaction: string): boolean {
  // Skin tones follow two colons.
  return TAKEN.has(reaction.split('::', 1)[0] ?? '');
}

const LONGEST = 200;
const ON_IT = /^(?:i'?m |i am )?(?:on it|taking it|looking(?: at it| into it)?|working on it)$/;
const WILL_DO = /^(?:will do|doing it(?: now)?|got it|ok|okay|done|yes)$/;
const NOT_MINE = /^(?:this is |that'?s |it'?s )?not (?:for me|mine|my job|my turn)$/;
const SNOOZE = /^snooze(?: (?:it|this))?(?: (?:to|until|till) ([a-z0-9 -]{1,40}))?$/;

/**
 * What a reply in words means; `null` when it says something else, which is then a message like any other. Only whole
 * replies count: a sentence that merely contains "on it" promises nothing.
 */
export function saidInReply(
  text: string,
  at: number,
  calendar: WorkingTime,
): ReminderAnswer | null {
  if (text.length > LONGEST) return null;
  const words = plain(text);
  if (ON_IT.test(words) || WILL_DO.test(words)) return { kind: 'on-it' };
  if (NOT_MINE.test(words)) return { kind: 'not-for-me' };
  const snooze = SNOOZE.exec(words);
  if (snooze === null) return null;
  const until = dayNamed(snooze[1] ?? 'tomorrow', at, calendar);
  return until === null ? null : { kind: 'snooze', until };
}

function plain(text: string): string {
  const folded = text.toLowerCase().replaceAll('’', "'").replaceAll(/\s+/g, ' ').trim();
  return folded.replace(/[.!]{1,3}$/, '');
}

const WEEKDAY = /^(?:(?:on|next) )?(mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?$/;
const DATE = /^(\d{4}-\d{2}-\d{2})$/;
const DAY_MS = 86_400_000;
const MOST_DAYS = 31;

/** The opening of the first working day that is named, or after it; at most a month away. */
function dayNamed(words: string, at: number, calendar: WorkingTime): number | null {
  if (words === 'tomorrow' || words === 'the next day') return calendar.nextDayOpening(at);
  const weekday = WEEKDAY.exec(words)?.[1];
  const date = DATE.exec(words)?.[1];
  const today = calendar.localDate(at);
  let opening = calendar.nextDayOpening(at);
  while (opening - at <= MOST_DAYS * DAY_MS) {
    const day = calendar.localDate(opening);
    if (date !== undefined && date > today && day >= date) return opening;
    if (weekday !== undefined && weekdayBetween(weekday, today, day)) return opening;
    opening = calendar.nextDayOpening(opening);
  }
  return null;
}

const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Whether the weekday comes after one date and by another. */
function weekdayBetween(weekday: string, after: string, by: string): boolean {
  const end = Date.parse(by);
  let day = Date.parse(after) + DAY_MS;
  while (day <= end) {
    if (NAMES[new Date(day).getUTCDay()] === weekday) return true;
    day += DAY_MS;
  }
  return false;
}
