import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';

const FOLDER = new URL('../fixtures/bad-input/', import.meta.url);
const PIECE_BYTES = 1024 * 1024;

const Line = z.object({
  file: z.string(),
  channel: z.string(),
  content_type: z.string(),
  signed: z.enum(['valid', 'bad']),
  expect: z.object({
    http: z.array(z.number()),
    stored: z.array(z.enum(['event', 'quarantine', 'no'])),
    no_action_on: z.array(z.string()).optional(),
    object_prototype_unchanged: z.boolean().optional(),
    no_file_opened: z.boolean().optional(),
    distinct_from_id: z.string().optional(),
    max_rss_growth_mb: z.number().optional(),
    max_block_ms: z.number().optional(),
  }),
  why: z.string(),
});

/** A line of the manifest: a file and what may become of it. */
export type BadInput = z.infer<typeof Line>;

const Recipe = z.object({
  prefix: z.string(),
  repeat: z.string(),
  count: z.number(),
  middle: z.string(),
  repeat_close: z.string(),
  suffix: z.string(),
});

const RequestRecipe = z.object({
  headers: z.array(z.tuple([z.string(), z.string()])),
  body: z.union([
    z.object({ json: z.unknown() }),
    z.object({ gzip_of: z.object({ repeat: z.string(), count: z.number() }) }),
  ]),
});

const textOf = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8');
const jsonOf = (file: string): unknown => JSON.parse(textOf(file));

/** Every file of the corpus, in the manifest's order. */
export function badInputs(): readonly BadInput[] {
  const lines = textOf('manifest.jsonl').split('\n');
  return lines.filter((line) => line !== '').map((line) => Line.parse(JSON.parse(line) as unknown));
}

function* repeated(text: string, count: number): Generator<string> {
  if (text === '' || count === 0) return;
  if (text.includes('{i}')) {
    for (let at = 0; at < count; at += 1) yield text.replaceAll('{i}', String(at));
    return;
  }
  const perPiece = Math.max(1, Math.floor(PIECE_BYTES / text.length));
  const whole = text.repeat(Math.min(perPiece, count));
  let left = count;
  for (; left >= perPiece; left -= perPiece) yield whole;
  if (left > 0) yield text.repeat(left);
}

function* piecesOf(recipe: z.infer<typeof Recipe>): Generator<Buffer> {
  yield Buffer.from(recipe.prefix);
  let text = '';
  for (const piece of repeated(recipe.repeat, recipe.count)) {
    text += piece;
    if (text.length < PIECE_BYTES) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text + recipe.middle);
  for (const piece of repeated(recipe.repeat_close, recipe.count)) yield Buffer.from(piece);
  yield Buffer.from(recipe.suffix);
}

/** What is sent for a file: its bytes, piece by piece and as often as asked, and headers of its own. */
export interface Sending {
  readonly pieces: () => Iterable<Buffer>;
  readonly headers: Readonly<Record<string, string>>;
  /** Values of the signature header; `$VALID` stands for the right digest. Null: the usual one. */
  readonly signatures: readonly string[] | null;
}

/** The request that a file describes. The largest bodies never stand in memory as a whole. */
export function sendingOf({ file, content_type: type }: BadInput): Sending {
  const headers = { 'content-type': type };
  if (file.endsWith('.gen.json')) {
    const recipe = Recipe.parse(jsonOf(file));
    return { pieces: () => piecesOf(recipe), headers, signatures: null };
  }
  if (!file.endsWith('.req.json')) {
    const bytes = readFileSync(new URL(file, FOLDER));
    return { pieces: () => [bytes], headers, signatures: null };
  }
  const { headers: given, body } = RequestRecipe.parse(jsonOf(file));
  const bytes =
    'json' in body
      ? Buffer.from(JSON.stringify(body.json))
      : gzipSync(Buffer.alloc(body.gzip_of.count, body.gzip_of.repeat));
  const isSignature = ([name]: readonly [string, string]) => name.startsWith('X-Hub-Signature');
  const signatures = given.filter(isSignature).map(([, value]) => value);
  const others = given.filter((pair) => !isSignature(pair)).map(([name, value]) => [name, value]);
  return {
    pieces: () => [bytes],
    headers: Object.fromEntries(others) as Record<string, string>,
    signatures: signatures.length === 0 ? null : signatures,
  };
}
