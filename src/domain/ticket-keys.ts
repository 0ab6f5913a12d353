// Bounded, so that no text can make it slow: a letter, at most 19 more signs, a hyphen, at most 9 digits.
const CANDIDATE = /[A-Za-z][A-Za-z0-9_]{1,19}-[1-9][0-9]{0,8}/g;
const WORD = /[A-Za-z0-9_]/;
const MOST = 10;

/**
 * The tickets of known projects that a text names, in the order of their first mention, at most ten. Only known
 * projects count: `UTF-8` and `SHA-256` are no tickets (design.md section 10). In a branch name lower case counts as
 * well (`feature/ecd-123-rounding`). Linear in the length of the text.
 */
export function ticketKeys(text: string, projects: ReadonlySet<string>): readonly string[] {
  if (projects.size === 0) return [];
  const found = new Set<string>();
  for (const match of text.matchAll(CANDIDATE)) {
    const [candidate] = match;
    const end = match.index + candidate.length;
    const isWhole = !WORD.test(text.charAt(match.index - 1)) && !isWordOrNumber(text, end);
    const key = candidate.toUpperCase();
    if (isWhole && projects.has(key.slice(0, key.lastIndexOf('-')))) found.add(key);
    if (found.size === MOST) break;
  }
  return [...found];
}

// `ECD-1.5` is a version and `ECD-12x` a name, `ECD-12.` ends a sentence, `ECD-12-fix` and `ECD-12_fix` are branches.
function isWordOrNumber(text: string, at: number): boolean {
  const next = text.charAt(at);
  if (/[A-Za-z0-9]/.test(next)) return true;
  return next === '.' && /[0-9]/.test(text.charAt(at + 1));
}
