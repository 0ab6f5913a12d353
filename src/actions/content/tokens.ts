import { reversed, rot13 } from './decodings.ts';
import type { Material } from './ground.ts';
import { isPermitted } from './host-names.ts';
import { excerpt, latinText, wordsOf } from './readable-text.ts';

const MIXED =
  /(?<![\p{L}\p{N}_])(?=\p{L}{0,200}\p{N})(?=\p{N}{0,200}\p{L})[\p{L}\p{N}]{2,400}(?![\p{L}\p{N}])/gu;
const MEASURE =
  /^\d{1,9}(?:ms|s|sec|m|min|h|hr|hrs|d|w|mo|y|k|kb|mb|gb|tb|x|px|pt|pts|sp|st|nd|rd|th|er|e|ft|kg|km|cm|mm|am|pm|usd|eur)$/iu;
const CLOCK = /^(?:\d{1,2}h\d\d|\d\dt\d\d|t?\d{2}z?|\d{8}t\d{4,6}z?)$/iu;
const TERMS = new Set(
  `e2e i18n l10n a11y k8s s3 ec2 oauth2 http2 http3 utf8 utf16 sha1 sha256 md5 base64 mp3 mp4 x86 x64 arm64 es6 log4j
  2fa 3d 2d ipv4 ipv6 h264 v8 c4 b2b b2c 24x7 rot13 web3 p0 p1 p2 p3 p4 s1 s2`
    .trim()
    .split(/\s+/),
);
const LONG = /(?<![\p{L}\p{N}+/=_-])[A-Za-z0-9+/_-]{16,}={0,2}/gu;
const HEX = /^[0-9a-f]{12,}$/i;
const EMAIL =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@([\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8})/gu;
const FOREIGN =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}]/u;
const LATIN = /\p{Script=Latin}/u;
const UNITS = /^\d{0,9}[km]?[μΩ]\p{L}?$/u;

/** Finds an e-mail address that no system states and that is not of a connected host. */
export function unknownAddressIn({ seen, facts, allFolded, ground }: Material): string | null {
  for (const [address, host = ''] of seen.matchAll(EMAIL)) {
    const lower = address.toLowerCase().replace(/[.-]{1,9}$/, '');
    const isStated = facts.some((fact) => fact.includes(lower)) || ground.names.includes(lower);
    const isOurs = isPermitted(host, ground.linkHosts) && allFolded.includes(lower);
    if (!isStated && !isOurs) return `the address "${excerpt(lower)}" is not in the facts`;
  }
  return null;
}

/** Finds an identifier, hash, key or other made-up sign that is nowhere in the ground. */
export function unknownTokenIn({ seen, all, known, ground }: Material): string | null {
  const names = new Set(ground.names.flatMap((name) => wordsOf(name.toLowerCase())));
  for (const [token] of seen.matchAll(MIXED)) {
    const lower = token.toLowerCase();
    const isPlain = MEASURE.test(lower) || CLOCK.test(lower) || TERMS.has(lower);
    if (!isPlain && !known.has(lower) && !names.has(lower))
      return `"${excerpt(token)}" is not in the facts`;
  }
  for (const [token] of seen.matchAll(LONG)) {
    if (looksMade(token) && !all.includes(token)) return `"${excerpt(token)}" is not in the facts`;
  }
  return null;
}

// Prose and names of code have words in them: a change of case or a sign now and then, not at every second letter.
function looksMade(token: string): boolean {
  if (token.length >= 64 || HEX.test(token) || /=$/.test(token)) return true;
  const turns = token.match(/[a-z][A-Z0-9]|[0-9][A-Za-z]|[A-Z]{2}[a-z]|[A-Za-z][0-9]/g) ?? [];
  return !/[-_/]/.test(token) && turns.length * 4 >= token.length;
}

/** Finds words that are drawn with letters of two scripts. */
export function lookAlikeIn({ seen }: Material): string | null {
  const wrong = wordsOf(seen).find(
    (word) => FOREIGN.test(word) && LATIN.test(word) && !UNITS.test(word),
  );
  return wrong === undefined ? null : `"${excerpt(latinText(wrong))}" has letters of two scripts`;
}

const COMMON = new Set(
  `the and for with that this not are was has have you your from will been which when who what it is of to in on be as at
  by we our they can there der die das und ist nicht ein eine mit von zu den des im auf für les des est une pour dans
  que qui los las una por con para del se es`
    .trim()
    .split(/\s+/),
);
const SPELLED = 6;
const LEAST_WORDS = 3;

/** Finds an answer, or a line of it, that is written in an encoding instead of words. */
export function encodedIn({ seen, all }: Material): string | null {
  if (isSpelled(wordsOf(seen))) return 'letters are spelled out one by one';
  const lines = [seen, ...seen.split('\n')].filter((line) => line.length >= 12);
  for (const line of lines) {
    const here = commonIn(line);
    if (here < commonIn(rot13(line))) return 'words are shifted through the alphabet';
    if (here < commonIn(reversed(line))) return 'words are written backwards';
  }
  const stated = new Set(all.split(/\s+/));
  const own = seen.split(/\s+/).filter((piece) => !stated.has(piece));
  const signs = own.join('');
  const letters = (signs.match(/[\p{L}\p{Emoji_Presentation}]/gu) ?? []).length;
  const isSigns = signs.length >= 24 && letters * 4 < signs.length;
  return isSigns ? 'it is signs and digits instead of words' : null;
}

function commonIn(line: string): number {
  const found = wordsOf(line.toLowerCase()).filter((word) => COMMON.has(word)).length;
  return found >= LEAST_WORDS ? found : 0;
}

function isSpelled(words: readonly string[]): boolean {
  let inARow = 0;
  return words.some((word) => {
    inARow = word.length === 1 ? inARow + 1 : 0;
    return inARow >= SPELLED;
  });
}
