import { styleText } from 'node:util';

/** What the global options say about printing. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

interface ToldFailure {
  readonly code: string;
  readonly message: string;
  readonly fix: string | null;
  readonly docs: string;
}

type Style = Parameters<typeof styleText>[0];

/** Results go to stdout, talk to stderr. With `--json` there is one document and no talk. */
export interface Output {
  readonly json: boolean;
  /** The result: `document` for `--json`, `lines` for people. */
  readonly result: (document: unknown, lines: readonly string[]) => void;
  /** A line on the way to the result. */
  readonly say: (line: string) => void;
  readonly failure: (failure: ToldFailure) => void;
  /** Colours a word where colours are wanted. */
  readonly paint: (style: Style, text: string) => string;
}

// Control characters of outside text must not reach a terminal: they move the cursor and change colours.
const CONTROL = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d{1,2}m)/g;

/** Text from outside, made safe for a terminal. */
export function safe(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');
}

function wantsColor(options: OutputOptions): boolean {
  return options.color !== false && options.json !== true && process.stdout.isTTY;
}

/** Output for one command. */
export function createOutput(options: OutputOptions): Output {
  const json = options.json === true;
  const color = wantsColor(options);
  const write = (text: string): void => void process.stdout.write(`${text}\n`);
  return {
    json,
    result: (document, lines) => {
      if (json) write(JSON.stringify(document, null, 2));
      else for (const line of lines) write(line.replaceAll(CONTROL, ' '));
    },
    say: (line) => {
      if (!json && options.quiet !== true) process.stderr.write(`${line}\n`);
    },
    failure: (failure) => {
      if (json) write(JSON.stringify({ ok: false, error: failure }, null, 2));
      else tellPeople(failure);
    },
    paint: (style, text) => (color ? styleText(style, text) : text),
  };
}

function tellPeople(failure: ToldFailure): void {
  process.stderr.write(`pm-agent: ${failure.message}\n`);
  if (failure.fix !== null) process.stderr.write(`fix: ${failure.fix}\n`);
}

/** Breaks at blanks where there are any, so that nothing is cut off. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const at = blank > width / 3 ? blank : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Columns padded to their widest cell; the last one is wrapped to the width of the terminal. */
export function table(rows: readonly (readonly string[])[], width = 80): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: Math.max(0, columns - 1) }, (_, column) =>
    Math.max(...rows.map((row) => safe(row[column] ?? '').length)),
  );
  const indent = widths.reduce((sum, one) => sum + one + 2, 0);
  return rows.flatMap((row) => {
    const head = widths.map((one, at) => `${safe(row[at] ?? '').padEnd(one)}  `).join('');
    const lines = wrapped(safe(row[columns - 1] ?? ''), Math.max(20, width - indent));
    return lines.map((line, at) => `${at === 0 ? head : ' '.repeat(indent)}${line}`.trimEnd());
  });
}
