import type { Material } from './ground.ts';
import { excerpt, wordsOf } from './readable-text.ts';

const RUN = 4;
const LONGEST = 200;
// So many other words between two repeated runs do not make it our own.
const GAP = 3;

/** Finds more than 200 characters that are repeated, nearly word for word, from one outside text. */
export function repeatIn({ folded, texts, facts }: Material): string | null {
  if (folded.length <= LONGEST) return null;
  const words = wordsOf(folded);
  const stated = new Set(facts.flatMap(runsOf));
  for (const text of texts.filter((one) => one.length > LONGEST)) {
    const runs = new Set(runsOf(text));
    const long = longestStretch(words, (run) => runs.has(run) && !stated.has(run));
    if (long !== null) return `a long piece of outside text, "${excerpt(long)}"`;
  }
  return null;
}

function runsOf(text: string): readonly string[] {
  const words = wordsOf(text);
  return words.map((_word, at) => words.slice(at, at + RUN).join(' ')).slice(0, 1 - RUN);
}

function longestStretch(
  words: readonly string[],
  isRepeated: (run: string) => boolean,
): string | null {
  let start = 0;
  let end = 0;
  for (let at = 0; at + RUN <= words.length; at += 1) {
    if (!isRepeated(words.slice(at, at + RUN).join(' '))) continue;
    if (at > end + GAP) start = at;
    end = at + RUN;
    const stretch = words.slice(start, end);
    if (stretch.length * 2 > LONGEST / 4 && stretch.join(' ').length > LONGEST)
      return stretch.join(' ');
  }
  return null;
}
