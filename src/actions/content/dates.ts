import { DAYS, RELATIVE_DAYS } from './calendar-words.ts';
import type { Stated } from './date-parts.ts';
import { statedIn } from './date-parts.ts';
import type { Ground, Material } from './ground.ts';
import { excerpt, wordsOf } from './readable-text.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
// "As of 09:05": the reading of a source is a little older than the judgement of the words.
const READ_BEFORE = 30;
const MOST_INSTANTS = 500;
const MOST_ZONES = 24;

const PHRASES =
  /(?<!\p{L})(?:next|last|in the coming|nächste[rns]?|letzte[rns]?|kommende[rns]?|prochaine?|próxim[ao])\s(?:week|month|year|quarter|woche|monat|jahr|quartal|semaine|mois|semana|mes)|(?<!\p{L})(?:end of (?:the )?(?:day|week|month)|within (?:the|an?) (?:hour|day|week)|eod|eow|cob)(?!\p{L})/giu;

/** What the ground knows of days and hours, in every zone in which it may be told. */
interface Known {
  readonly instants: Set<number>;
  readonly days: Set<string>;
  readonly monthDays: Set<string>;
  readonly clocks: Set<string>;
}

/** Finds a date or time that nobody stated, whatever form and zone it has. */
export function unknownDateIn(material: Material): string | null {
  const stated = statedIn(material.seen);
  const words = wordsOf(material.folded);
  const spoken = [...new Set(words)].filter((word) => DAYS.has(word) || RELATIVE_DAYS.has(word));
  const phrases = [...new Set(material.folded.match(PHRASES) ?? [])];
  if (stated.length === 0 && spoken.length === 0 && phrases.length === 0) return null;
  const known = knownDays(material);
  const wrong =
    stated.find((one) => !isKnown(one, known))?.text ??
    spoken.find((word) => !isSpoken(word, known, material)) ??
    phrases.find((phrase) => !material.allFolded.includes(phrase));
  return wrong === undefined ? null : `"${excerpt(wrong)}" is a date or time that nobody stated`;
}

function knownDays({ all, ground }: Material): Known {
  const known: Known = {
    instants: new Set(),
    days: new Set(),
    monthDays: new Set(),
    clocks: new Set(),
  };
  const show = shower(ground);
  for (let back = -1; back <= READ_BEFORE; back += 1) addInstant(ground.now - back * MINUTE);
  const stated = statedIn(all);
  for (const one of stated) addWritten(one, known);
  const instants = [...new Set(stated.map(instantOf).filter((at) => at !== null))];
  instants.slice(0, MOST_INSTANTS).forEach(addInstant);
  return known;

  function addInstant(at: number): void {
    known.instants.add(Math.floor(at / MINUTE));
    for (const local of show(at)) addLocal(local, known);
  }
}

function addLocal(local: string, known: Known): void {
  known.days.add(local.slice(0, 10));
  known.monthDays.add(local.slice(5, 10));
  known.clocks.add(local.slice(11, 16));
}

function addWritten(one: Stated, known: Known): void {
  for (const [month, day] of readings(one)) {
    known.monthDays.add(`${two(month)}-${two(day)}`);
    if (one.year !== null) known.days.add(`${one.year}-${two(month)}-${two(day)}`);
  }
  if (one.hour !== null) known.clocks.add(`${two(one.hour)}:${two(one.minute ?? 0)}`);
}

function isKnown(one: Stated, known: Known): boolean {
  const at = instantOf(one);
  if (at !== null && known.instants.has(Math.floor(at / MINUTE))) return true;
  return isKnownDay(one, known) && isKnownClock(one, known);
}

function isKnownDay(one: Stated, { days, monthDays }: Known): boolean {
  if (one.month === null || one.day === null) return true;
  return readings(one).some(([month, day]) => {
    const monthDay = `${two(month)}-${two(day)}`;
    return one.year === null ? monthDays.has(monthDay) : days.has(`${one.year}-${monthDay}`);
  });
}

function isKnownClock({ hour, minute, text }: Stated, { clocks }: Known): boolean {
  if (hour === null) return true;
  const isHalved = /[ap]\.?m/i.test(text) || hour > 12;
  const hours = isHalved ? [hour] : [hour, (hour + 12) % 24];
  return hours.some((one) => clocks.has(`${two(one)}:${two(minute ?? 0)}`));
}

function isSpoken(word: string, known: Known, { ground, known: words }: Material): boolean {
  if (words.has(word)) return true;
  const away = RELATIVE_DAYS.get(word);
  if (away !== undefined) return known.days.has(dayOf(ground.now + away * DAY));
  const weekday = DAYS.get(word);
  const same = [...words].some((other) => DAYS.get(other) === weekday);
  return (
    same || [...known.days].some((day) => isNear(day, ground.now) && weekdayOf(day) === weekday)
  );
}

function isNear(day: string, now: number): boolean {
  return Math.abs(Date.parse(`${day}T12:00:00Z`) - now) <= 9 * DAY;
}

function weekdayOf(day: string): number {
  return new Date(`${day}T12:00:00Z`).getUTCDay();
}

function dayOf(at: number): string {
  return iso(at).slice(0, 10);
}

// Month and day both ways round, as far as that is a date: 3/2 is the second of March or the third of February.
function readings({ month, day, text }: Stated): readonly (readonly [number, number])[] {
  const [first, second] = [month ?? 0, day ?? 0];
  const both: readonly (readonly [number, number])[] = text.includes('/')
    ? [
        [first, second],
        [second, first],
      ]
    : [[first, second]];
  return both.filter(([one]) => one >= 1 && one <= 12);
}

function instantOf({ year, month, day, hour, minute, offset }: Stated): number | null {
  if (year === null || month === null || day === null || hour === null || offset === null) {
    return null;
  }
  return Date.UTC(year, month - 1, day, hour, minute ?? 0) - offset * MINUTE;
}

function shower({ zones = [] }: Ground): (at: number) => readonly string[] {
  const formats = zones.slice(0, MOST_ZONES).flatMap((zone) => {
    try {
      return [
        new Intl.DateTimeFormat('sv-SE', {
          timeZone: zone,
          dateStyle: 'short',
          timeStyle: 'short',
        }),
      ];
    } catch {
      // A zone that does not exist can ground nothing.
      return [];
    }
  });
  return (at) => [iso(at), ...formats.map((format) => format.format(new Date(inRange(at))))];
}

function iso(at: number): string {
  return new Date(inRange(at)).toISOString();
}

function inRange(at: number): number {
  return Number.isFinite(at) ? Math.min(Math.max(at, 0), 253_402_300_799_999) : 0;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
