import { statedIn } from './date-parts.ts';
import type { Material } from './ground.ts';
import { excerpt } from './readable-text.ts';

const ADDRESS = /https?:\/\/[^\s<>"|)\]]{1,500}/giu;
const KEY = /(?<![\p{L}\p{N}_])[\p{L}][\p{L}\p{N}_]{1,19}-[1-9]\d{0,8}(?![\p{L}\p{N}])/gu;
const MIXED =
  /(?<![\p{L}\p{N}_])(?=[\p{N}_]{0,40}\p{L})(?=[\p{L}_]{0,200}\p{N})[\p{L}\p{N}_]{2,200}(?![\p{L}\p{N}_])/gu;
const UNIT =
  /^\d{1,9}(?:ms|s|sec|m|min|h|hr|hrs|d|w|mo|y|k|kb|mb|gb|tb|x|px|pt|pts|sp|st|nd|rd|th|er|er|e|ft|kg|km|cm|mm|usd|eur)$/iu;
const NUMBER = /(?<![\d])\d(?:[\d.,'_]{0,60}\d)?/gu;
const MARKER = /^\s{0,9}(\d{1,2})[.)]\s/gmu;
const PERCENT = /^\s?(?:%|‰|percent\b|per cent\b|prozent\b|pour cent\b|por ciento\b)/iu;
const MONEY_AFTER = /^\s?(?:[€$£¥₹]|usd\b|eur\b|euros?\b|dollars?\b|pounds?\b|chf\b|gbp\b)/iu;
const MONEY_BEFORE = /(?:[€$£¥₹]|\b(?:usd|eur|chf|gbp))\s?$/iu;
// So few of something needs no ground: "3 options", "two ways".
const SMALL = 3;

const SPELT = new Map(
  `four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 twelve:12 thirteen:13 fourteen:14 fifteen:15 sixteen:16
  seventeen:17 eighteen:18 nineteen:19 twenty:20 thirty:30 forty:40 fifty:50 sixty:60 seventy:70 eighty:80 ninety:90
  hundred:100 hundreds:100 thousand:1000 thousands:1000 million:1000000 millions:1000000 billion:1000000000 dozen:12
  dozens:12 vier:4 fünf:5 sechs:6 sieben:7 acht:8 neun:9 zehn:10 elf:11 zwölf:12 zwanzig:20 dreißig:30 vierzig:40
  fünfzig:50 hundert:100 tausend:1000 quatre:4 cinq:5 huit:8 neuf:9 dix:10 cuatro:4 cinco:5 ocho:8 nueve:9 diez:10`
    .split(/\s+/)
    .map((pair): [string, string] => [pair.replace(/:.*/, ''), pair.replace(/.*:/, '')]),
);

interface Amount {
  readonly text: string;
  /** The digits as written, and every value that they may stand for. */
  readonly values: readonly string[];
  readonly kind: 'plain' | 'percent' | 'money';
  readonly small: boolean;
}

/** Finds a number, identifier, share, price or version that neither a text nor a fact states. */
export function unknownNumberIn({ seen, all, folded, known }: Material): string | null {
  const said = amountsOf(withoutStatedAddresses(seen, all));
  const spelt = (folded.match(/\p{L}{3,12}/gu) ?? []).filter((word) => SPELT.has(word));
  if (said.length === 0 && spelt.length === 0) return null;
  const stated = knownValues(amountsOf(all));
  const wrong =
    said.find((one) => !one.small && !isStated(one, stated))?.text ??
    spelt.find((word) => !known.has(word) && !stated.has(`plain ${SPELT.get(word) ?? ''}`));
  return wrong === undefined ? null : `the number "${excerpt(wrong)}" is not in the facts`;
}

// A share or a price is a number too, but a number alone is neither.
function knownValues(amounts: readonly Amount[]): ReadonlySet<string> {
  return new Set(
    amounts.flatMap(({ values, kind }) =>
      values.flatMap((value) => [`plain ${value}`, `${kind} ${value}`]),
    ),
  );
}

function isStated({ values, kind }: Amount, stated: ReadonlySet<string>): boolean {
  return values.some((value) => stated.has(`${kind} ${value}`));
}

// An address that was stated as a whole is one statement; the digits of any other have to be known one by one.
function withoutStatedAddresses(seen: string, all: string): string {
  return seen.replace(ADDRESS, (address) =>
    all.includes(address.replace(/[.,;:!?*_~`']{1,9}$/, '')) ? ' ' : address,
  );
}

function amountsOf(visible: string): readonly Amount[] {
  const markers = listMarkers(visible);
  const text = withoutDates(visible).replace(KEY, ' ').replace(MIXED, unitOnly);
  return [...text.matchAll(NUMBER)]
    .map((match) => amountOf(match, text))
    .filter(({ text: digits }) => !markers.delete(digits));
}

// Digits inside a word belong to that word (`a93e`), digits before a unit are a number (`2w`).
function unitOnly(word: string): string {
  return UNIT.test(word) ? `${word.replace(/\D/g, '')}~` : ' ';
}

function withoutDates(visible: string): string {
  const ranges = [...statedIn(visible)].sort((one, other) => one.at - other.at);
  let end = 0;
  const kept = ranges.map(({ at, text }) => {
    const piece = visible.slice(end, Math.max(end, at));
    end = Math.max(end, at + text.length);
    return piece;
  });
  return [...kept, visible.slice(end)].join(' ');
}

/** The markers of a list that counts 1, 2, 3: no statements. */
function listMarkers(text: string): Set<string> {
  const markers = new Set<string>();
  for (const [, digits = ''] of text.matchAll(MARKER)) {
    if (Number(digits) === markers.size + 1) markers.add(digits);
  }
  return markers;
}

function amountOf(match: RegExpExecArray, text: string): Amount {
  const [digits] = match;
  const before = text.slice(Math.max(0, match.index - 4), match.index);
  const after = text.slice(match.index + digits.length, match.index + digits.length + 12);
  const isMoney = MONEY_BEFORE.test(before) || MONEY_AFTER.test(after);
  const kind = isMoney ? 'money' : PERCENT.test(after) ? 'percent' : 'plain';
  const isCount = kind === 'plain' && /^\d$/.test(digits) && !/^[~/]/.test(after);
  const small = isCount && Number(digits) <= SMALL && !/[#!/.]$/.test(before);
  return { text: digits, values: valuesOf(digits), kind, small };
}

function valuesOf(digits: string): readonly string[] {
  const plain = digits.replace(/['_]/g, '');
  const values = [plain, plain.replace(/[.,]/g, (sign) => (sign === '.' ? ',' : '.'))];
  // 1,200 and 1.200 are both twelve hundred somewhere.
  if (/^\d{1,3}(?:[.,]\d{3}){1,9}$/.test(plain)) values.push(plain.replace(/[.,]/g, ''));
  if (/^\d{1,15}$/.test(plain)) values.push(String(Number(plain)));
  if (/^\d{1,15}[.,]\d{1,15}$/.test(plain)) values.push(String(Number(plain.replace(',', '.'))));
  return values;
}
