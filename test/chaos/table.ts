import type { KeptFigure } from './figures.ts';
import { DEPLOYMENTS } from './figures.ts';

const BEGIN = '<!-- chaos:begin -->';
const END = '<!-- chaos:end -->';
const HEAD = [
  '| promise | deployment | what was run | counted | holds | seed | run on |',
  '| --- | --- | --- | --- | --- | --- | --- |',
];

/** What a soak has to tell. */
export interface Soak {
  readonly figures: readonly KeptFigure[];
  /** Names of the tests that failed: what they would have counted may be missing. */
  readonly failed: readonly string[];
  /** Only some scenarios were run: rows of the others stay as they are. */
  readonly isPartial: boolean;
}

/** The page with the rows of this soak between its two marks. Throws when the marks are not there. */
export function withTable(page: string, soak: Soak): string {
  const [before, rest] = page.split(BEGIN);
  const [old, after] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined) {
    throw new Error(`the page has no ${BEGIN} … ${END}`);
  }
  const rows = new Map(soak.isPartial ? old.split('\n').flatMap(entryOf) : []);
  for (const figure of soak.figures) rows.set(keyOf(figure), rowOf(figure));
  const sorted = [...rows].sort(([left], [right]) => left.localeCompare(right, 'en', NUMERIC));
  const table = [...HEAD, ...sorted.map(([, row]) => row)];
  const cores = soak.figures.at(0)?.cores;
  const machine =
    cores === undefined ? [] : ['', `The last run had ${cores} cores for everything.`];
  return [
    `${before}${BEGIN}`,
    '',
    ...table,
    ...machine,
    ...tellFailed(soak),
    '',
    `${END}${after}`,
  ].join('\n');
}

const NUMERIC = { numeric: true } as const;

const cell = (text: string) => text.replaceAll('|', '/').replaceAll(/\s+/g, ' ').trim();

const keyOf = ({ promise, deployment }: KeptFigure) =>
  `${cell(promise)} | ${DEPLOYMENTS[deployment]}`;

function rowOf(figure: KeptFigure): string {
  const { run, counted, holds, seed, date, commit } = figure;
  const cells = [keyOf(figure), cell(run), cell(counted), holds ? 'yes' : '**no**', seed];
  return `| ${cells.join(' | ')} | ${date}, ${commit} |`;
}

/** A row that stands there already, by what it is about. */
function entryOf(line: string): [key: string, row: string][] {
  const [, promise, deployment] =
    line.split(' | ').length > 5 ? (/^\| (.+?) \| (.+?) \|/.exec(line) ?? []) : [];
  if (promise === undefined || deployment === undefined) return [];
  return promise === 'promise' || promise === '---' ? [] : [[`${promise} | ${deployment}`, line]];
}

function tellFailed({ failed }: Soak): string[] {
  if (failed.length === 0) return [];
  const names = failed.map((name) => `- ${cell(name)}`);
  return [
    '',
    'These scenarios failed in the last run; a figure of theirs may be missing:',
    '',
    ...names,
  ];
}
