/** The part of the Atlassian Document Format that we write: plain words, line breaks, bullets, mentions. */
export interface AdfDocument {
  readonly version: 1;
  readonly type: 'doc';
  readonly content: readonly AdfBlock[];
}

interface AdfParagraph {
  readonly type: 'paragraph';
  readonly content: readonly AdfInline[];
}

type AdfBlock =
  AdfParagraph | { readonly type: 'bulletList'; readonly content: readonly AdfListItem[] };

interface AdfListItem {
  readonly type: 'listItem';
  readonly content: readonly AdfParagraph[];
}

type AdfInline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'hardBreak' }
  | { readonly type: 'mention'; readonly attrs: { readonly id: string } };

const LINE_ENDS = /\r\n?|[\u2028\u2029\v\f\u0085]/g;
// Controls, and the characters that reorder what a reader sees.
const UNSEEN =
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const MENTION = /\[~accountid:([A-Za-z0-9:_-]{1,128})\]/g;

/** Text as it will be shown: no control and bidi characters, no lone surrogates, `\n` as the only line end. */
export function plainText(text: string): string {
  return text.replace(LINE_ENDS, '\n').replace(UNSEEN, '').toWellFormed();
}

/**
 * Plain text as a document: paragraphs, line breaks, "- " lines as bullets; no markdown and no links. A mention
 * is made only of the account ids in `people`, any other stays literal and notifies nobody.
 */
export function textToAdf(text: string, people: ReadonlySet<string> = new Set()): AdfDocument {
  const paragraphs = plainText(text).split(/\n[ \t]*\n/);
  const content = paragraphs.flatMap((paragraph) => blocksOf(paragraph.split('\n'), people));
  return { version: 1, type: 'doc', content };
}

function blocksOf(lines: readonly string[], people: ReadonlySet<string>): AdfBlock[] {
  const runs: { readonly bullets: boolean; readonly lines: string[] }[] = [];
  for (const line of lines.filter((candidate) => candidate.trim() !== '')) {
    const bullets = /^- +\S/.test(line);
    const run = runs.at(-1);
    if (run?.bullets === bullets) run.lines.push(line);
    if (run?.bullets !== bullets) runs.push({ bullets, lines: [line] });
  }
  return runs.map((run) =>
    run.bullets ? listOf(run.lines, people) : paragraphOf(run.lines, people),
  );
}

function listOf(lines: readonly string[], people: ReadonlySet<string>): AdfBlock {
  const content = lines.map((line): AdfListItem => {
    return { type: 'listItem', content: [paragraphOf([line.slice(2)], people)] };
  });
  return { type: 'bulletList', content };
}

function paragraphOf(lines: readonly string[], people: ReadonlySet<string>): AdfParagraph {
  const content = lines.flatMap((line, index): AdfInline[] => {
    const words = inlineOf(line, people);
    return index === 0 ? words : [{ type: 'hardBreak' }, ...words];
  });
  return { type: 'paragraph', content };
}

function inlineOf(line: string, people: ReadonlySet<string>): AdfInline[] {
  const inline: AdfInline[] = [];
  let from = 0;
  for (const match of line.matchAll(MENTION)) {
    const [whole, id = ''] = match;
    if (!people.has(id)) continue;
    inline.push({ type: 'text', text: line.slice(from, match.index) });
    inline.push({ type: 'mention', attrs: { id } });
    from = match.index + whole.length;
  }
  inline.push({ type: 'text', text: line.slice(from) });
  // The schema refuses an empty text node.
  return inline.filter((node) => node.type !== 'text' || node.text !== '');
}
