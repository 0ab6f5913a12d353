/** The longest piece of outside text in a prompt. */
export const LONGEST_BLOCK = 6_000;

// What is not seen, or moves what is: controls, format characters (bidi, zero-width, tags), fillers, variation
// selectors, private use. Line feeds and tabs stay.
const UNSEEN =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g;

// Angle brackets and whatever looks like them would close a fence or open a token of a chat template.
const OPENING = /[<\uff1c\ufe64]/g;
const CLOSING = /[>\uff1e\ufe65]/g;

// Words that some models were trained to take for the change of a speaker.
const TURNS = /^([^\S\n]*(?:human|assistant|system|user|developer)):/gim;
const MARKS = /\[(?=\s{0,4}\/?\s{0,4}(?:INST|SYS|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS)\b)/gi;

/**
 * Outside text as data to look at: nothing invisible in it, no way to close the fence it stands in, no token of a chat
 * template. What a person can see stays readable.
 */
export function inert(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(LINE_ENDS, '\n')
    .replaceAll(UNSEEN, '')
    .replaceAll(OPENING, '‹')
    .replaceAll(CLOSING, '›')
    .replaceAll(MARKS, '[ ')
    .replaceAll(TURNS, '$1 :');
}

/** The same on one line without quotes, for a name or a label. */
export function inertLabel(text: string, limit = 300): string {
  const line = inert(text).replaceAll(/\s+/g, ' ').replaceAll('"', "'").trim();
  return line.length > limit ? `${line.slice(0, limit).toWellFormed()}…` : line;
}

/** At most `limit` characters, with how many were left out. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const left = text.length - limit;
  return `${text.slice(0, limit).toWellFormed()}\n[${left} more characters were left out]`;
}

interface Piece {
  /** Provenance, e.g. `jira:comment:10042`. */
  readonly id: string;
  /** What it is, who said it and when. */
  readonly about: string;
  readonly text: string;
}

/** A fenced block: everything outside stands in one, with where it came from. */
export function dataBlock({ id, about, text }: Piece, limit = LONGEST_BLOCK): string {
  const label = `id="${inertLabel(id)}" about="${inertLabel(about)}"`;
  return `<data ${label}>\n${inert(cut(text, limit))}\n</data>`;
}
