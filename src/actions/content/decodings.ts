const BASE64_PIECE = /[^A-Za-z0-9+/]+/g;
const CODE_PREFIX = /\\u\{?00|\\x|&#x|0x|%/gi;
const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  period: '.',
  sol: '/',
  colon: ':',
  commat: '@',
};

/** The text with every letter thirteen places on. */
export function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** The text from its end to its start. */
export function reversed(text: string): string {
  return Array.from(text).reverse().join('');
}

/** `%41` and `&#65;` read as what they stand for; what is no such code stays. */
export function unescaped(text: string): string {
  return text
    .replace(/%([0-9a-f]{2})/gi, (_whole, code: string) => signOf(Number.parseInt(code, 16)))
    .replace(/&#x([0-9a-f]{1,6});?/gi, (_whole, code: string) => signOf(Number.parseInt(code, 16)))
    .replace(/&#([0-9]{1,7});?/g, (_whole, code: string) => signOf(Number(code)))
    .replace(/\\(?:x|u00)([0-9a-f]{2})/gi, (_whole, code: string) =>
      signOf(Number.parseInt(code, 16)),
    )
    .replace(/&([a-z]{2,6});/gi, (whole, name: string) => NAMED[name.toLowerCase()] ?? whole);
}

function signOf(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : '';
}

/** What base64 in the text may stand for, however it is cut, split or surrounded: one reading per offset. */
export function base64Readings(text: string): readonly string[] {
  const url = text.replaceAll('-', '+').replaceAll('_', '/').replace(BASE64_PIECE, '');
  const plain = text.replace(BASE64_PIECE, '');
  const sources = url === plain ? [plain] : [plain, url];
  return sources.flatMap((source) =>
    [0, 1, 2, 3].map((offset) => Buffer.from(source.slice(offset), 'base64').toString('latin1')),
  );
}

/** What hex digits in the text may stand for. */
export function hexReadings(text: string): readonly string[] {
  const digits = text.replace(CODE_PREFIX, '').replace(/[^0-9a-f]+/gi, '');
  return [0, 1].map((offset) => {
    const even = digits.slice(offset, digits.length - ((digits.length - offset) % 2));
    return Buffer.from(even, 'hex').toString('latin1');
  });
}

/** What lists of character codes (decimal or binary) stand for. */
export function codeReadings(text: string): readonly string[] {
  const decimal = text.match(/(?<!\d)\d{2,3}(?!\d)/g) ?? [];
  const binary = text.match(/(?<![01])[01]{7,8}(?![01])/g) ?? [];
  return [
    decimal.map((code) => String.fromCharCode(Number(code))).join(''),
    binary.map((code) => String.fromCharCode(Number.parseInt(code, 2))).join(''),
  ];
}

/** First and last signs of the lines and of the words, read as a word. */
export function edgeReadings(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/[^\p{L}\p{N}]+/gu, ''));
  const words = text.split(/\s+/).map((word) => word.replace(/[^\p{L}\p{N}]+/gu, ''));
  return [lines, words].flatMap((pieces) => [
    pieces.map((piece) => piece.slice(0, 1)).join(''),
    pieces.map((piece) => piece.slice(-1)).join(''),
  ]);
}
