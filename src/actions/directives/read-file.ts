import { LineCounter, isAlias, isCollection, isMap, isNode, isScalar, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import { fieldOf, keysOf, schemasAlong, wordsFor } from './fault.ts';
import type { DirectiveFault, Path } from './fault.ts';
import { hint } from './nearest.ts';
import { DirectivesFile } from './schema.ts';

/** Where something stands, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The file as it was understood, with the place of every field; or all that is wrong with it. */
export type ReadDirectives =
  | { readonly file: DirectivesFile; readonly placeOf: (path: Path) => Place }
  | { readonly faults: readonly DirectiveFault[] };

const MOST_CHARACTERS = 200_000;
const MOST_ALIASES = 100;

/** Reads the text of the directives. Never throws: what cannot be read is a list of faults, all at once. */
export function readDirectives(text: string): ReadDirectives {
  const early = tooMuchOrNothing(text);
  if (early !== null) return { faults: [atStart(early)] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    stringKeys: true,
  });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return {
      faults: broken.map((error) => ({
        ...placeAt(lines, error.pos[0]),
        field: 'YAML',
        problem: error.message.replace(/\.$/, ''),
        fix: 'Mend the YAML here or on the line before',
      })),
    };
  }
  return checked(document, lines);
}

function tooMuchOrNothing(text: string): { problem: string; fix: string } | null {
  if (text.trim() === '') return { problem: 'it is empty', fix: 'Write at least one section' };
  if (text.length <= MOST_CHARACTERS) return null;
  return { problem: `it is longer than ${MOST_CHARACTERS} characters`, fix: 'Shorten it' };
}

function atStart(told: { problem: string; fix: string }): DirectiveFault {
  return { line: 1, column: 1, field: 'the file', ...told };
}

function checked(document: Document, lines: LineCounter): ReadDirectives {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    const fix = 'Write out what the anchors stand for';
    return { faults: [atStart({ problem: 'its anchors cannot be followed', fix })] };
  }
  const placeOf = (path: Path): Place => placeAt(lines, offsetOf(document, path));
  const parsed = DirectivesFile.safeParse(value);
  if (parsed.success) return { file: parsed.data, placeOf };
  const keyPlace = (path: Path): Place => placeAt(lines, keyOffset(document, path));
  // A plain value may stand for a list of one: what is inside is there, though it has no place of its own.
  const has = (path: Path): boolean =>
    nodeAt(document, path) !== undefined || !isCollection(nodeAt(document, path.slice(0, -1)));
  const faults = parsed.error.issues.flatMap((issue) =>
    faultsOf(issue, { placeOf, keyPlace, has }),
  );
  return { faults: faults.sort((left, right) => left.line - right.line) };
}

interface Places {
  readonly placeOf: (path: Path) => Place;
  readonly keyPlace: (path: Path) => Place;
  readonly has: (path: Path) => boolean;
}

function faultsOf(issue: z.core.$ZodIssue, places: Places): DirectiveFault[] {
  if (issue.code !== 'unrecognized_keys') return [plainFault(issue, places)];
  const along = schemasAlong(DirectivesFile, issue.path);
  const last = along.length === issue.path.length + 1 ? along.at(-1) : undefined;
  const known = last === undefined ? [] : keysOf(last);
  return issue.keys.map((key) => ({
    ...places.keyPlace([...issue.path, key]),
    field: fieldOf([...issue.path, key]),
    problem: 'there is no such key here',
    fix: hint(key, known),
  }));
}

function plainFault(issue: z.core.$ZodIssue, places: Places): DirectiveFault {
  const { path } = issue;
  const field = fieldOf(path);
  if (issue.code === 'invalid_key') {
    const problem = said(issue.issues[0]?.message ?? 'not a key that fits');
    return { ...places.keyPlace(path), field, problem, fix: 'Write the key in small letters' };
  }
  const isRoot = path.length === 0;
  return {
    ...places.placeOf(path),
    field,
    problem: isRoot || places.has(path) ? said(issue.message) : 'it is missing',
    fix: isRoot
      ? 'Begin with a section, e.g. `objectives:`'
      : `Give ${wordsFor(DirectivesFile, path)}`,
  };
}

// Our own messages of the form "a sentence" say what was wanted.
const WANTED = /^(?:an?|whole|hours|true|the name) /;

function said(message: string): string {
  const problem = message.replace(/^Invalid input: /, '');
  if (problem.endsWith('received undefined')) return 'it is missing';
  if (WANTED.test(problem)) return `it is not ${problem}`;
  return problem.charAt(0).toLowerCase() + problem.slice(1);
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where a field's value begins; for a missing one where the nearest field above it begins. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(document, path.slice(0, length));
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyOffset(document: Document, path: Path): number {
  const above = nodeAt(document, path.slice(0, -1));
  if (!isMap(above)) return offsetOf(document, path);
  const name = String(path.at(-1));
  const pair = above.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : offsetOf(document, path);
}

function nodeAt(document: Document, path: Path): unknown {
  let node: unknown = document.contents;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) return undefined;
    node = node.get(typeof part === 'symbol' ? '' : part, true);
  }
  return node;
}
