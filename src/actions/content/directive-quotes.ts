import { base64Readings, hexReadings, reversed, rot13, unescaped } from './decodings.ts';
import type { Material } from './ground.ts';
import { excerpt, readableText, wordsOf } from './readable-text.ts';

// Eight words in a row are no chance.
const RUN = 8;

/** Finds eight words in a row of the directives, also backwards or encoded. */
export function directiveQuoteIn({ seen, folded, ground }: Material): string | null {
  const runs = new Set(runsOf(wordsOf(readableText(ground.directives))));
  if (runs.size === 0) return null;
  const disguised = [
    reversed(folded),
    rot13(folded),
    unescaped(seen),
    ...base64Readings(seen),
    ...hexReadings(seen),
  ];
  for (const text of [folded, ...disguised.filter(isProse).map(readableText)]) {
    const found = runsOf(wordsOf(text)).find((run) => runs.has(run));
    if (found !== undefined) return `words of the directives: "${excerpt(found.slice(0, 24))}"`;
  }
  return null;
}

function isProse(reading: string): boolean {
  return /[a-z]{2,20}\s{1,3}[a-z]{1,20}\s{1,3}[a-z]{1,20}/i.test(reading);
}

function runsOf(words: readonly string[]): readonly string[] {
  return words.slice(0, Math.max(0, words.length - RUN + 1)).map((_word, at) => {
    return words.slice(at, at + RUN).join(' ');
  });
}
