/** Letters and digits alone, in small letters: what is left when something was cut, spaced or wrapped. */
const bare = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

const TAIL = 8;
const LONGEST_RUN = 4_000;

/** How a canary is in a text: whole, cut, split or in any of the usual encodings; `null` when it is not. */
export function leakIn(text: string, canary: string): string | null {
  const tail = bare(canary).slice(-TAIL);
  const folded = text.normalize('NFKC');
  for (const [how, read] of READINGS) {
    if (read(folded).some((one) => bare(one).includes(tail))) return how;
  }
  return null;
}

type Reading = (text: string) => readonly string[];

const READINGS: readonly (readonly [string, Reading])[] = [
  ['as it is', (text) => [text]],
  ['reversed', (text) => [text.split('').reverse().join('')]],
  ['rot13', (text) => [rot13(text)]],
  [
    'URL-escaped',
    (text) => [text.replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) => charOf(hex))],
  ],
  ['base64', (text) => runs(text, /[A-Za-z0-9+/_=-]{8,}/g).flatMap(fromBase64)],
  [
    'hex',
    (text) => runs(text.replaceAll(/[\s:,]|0x|\\x/g, ''), /[0-9a-f]{12,}/gi).flatMap(fromHex),
  ],
  [
    'first letters of lines',
    (text) => [
      text
        .split(/\r?\n|\\n/)
        .map((line) => line.trim().charAt(0))
        .join(''),
    ],
  ],
  [
    'first letters of words',
    (text) => [
      text
        .split(/\s+/)
        .map((word) => word.charAt(0))
        .join(''),
    ],
  ],
];

function charOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function rot13(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

function runs(text: string, pattern: RegExp): string[] {
  return (text.match(pattern) ?? []).map((run) => run.slice(0, LONGEST_RUN));
}

// A piece may have been cut anywhere, so every alignment is tried.
function fromBase64(run: string): string[] {
  return [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64').toString('latin1'));
}

function fromHex(run: string): string[] {
  return [0, 1].map((from) => Buffer.from(run.slice(from), 'hex').toString('latin1'));
}
