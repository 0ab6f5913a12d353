import type { Material } from './ground.ts';
import { FIRST_NAMES, ORDINARY, TITLE_WORDS } from './name-words.ts';
import { excerpt, wordsOf } from './readable-text.ts';

// Two or three capitalised words in a row, on one line.
const FULL_NAME =
  /(?<![\p{L}\p{N}_@#/.-])\p{Lu}[\p{Ll}'-]{1,30}(?: \p{Lu}[\p{Ll}'-]{1,30}){1,3}(?![\p{L}\p{N}_])/gu;
const CAPITALISED = /(?<![\p{L}\p{N}_@#/.-])\p{Lu}[\p{Ll}]{2,30}(?![\p{L}\p{N}_])/gu;
const GERMAN =
  /(?<!\p{L})(?:und|der|die|das|ist|nicht|ein|eine|mit|auf|wird|wurde|soll|nur|im|steht|hat|noch|für|von|zu|wer|wie|was|welche|bitte|den|dem|des|sind|bei|ich|wir|sie)(?!\p{L})/giu;

/** Finds a person of the team who is not named in the context, or a full name that nobody knows. */
export function unknownPersonIn(material: Material): string | null {
  const wrong = absentMember(material) ?? strangeName(material);
  return wrong === null ? null : `"${excerpt(wrong)}" is not named in the facts`;
}

function absentMember({ seen, known, ground }: Material): string | null {
  const parts = new Set(ground.names.flatMap((name) => wordsOf(name.toLowerCase())));
  const capital = new Set((seen.match(CAPITALISED) ?? []).map((word) => word.toLowerCase()));
  for (const word of wordsOf(seen)) {
    const lower = word.toLowerCase();
    if (lower.length < 3 || known.has(lower) || !parts.has(lower) || ORDINARY.has(lower)) continue;
    // Small letters are a name only where nothing else is meant, as in an account name.
    if (capital.has(lower) || ground.names.includes(lower)) return word;
  }
  return null;
}

function strangeName({ seen, known, ground }: Material): string | null {
  const names = new Set(ground.names.flatMap((name) => wordsOf(name.toLowerCase())));
  const isKnown = (word: string) => known.has(word) || names.has(word);
  const first = (seen.match(CAPITALISED) ?? []).find((word) => {
    const lower = word.toLowerCase();
    return FIRST_NAMES.has(lower) && !isKnown(lower);
  });
  if (first !== undefined) return first;
  // German writes every noun with a capital, so only first names tell there.
  if ((seen.match(GERMAN) ?? []).length >= 2) return null;
  const full = (seen.match(FULL_NAME) ?? []).find((name) => {
    const words = wordsOf(name.toLowerCase());
    return !words.some((word) => TITLE_WORDS.has(word) || isKnown(word));
  });
  return full ?? null;
}
