/**
 * PostgreSQL text cannot hold NUL, SQLite's can. So NUL travels as two characters, and reads back as NUL: what was
 * written is what is read, and two different keys stay different. Raw bodies are bytes and need none of this.
 */
const MARK = '\uFDD0';
const NUL = `${MARK}0`;
const MARK_ITSELF = `${MARK}1`;

/** Text as PostgreSQL can keep it. A half surrogate becomes U+FFFD, as in SQLite. */
export function toPostgresText(text: string): string {
  const marked = text.includes(MARK) ? text.replaceAll(MARK, MARK_ITSELF) : text;
  const whole = marked.includes('\0') ? marked.replaceAll('\0', NUL) : marked;
  return whole.toWellFormed();
}

/** The text that `toPostgresText` was given. */
export function fromPostgresText(kept: string): string {
  if (!kept.includes(MARK)) return kept;
  return kept.replaceAll(NUL, '\0').replaceAll(MARK_ITSELF, MARK);
}
