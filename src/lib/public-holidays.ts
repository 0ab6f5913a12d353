import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';
import type { Pair, ParsedNode } from 'yaml';

const REGION = /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

type Entry = Pair<ParsedNode, ParsedNode | null>;

/**
 * The dates of each region (`DE-BE`), in order, out of YAML that maps a region to its dates and their names. Throws an
 * error that names every fault with its line.
 */
export function publicHolidays(text: string): ReadonlyMap<string, readonly string[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults: string[] = [];
  const report = (offset: number, problem: string): void => {
    faults.push(`line ${lines.linePos(offset).line}: ${problem}`);
  };
  for (const error of document.errors) report(error.pos[0], error.message);
  const regions = new Map<string, readonly string[]>();
  for (const region of entriesOf(document.contents)) {
    const name = textOf(region.key);
    if (!REGION.test(name)) report(startOf(region), `"${name}" is not a region such as DE-BE`);
    regions.set(name, datesOf(region, report));
  }
  if (regions.size === 0 && faults.length === 0) report(0, 'no region with its dates');
  if (faults.length > 0)
    throw new Error(`The public holidays have faults:\n  ${faults.join('\n  ')}`);
  return regions;
}

function datesOf(region: Entry, report: (offset: number, problem: string) => void): string[] {
  const days = entriesOf(region.value);
  if (days.length === 0) report(startOf(region), `${textOf(region.key)} has no dates`);
  for (const day of days) {
    if (!isDate(textOf(day.key))) {
      report(startOf(day), `"${textOf(day.key)}" is not a date such as 2026-12-25`);
    }
    if (textOf(day.value) === '') report(startOf(day), `${textOf(day.key)} has no name`);
  }
  return days.map((day) => textOf(day.key)).sort();
}

function entriesOf(node: ParsedNode | null): Entry[] {
  return isMap(node) ? node.items : [];
}

function startOf(entry: Entry): number {
  return entry.key.range[0];
}

function textOf(node: ParsedNode | null): string {
  return isScalar(node) && typeof node.value === 'string' ? node.value : '';
}

/** `Date` takes the 30th of February for the first of March. */
function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const parsed = new Date(text);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}
