import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { Row } from '../whole-tables.ts';

/*
 * What a backup says once it is open: lines of JSON. First `about`, then for each table its name and columns followed by
 * its rows as arrays, last `end` with the counts. Bytes are `{"b":"<base64>"}`; nothing depends on the kind of store.
 */

/** What a backup is of. */
export const About = z.object({
  kind: z.literal('about'),
  /** The program that wrote it. */
  program: z.string(),
  store: z.enum(['sqlite', 'postgres']),
  /** The migrations that its store had been through. */
  schema: z.array(z.string()).min(1),
  /** When its state was read, ISO 8601 UTC. */
  at: z.iso.datetime(),
  /** The newest entry of its journal; number 0 when there is none. */
  head: z.object({ seq: z.number().int(), hash: z.string() }),
});
export type About = z.infer<typeof About>;

const TableLine = z.object({
  kind: z.literal('table'),
  name: z.string().regex(/^[a-z_]{1,60}$/),
  columns: z.array(z.string().regex(/^[a-z_]{1,60}$/)).max(200),
});

const EndLine = z.object({ kind: z.literal('end'), rows: z.record(z.string(), z.number().int()) });

const Bytes = z.object({ b: z.base64() });

/** One line of a backup, read. */
export type BackupLine =
  | About
  | z.infer<typeof TableLine>
  | z.infer<typeof EndLine>
  | { readonly kind: 'row'; readonly cells: readonly unknown[] };

const Named = z.discriminatedUnion('kind', [About, TableLine, EndLine]);

/** A row as a line. */
export function rowLine(row: Row): string {
  const cells = Object.values(row).map((value) =>
    value instanceof Uint8Array ? { b: base64Of(value) } : value,
  );
  return `${JSON.stringify(cells)}\n`;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Reads a line. Throws `unreadable`: what is sealed was written by us, so this is a fault of ours or a later format. */
export function readLine(line: string): BackupLine {
  const value: unknown = JSON.parse(line);
  if (Array.isArray(value)) {
    // Checked by hand: a backup has millions of these.
    return { kind: 'row', cells: value.map(cellOf) };
  }
  const parsed = Named.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Failure('unreadable', 'the backup holds a line that this pm-agent does not know', {
    fix: 'Use the version that wrote it, or a later one.',
  });
}

function cellOf(cell: unknown): unknown {
  if (cell === null || typeof cell === 'string' || typeof cell === 'number') return cell;
  const bytes = Bytes.parse(cell);
  return Buffer.from(bytes.b, 'base64');
}

/** A row of a table, from its cells. Throws `unreadable` when they are not as many as the columns. */
export function rowOf(columns: readonly string[], cells: readonly unknown[]): Row {
  if (cells.length === columns.length) {
    return Object.fromEntries(columns.map((column, at) => [column, cells[at]]));
  }
  throw new Failure('unreadable', 'a row of the backup has other columns than its table');
}
