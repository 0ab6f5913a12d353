import { MONTHS, MONTH_PATTERN } from './calendar-words.ts';

/** A date or time as a text states it; what it leaves out is null. */
export interface Stated {
  readonly text: string;
  readonly at: number;
  readonly year: number | null;
  readonly month: number | null;
  readonly day: number | null;
  readonly hour: number | null;
  readonly minute: number | null;
  /** Minutes east of UTC, where told. */
  readonly offset: number | null;
}

type Groups = Readonly<Record<string, string | undefined>>;

const ZONE = String.raw`(?:\s?(?<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\p{L}\d]))?`;
const YEAR_AFTER = String.raw`(?:,?\s{1,3}(?<year>\d{4})(?!\d))?`;

const PATTERNS: readonly RegExp[] = [
  new RegExp(
    String.raw`(?<!\d)(?<year>\d{4})[-/](?<month>\d\d)[-/](?<day>\d\d)(?:(?:T|,?\s)(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)(?::\d\d(?:\.\d{1,9})?)?${ZONE})?(?!\d)`,
    'giu',
  ),
  /(?<![\d.])(?<day>\d{1,2})\.\s?(?<month>\d{1,2})\.(?<year>\d{4})(?!\d)/gu,
  /(?<![\d.])(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?=[\s,;)]|$)/gu,
  /(?<![\d/])(?<day>\d{1,2})\/(?<month>\d{1,2})\/(?<year>\d{4}|\d\d)(?![\d/])/gu,
  new RegExp(
    String.raw`(?<![\p{L}\d])(?<day>\d{1,2})(?:st|nd|rd|th|\.|er)?\s{1,3}(?:of\s|de\s)?(?<name>${MONTH_PATTERN})(?!\p{L})\.?(?:\sde)?${YEAR_AFTER}`,
    'giu',
  ),
  new RegExp(
    String.raw`(?<!\p{L})(?<name>${MONTH_PATTERN})\.?\s{1,3}(?:the\s)?(?<day>\d{1,2})(?:st|nd|rd|th)?(?![\d:])${YEAR_AFTER}`,
    'giu',
  ),
  new RegExp(
    String.raw`(?<![\d:.-])(?<hour>[01]?\d|2[0-3]):(?<minute>[0-5]\d)(?::[0-5]\d(?:\.\d{1,9})?)?(?!\d|:\d)(?:\s?(?<half>[ap])\.?m\b)?${ZONE}`,
    'giu',
  ),
  /(?<![\d:.])(?<hour>1[0-2]|0?[1-9])\s?(?<half>[ap])\.?m\b/giu,
  /(?<![\d:.])(?<hour>[01]?\d|2[0-3])(?:\s?uhr(?:\s(?<minute>[0-5]\d)(?!\d))?|h(?<minutes>[0-5]\d))(?![\p{L}\d])/giu,
];

/** Every date and time that a visible text states in figures or with the name of a month. Never throws. */
export function statedIn(text: string): readonly Stated[] {
  let rest = text;
  return PATTERNS.flatMap((pattern) => {
    const found = [...rest.matchAll(pattern)].map(toStated).filter(isSound);
    // What was read once is not read again as something else; its place stays.
    if (found.length > 0) rest = rest.replace(pattern, (whole) => ' '.repeat(whole.length));
    return found;
  });
}

function toStated(match: RegExpExecArray): Stated {
  const groups: Groups = match.groups ?? {};
  const year = numberOf(groups['year']);
  const name = groups['name']?.toLowerCase();
  const hour = numberOf(groups['hour']);
  return {
    text: match[0],
    at: match.index,
    year: year !== null && year < 100 ? 2000 + year : year,
    month: name === undefined ? numberOf(groups['month']) : (MONTHS.get(name) ?? null),
    day: numberOf(groups['day']),
    hour: hour === null ? null : inDay(hour, groups['half']),
    minute: hour === null ? null : (numberOf(groups['minute'] ?? groups['minutes']) ?? 0),
    offset: offsetOf(groups['zone']),
  };
}

function numberOf(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}

function inDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

function offsetOf(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  if (!/^[+-]/.test(zone)) return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits.startsWith('-') ? -minutes : minutes;
}

// Month and day may stand the other way round; a thirteenth month alone does not make it no date.
function isSound({ month, day, hour }: Stated): boolean {
  if (month === null || day === null) return hour !== null;
  const [low, high] = month < day ? [month, day] : [day, month];
  return low >= 1 && low <= 12 && high <= 31;
}
