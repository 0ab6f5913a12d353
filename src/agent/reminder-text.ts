import { titleOf } from '../lib/clean-text.ts';

/** One line of a reminder: what waits and why now, what is asked, and where to look. */
export interface ReminderLine {
  readonly what: string;
  readonly ask: string;
  /** Where to see it. */
  readonly url: string | null;
}

/** A reminder in words: the most urgent lines, and how many were left out. */
export interface ReminderText {
  readonly lines: readonly ReminderLine[];
  readonly more: number;
}

const LONGEST_TITLE = 80;
const LONGEST_TEXT = 3_900;

/** What people call an item, with as much of its title as fits a line: `PR web#512 "Round half up"`. */
export function itemWords(item: { kind: string; name: string; title: string }): string {
  const title = titleOf(item.title).slice(0, LONGEST_TITLE).trim();
  const name = item.kind === 'pull-request' ? `PR ${item.name}` : item.name;
  return title === '' ? name : `${name} "${title}"`;
}

/** Working time in words: hours up to two days, then days. */
export function waitWords(seconds: number, dayLength: number): string {
  if (seconds < 2 * dayLength) return counted(Math.floor(seconds / 3600), 'business hour');
  return counted(Math.floor((seconds / dayLength) * 10) / 10, 'business day');
}

/** `1 hour`, `2 hours`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The message: one problem as a sentence with its question, several as a list. At most 3,900 characters. */
export function reminderText({ lines, more }: ReminderText): string {
  const [first] = lines;
  if (first === undefined) return '';
  const isOne = lines.length === 1 && more === 0;
  const head = isOne ? [] : [`${counted(lines.length + more, 'thing')} wait for you:`, ''];
  const body = lines.map((line, at) => lineText(line, isOne ? '' : `${at + 1}. `));
  const rest = more === 0 ? [] : [`and ${more} more`];
  return [...head, ...body, ...rest, '', FOOTER].join('\n').slice(0, LONGEST_TEXT);
}

function lineText({ what, ask, url }: ReminderLine, number: string): string {
  const link = url === null ? '' : `\n${' '.repeat(number.length)}${url}`;
  return `${number}${what} ${ask}${link}`;
}

const FOOTER =
  'Why this message: it waits for you, and you hear of it once a day at most. ' +
  'Reply "on it", "snooze until Friday" or "not for me".';

/** What leadership reads: what, since when, what it holds up, what was tried, and what is asked of whom by when. */
export interface LeadershipSummary {
  readonly item: string;
  readonly url: string | null;
  readonly since: string;
  readonly waited: string;
  readonly holdsUp: string;
  readonly tried: readonly { readonly what: string; readonly url: string | null }[];
  readonly asked: string;
}

/** The summary as one message. */
export function leadershipText(summary: LeadershipSummary): string {
  const { item, url, since, waited, holdsUp, tried, asked } = summary;
  const lines = [
    `${item} is blocked for ${waited} (since ${since}).`,
    ...(url === null ? [] : [url]),
    `Holds up: ${holdsUp}.`,
    'Tried:',
    ...tried.map((one) => `- ${one.what}${one.url === null ? '' : ` ${one.url}`}`),
    `Asked: ${asked}`,
  ];
  return lines.join('\n').slice(0, LONGEST_TEXT);
}

/** The reminder with what its person said to it, and since when. */
export function stampedText(text: string, stamp: string): string {
  return `${text.slice(0, LONGEST_TEXT - stamp.length - 2)}\n\n${stamp}`;
}
