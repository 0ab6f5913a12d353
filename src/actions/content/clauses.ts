/** A piece of a sentence that can be true or false by itself. */
export interface Clause {
  readonly text: string;
  readonly isQuestion: boolean;
}

const SENTENCE = /[^.!?\n;…]{1,4000}(?:[.!?;…](?![\s\n]|$)[^.!?\n;…]{0,4000}){0,60}[.!?;…]{0,3}/gu;
const BREAK =
  /,\s|:\s|\s-{1,2}\s|\s(?:but|and|so|because|while|aber|und|weil|mais|et|pero|y)\s(?!so\s)/giu;

/** The clauses of a readable text, in order. A dot inside a word (`cart.js`) ends nothing. */
export function clausesOf(readable: string): readonly Clause[] {
  const sentences = readable.match(SENTENCE) ?? [];
  return sentences.flatMap((sentence) => {
    const isQuestion = sentence.trimEnd().endsWith('?');
    const pieces = sentence.split(BREAK).map((piece) => piece.trim());
    return pieces.filter((piece) => piece !== '').map((text) => ({ text, isQuestion }));
  });
}
