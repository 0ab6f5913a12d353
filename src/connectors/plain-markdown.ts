// Controls, and marks that are not seen or turn the direction of writing around. Line feeds and tabs stay.
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const LINE_ENDS = /\r\n?/g;

// An address is shown as it is: hosts are judged elsewhere, and a backslash would make it another one.
const PIECES =
  /(?<url>https?:\/\/[^\s<>`[\]"'|\\]{1,2000})|(?<call>(?<![\w.+-])@[A-Za-z0-9](?:[\w./-]{0,100}\w)?|@\{[^{}`\n]{1,130}\})/g;
const SIGNS = /[\\`*_[\]|~]/g;
const LEADING = /^([ \t]*)(#{1,6}(?=\s)|\/(?=[A-Za-z])|[!.](?=[A-Za-z]))/gm;

/**
 * Plain text as Markdown that shows it as it is: no tags, pictures, links with other words, formatting, mentions or commands.
 * Bullets and bare addresses stay what they look like. Linear in the length.
 */
export function plainMarkdown(text: string): string {
  const shown = text.toWellFormed().replace(LINE_ENDS, '\n').replace(UNSEEN, '');
  const inert: string[] = [];
  let from = 0;
  for (const match of shown.matchAll(PIECES)) {
    inert.push(escaped(shown.slice(from, match.index)), shownPiece(match));
    from = match.index + match[0].length;
  }
  inert.push(escaped(shown.slice(from)));
  return inert.join('').replace(LEADING, '$1\\$2');
}

/** Nobody is called from within code. */
function shownPiece({ groups, 0: whole }: RegExpExecArray): string {
  return groups?.['call'] === undefined ? whole : `\`${whole}\``;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(SIGNS, '\\$&');
}
