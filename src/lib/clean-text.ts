/** The longest text of a message that is kept. */
const TEXT_LIMIT = 20_000;
/** The longest title of an event. */
const TITLE_LIMIT = 200;

/** Text that any store and any prompt can take: no NUL, no lone surrogates, at most `limit` characters. */
export function cleanText(text: string, limit: number = TEXT_LIMIT): string {
  // Cut before the rest, so that the work is bounded; well-formed last, since a cut may halve a pair.
  const kept = text.length > limit ? text.slice(0, limit) : text;
  return kept.replaceAll('\0', '').toWellFormed();
}

/** One line of at most 200 characters. */
export function titleOf(text: string): string {
  return cleanText(text, TITLE_LIMIT).replace(/\s+/g, ' ').trim();
}
