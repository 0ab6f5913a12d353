import { z } from 'zod';

/** Limits before work (guarantees.md S4 and S6): what is beyond them is not parsed at all. */
const MAX_DEPTH = 64;
const MAX_KEYS = 100_000;

export type ParsedJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const COLON = 58;
const ZERO = 48;
const NINE = 57;

// A number with this many digits may not survive as a double.
const LONG_NUMBER = 16;

interface Shape {
  readonly fault: string | null;
  readonly longNumbers: boolean;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

function isKey(text: string, after: number): boolean {
  let at = after;
  while (at < text.length && text.charCodeAt(at) <= 32) at += 1;
  return text.charCodeAt(at) === COLON;
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return at;
    at += 1;
  }
  return at;
}

function keyName(literal: string): string {
  if (!literal.includes('\\')) return literal;
  try {
    return String(JSON.parse(`"${literal}"`));
  } catch {
    return literal;
  }
}

/** One pass without recursion: depth, number of keys, equal keys in one object, numbers beyond a double. */
class Scan {
  private readonly open: (Set<string> | null)[] = [];
  private keys = 0;
  longNumbers = false;

  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  run(): Shape {
    let at = 0;
    while (at < this.text.length) {
      const step = this.step(at);
      if (typeof step === 'string') return { fault: step, longNumbers: this.longNumbers };
      at = step;
    }
    return { fault: null, longNumbers: this.longNumbers };
  }

  /** The next position, or what is wrong. */
  private step(at: number): number | string {
    const code = this.text.charCodeAt(at);
    if (code === QUOTE) return this.string(at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) return this.enter(code, at);
    if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) this.open.pop();
    if (code < ZERO || code > NINE) return at + 1;
    const end = endOfNumber(this.text, at);
    if (end - at >= LONG_NUMBER) this.longNumbers = true;
    return end;
  }

  private enter(code: number, at: number): number | string {
    if (this.open.length >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
    this.open.push(code === OPEN_OBJECT ? new Set() : null);
    return at + 1;
  }

  private string(at: number): number | string {
    const end = endOfString(this.text, at);
    const names = this.open.at(-1);
    if (names === undefined || names === null || !isKey(this.text, end + 1)) return end + 1;
    const name = keyName(this.text.slice(at + 1, end));
    if (names.has(name)) return 'two equal keys in one object';
    names.add(name);
    this.keys += 1;
    return this.keys > MAX_KEYS ? `more than ${MAX_KEYS} keys` : end + 1;
  }
}

const ContextShape = z.object({ source: z.string() });

/** Keeps integers that a double cannot hold as the text they were written in: two ids must stay two ids. */
function keepLongIntegers(_key: string, value: unknown, ...more: readonly unknown[]): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  // The reviver's third argument (source text) is newer than the compiler's types.
  const context = ContextShape.safeParse(more[0]);
  const source = context.success ? context.data.source : '';
  return /^-?\d+$/.test(source) ? source : value;
}

/**
 * Parses outside JSON: strict UTF-8, bounded depth and keys, no two equal keys in one object. Never throws.
 * Integers beyond 2^53 come back as strings.
 */
export function parseBoundedJson(bytes: Uint8Array): ParsedJson {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, reason: 'the body is not valid UTF-8' };
  }
  if (text.trim() === '') return { ok: false, reason: 'the body is empty' };
  const shape = new Scan(text).run();
  if (shape.fault !== null) return { ok: false, reason: shape.fault };
  try {
    const value: unknown = shape.longNumbers
      ? JSON.parse(text, keepLongIntegers)
      : JSON.parse(text);
    return { ok: true, value };
  } catch {
    return { ok: false, reason: 'the body is not valid JSON' };
  }
}
