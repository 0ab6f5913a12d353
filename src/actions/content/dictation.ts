import { base64Readings, reversed, rot13 } from './decodings.ts';
import { clausesOf } from './clauses.ts';
import type { Material } from './ground.ts';
import { excerpt, readableText, wordsOf } from './readable-text.ts';

const SAY = String.raw`write|say|answer|reply|respond|confirm|post|put|start|begin|open|close|end|finish|sign|include|repeat|add|append|prepend|mention|tell|state|announce|report|print|echo|quote|copy|paste|publish|note|declare|acknowledge|greet|thank|send|show|output|use|inform|remind|ask|let|work|schreib\p{L}{0,2}|antwort\p{L}{1,3}|sag\p{L}{0,2}|bestätig\p{L}{1,2}|meld\p{L}{1,2}|poste\p{L}{0,1}|füg\p{L}{1,2}|wiederhol\p{L}{1,2}|beginn\p{L}{1,2}|nenn\p{L}{1,2}|écri\p{L}{1,4}|répond\p{L}{1,3}|dis|dites|confirme\p{L}{0,2}|ajoute\p{L}{0,2}|mets|mettez|commence\p{L}{0,2}|escrib\p{L}{1,3}|respond\p{L}{1,3}|di|diga|confirma|añad\p{L}{1,2}|pon|empieza|incluy\p{L}{1,2}|напиши\p{L}{0,2}|ответь\p{L}{0,2}|скажи\p{L}{0,2}`;
// An order: at the start of a sentence or clause, or after a word that makes it one. "The docs say" orders nothing.
const ORDER = new RegExp(
  String.raw`(?:^|[,;:>*\])(-]\s?|(?<!\p{L})(?:please|kindly|just|simply|also|then|and|always|only|now|you|to|should|must|can|could|would|will|may|shall|bot|agent|assistant|us|bitte|dann|und|nur|merci de|veuillez|por favor|y|et)\s)(?:${SAY})(?!\p{L})`,
  'gu',
);
const QUOTED =
  /"([^"\n]{1,600})"|(?<!\p{L})'([^'\n]{1,600})'(?!\p{L})|\x60{1,3}([^\x60]{1,600})\x60{1,3}/gu;
const REST =
  /(?::|(?<!\p{L})(?:that|dass|que|что|exactly|verbatim|word|words|phrase|sentence|line|wort|satz|wörtlich))(?!\p{L})\s?([^]{2,600})/u;
const SHOUTED = /(?<![\p{L}\p{N}_-])\p{Lu}{4,40}(?![\p{L}\p{N}_-])/gu;
const BARE =
  /^[\s,]{0,3}(?!(?:the|a|an|me|us|when|what|who|how|if|whether|to|on|in|here|about|this|it|your|for|by|with|den|die|das|der|mir|uns|wann|was|wer)(?!\p{L}))([^]{2,60}?)(?:[.!?\n]|$)/u;

const SMALL_WORDS = new Set(
  `the a an and or of to in on at for with by is are was were be been it its this that these those as from has have had you
  your i we our me us my he she his her they their there here will would can could should must not no yes please so do
  does did but if then than der die das und ist nicht ein eine mit von zu den des im auf für`.split(
    /\s+/,
  ),
);
const SHORT = 3;

/** Finds a phrase that an outside text tells us to say. */
export function dictatedIn({ folded, ground }: Material): string | null {
  const own = wordsOf(folded);
  const spoken = ` ${own.join(' ')} `;
  const clauses = clausesOf(folded).map(({ text }) => contentOf(text));
  for (const phrase of new Set(ground.texts.flatMap(dictations))) {
    const words = wordsOf(phrase);
    if (words.length === 0) continue;
    const isWhole = spoken.includes(` ${words.join(' ')} `);
    if (isWhole || (words.length > SHORT && isToldAgain(clauses, words))) {
      return `words that an outside text asked for, "${excerpt(phrase)}"`;
    }
  }
  return null;
}

// In other order and with other small words between it is still the same message.
function isToldAgain(clauses: readonly (readonly string[])[], phrase: readonly string[]): boolean {
  const told = new Set(phrase.filter((word) => !SMALL_WORDS.has(word)).map(stem));
  return clauses.some((clause) => {
    const shared = clause.filter((word) => told.has(word)).length;
    return shared >= 2 && shared * 5 >= clause.length * 4;
  });
}

function contentOf(clause: string): readonly string[] {
  return wordsOf(clause)
    .filter((word) => !SMALL_WORDS.has(word))
    .map(stem);
}

function stem(word: string): string {
  return word.length > 5 ? word.replace(/(?:ing|ed|es|s|e|en|t)$/u, '') : word;
}

function dictations(text: string): readonly string[] {
  const readable = readableText(text);
  const hidden = [
    tagsAsLetters(text),
    rot13(readable),
    reversed(readable),
    ...(/[A-Za-z0-9+/_-]{16}/.test(text) ? base64Readings(text).filter(isProse) : []),
  ].map(readableText);
  const shouted = new Set((text.match(SHOUTED) ?? []).map((word) => word.toLowerCase()));
  return [readable, ...hidden].flatMap((one) => phrasesOf(one, shouted));
}

function isProse(reading: string): boolean {
  return /[a-z]{2,20} [a-z]{2,20} [a-z]{2,20}/i.test(reading);
}

function tagsAsLetters(text: string): string {
  const tags = text.match(/[\u{e0020}-\u{e007e}]/gu) ?? [];
  return tags.map((tag) => String.fromCodePoint((tag.codePointAt(0) ?? 0) - 0xe0000)).join('');
}

/** What a readable text dictates: what it quotes, announces or shouts after an order to say something. */
function phrasesOf(text: string, shouted: ReadonlySet<string>): readonly string[] {
  const orders = [...text.matchAll(ORDER)];
  const [first] = orders;
  if (first === undefined) return [];
  const after = text.slice(first.index);
  const quoted = [...after.matchAll(QUOTED)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const announced = orders.slice(0, 40).flatMap((order) => announcedAfter(text, order));
  const loud = wordsOf(after).filter((word) => shouted.has(word));
  return [...quoted, ...announced, ...loud].filter((phrase) => phrase.trim().length >= 2);
}

function announcedAfter(text: string, order: RegExpExecArray): readonly string[] {
  const at = order.index + order[0].length;
  const rest = text.slice(at, at + 600);
  const sentence = /^[^]{0,598}?(?:[.!?](?=\s|$)|\n\n|$)/u.exec(rest)?.[0] ?? '';
  const announced = REST.exec(sentence)?.[1];
  const lines =
    announced === undefined ? [] : (REST.exec(rest)?.[1] ?? '').split('\n').slice(0, 12);
  const parts = announced?.split(/,? (?:and|und|et|y) (?:that|dass|que) /) ?? [];
  const isDirect = /(?:say|answer|reply|respond|write|sag|schreibe?|antworte|dis|di)$/u.test(
    order[0],
  );
  const bare = isDirect ? (BARE.exec(sentence)?.[1] ?? '') : '';
  return [...(announced === undefined ? [] : [announced]), ...parts, ...lines, bare].map((one) =>
    one.replace(/["'\x60]/g, ' '),
  );
}
