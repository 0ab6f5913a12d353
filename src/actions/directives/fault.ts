import { z } from 'zod';

/** One thing that is wrong with the directives: where it stands, what it is and how to put it right. */
export interface DirectiveFault {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** The path of the field, e.g. `team.members[1].zone`. */
  readonly field: string;
  readonly problem: string;
  readonly fix: string;
}

/** Keys and list positions from the root of the file. */
export type Path = readonly PropertyKey[];

/** `file:line:column field: problem. fix` on one line. */
export function faultLine(file: string, fault: DirectiveFault): string {
  const { line, column, field, problem, fix } = fault;
  const end = /[.?!]$/.test(fix) ? '' : '.';
  return `${file}:${line}:${column} ${field}: ${problem}. ${fix}${end}`;
}

/** A path as people write it. */
export function fieldOf(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return text.join('').replace(/^\./, '') || 'the file';
}

/** Says what is wrong with a field of the file. */
export type Complain = (
  path: Path,
  told: { readonly problem: string; readonly fix: string },
) => void;

/** The schema at a path, and those above it, the root first. Stops where the schema does not go on. */
export function schemasAlong(root: z.ZodType, path: Path): z.ZodType[] {
  const found = [root];
  for (const part of path) {
    const last = found.at(-1);
    const next = last === undefined ? undefined : member(last, part);
    if (next === undefined) return found;
    found.push(next);
  }
  return found;
}

/** The keys that a schema knows. */
export function keysOf(schema: z.ZodType): readonly string[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject) return Object.keys(inner.shape);
  if (!(inner instanceof z.ZodRecord)) return [];
  const { keyType } = inner;
  return keyType instanceof z.ZodEnum ? keyType.options.map(String) : [];
}

function member(schema: z.ZodType, part: PropertyKey): z.ZodType | undefined {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject) {
    const entry: unknown = Object.entries(inner.shape).find(([key]) => key === part)?.[1];
    return entry instanceof z.ZodType ? entry : undefined;
  }
  const item: unknown =
    inner instanceof z.ZodArray
      ? inner.element
      : inner instanceof z.ZodRecord
        ? inner.valueType
        : undefined;
  return item instanceof z.ZodType ? item : undefined;
}

/** Without what only says that it may be missing or is made ready first. */
function bare(schema: z.ZodType): z.ZodType {
  const inner: unknown =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
      ? schema.unwrap()
      : schema instanceof z.ZodPipe
        ? schema.out
        : undefined;
  return inner instanceof z.ZodType ? bare(inner) : schema;
}

/** How a field should be, in the words of the nearest schema that has some. */
export function wordsFor(root: z.ZodType, path: Path): string {
  const along = schemasAlong(root, path);
  const own = along.length === path.length + 1 ? descriptionOf(along.at(-1)) : undefined;
  return own ?? descriptionOf(along.at(-2)) ?? 'a value that fits';
}

function descriptionOf(schema: z.ZodType | undefined): string | undefined {
  if (schema === undefined) return undefined;
  if (schema.description !== undefined) return schema.description;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    const inner: unknown = schema.unwrap();
    return inner instanceof z.ZodType ? descriptionOf(inner) : undefined;
  }
  return undefined;
}
