import {
  base64Readings,
  codeReadings,
  edgeReadings,
  hexReadings,
  reversed,
  rot13,
  unescaped,
} from './decodings.ts';
import type { Ground, Material } from './ground.ts';
import { latinText, lettersAndDigits, visibleText } from './readable-text.ts';

// So many letters and digits in a row give a secret away.
const GRAM = 8;
const PIECE = 3;

const TOKEN_SHAPES: readonly RegExp[] = [
  /\bxox[a-z]-[A-Za-z0-9-]{8}/,
  /\bxapp-[A-Za-z0-9-]{8}/,
  /\bgh[pousr]_[A-Za-z0-9]{12}/,
  /\bgithub_pat_[A-Za-z0-9_]{12}/,
  /\bglpat-[A-Za-z0-9_-]{12}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12}/,
  /\b(?:ATATT|ATBB|ATCTT)[A-Za-z0-9]{8}/,
  /\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8}/,
  /\bsk-[A-Za-z0-9-]{16}/,
  /\b[srp]k_(?:live|test)_[A-Za-z0-9]{8}/,
  /\bsntry[a-z]_[A-Za-z0-9_=+/-]{12}/,
  /\bAIza[A-Za-z0-9_-]{20}/,
  /\bnpm_[A-Za-z0-9]{20}/,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY/,
  /\bBearer [A-Za-z0-9._~+/=-]{16}/i,
  /:\/\/[^\s/@:]{1,80}:[^\s/@]{1,80}@/,
  /\b[A-Z_]{0,30}(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY)[A-Z_]{0,30}=\S/,
  /\b(?:password|passwort|passwd|pwd|token|secret|api[ _-]?key)\s{0,3}[:=]\s{0,3}(?=[^\s\d]{0,40}\d)\S{6}/i,
];

/** Finds a secret of this process in any usual disguise, or anything of the shape of a token. Names neither. */
export function secretIn({ words, seen, ground }: Material): string | null {
  const readings = readingsOf(words, seen);
  const secrets = [...ground.secrets, ...markedWords(ground)].map(bareSecret);
  if (holdsGram(readings, gramsOf(secrets))) return 'a secret, whole or in part';
  if (secrets.some((secret) => isInPieces(secret, readings[0] ?? ''))) return 'a secret in pieces';
  const shown = [seen, words, ...base64Readings(seen)];
  const hasShape = TOKEN_SHAPES.some((shape) => shown.some((text) => shape.test(text)));
  return hasShape ? 'something of the shape of a token, key or password' : null;
}

function bareSecret(secret: string): string {
  return lettersAndDigits(latinText(visibleText(secret)));
}

function readingsOf(words: string, seen: string): readonly string[] {
  const plain = latinText(seen);
  const open = unescaped(seen);
  const backwards = reversed(seen);
  const coded = [seen, backwards, rot13(seen), open].flatMap(base64Readings);
  const texts = [
    plain,
    open,
    unescaped(open),
    latinText(words),
    ...coded,
    ...[seen, backwards].flatMap(hexReadings),
    ...codeReadings(seen),
    ...edgeReadings(plain),
  ];
  return texts.map(lettersAndDigits);
}

// Words of the directives that look made up, as a marker is: nobody needs them outside, so they count as secrets.
function markedWords({ directives, texts, facts, names }: Ground): readonly string[] {
  const found = directives.match(/(?<![\w-])[\w-]{10,80}(?![\w-])/g) ?? [];
  // Letters, digits, letters or the other way round: `5f1c` is made up, `8-business-hours` is not.
  const marked = found.filter((word) => /[0-9][a-z]{1,9}[0-9]|[a-z][0-9]{1,9}[a-z]/i.test(word));
  if (marked.length === 0) return [];
  const shown = [...texts, ...facts, ...names].join('\n');
  return marked.filter((word) => !shown.includes(word));
}

/** Every run of eight signs of every secret, forwards, backwards and in rot13; a short secret as a whole. */
function gramsOf(secrets: readonly string[]): ReadonlySet<string> {
  const grams = new Set<string>();
  for (const secret of secrets.filter((one) => one.length >= 6)) {
    const turned = rot13(secret);
    for (const form of [secret, reversed(secret), turned, reversed(turned)]) addGrams(form, grams);
  }
  return grams;
}

function addGrams(form: string, grams: Set<string>): void {
  if (form.length < GRAM) grams.add(form);
  for (let at = 0; at + GRAM <= form.length; at += 1) grams.add(form.slice(at, at + GRAM));
}

function holdsGram(readings: readonly string[], grams: ReadonlySet<string>): boolean {
  if (grams.size === 0) return false;
  const sizes = new Set([...grams].map((gram) => gram.length));
  return readings.some((reading) => [...sizes].some((size) => slides(reading, size, grams)));
}

function slides(reading: string, size: number, grams: ReadonlySet<string>): boolean {
  for (let at = 0; at + size <= reading.length; at += 1) {
    if (grams.has(reading.slice(at, at + size))) return true;
  }
  return false;
}

// All of it, in runs of at least three signs with other words between. Only for secrets that prose does not spell.
function isInPieces(secret: string, reading: string): boolean {
  if (secret.length < 12 || (secret.match(/[0-9]/g) ?? []).length < 2) return false;
  let at = 0;
  while (secret.length - at >= PIECE) {
    const run = longestRun(secret.slice(at), reading);
    if (run < PIECE) return false;
    at += run;
  }
  return true;
}

function longestRun(rest: string, reading: string): number {
  let length = PIECE;
  if (!reading.includes(rest.slice(0, length))) return 0;
  while (length < rest.length && reading.includes(rest.slice(0, length + 1))) length += 1;
  return length;
}
