import { ticketKeys } from '../domain/ticket-keys.ts';

/** A change that somebody asks for in so many words. */
export type Request =
  | { readonly kind: 'sprint'; readonly key: string; readonly sprint: string }
  | { readonly kind: 'status'; readonly key: string; readonly to: string }
  | { readonly kind: 'assignee'; readonly key: string; readonly who: string }
  | { readonly kind: 'priority'; readonly key: string; readonly priority: string }
  | { readonly kind: 'close'; readonly key: string };

const LONGEST = 500;
const KEY = String.raw`(?<key>[A-Za-z][A-Za-z0-9_]{1,19}-\d{1,9}|it|this|this (?:ticket|issue))`;
const SPRINT = String.raw`(?<sprint>next|current|this|active|upcoming|\d{1,6})`;

const PATTERNS: readonly (readonly [RegExp, (found: Found) => Request])[] = [
  [
    new RegExp(
      String.raw`\b(?:move|put|pull|plan)\s+${KEY}\s+(?:in)?to\s+(?:the\s+)?${SPRINT}\s+sprint\b`,
      'i',
    ),
    ({ key, sprint }) => ({ kind: 'sprint', key, sprint: sprint.toLowerCase() }),
  ],
  [
    new RegExp(
      String.raw`\b(?:move|put|pull|plan)\s+${KEY}\s+(?:in)?to\s+sprint\s+#?(?<sprint>\d{1,6})\b`,
      'i',
    ),
    ({ key, sprint }) => ({ kind: 'sprint', key, sprint }),
  ],
  [
    new RegExp(
      String.raw`\bassign\s+${KEY}\s+to\s+(?<who>@?\p{L}[\p{L}\p{M}'’.-]{0,40}(?:\s\p{Lu}[\p{L}\p{M}'’.-]{0,40})?)`,
      'iu',
    ),
    ({ key, who }) => ({ kind: 'assignee', key, who }),
  ],
  [
    new RegExp(
      String.raw`\bset\s+(?:the\s+)?priority\s+(?:of|for|on)\s+${KEY}\s+to\s+(?<priority>\w{1,20})`,
      'i',
    ),
    ({ key, priority }) => ({ kind: 'priority', key, priority }),
  ],
  [
    new RegExp(String.raw`\bclose\s+${KEY}(?!\s*\?)(?=[\s.,!]|$)`, 'i'),
    ({ key }) => ({ kind: 'close', key }),
  ],
  [
    new RegExp(
      String.raw`\b(?:move|set|transition)\s+${KEY}\s+to\s+["“']?(?<to>\p{L}[\p{L} ]{1,30}\p{L})["”']?`,
      'iu',
    ),
    ({ key, to }) => ({ kind: 'status', key, to }),
  ],
];

type Found = Readonly<Record<'key' | 'sprint' | 'who' | 'priority' | 'to', string>>;

// A question about a change, or talk of one, is no request for it.
const ASKING = /\b(?:should|shall|when|why|what if|who|did|is it ok|would it)\b|\bno action\b/i;

/**
 * The change that a message asks for, `null` for anything else. Only the plainest forms count: what has to be guessed
 * is left to people. Keys must belong to known projects; "it" is the ticket that the message stands on. Linear.
 */
export function requestIn(
  text: string,
  given: { readonly projects: ReadonlySet<string>; readonly here: string | null },
): Request | null {
  const words = text.slice(0, LONGEST);
  if (ASKING.test(words)) return null;
  for (const [pattern, make] of PATTERNS) {
    const groups = pattern.exec(words)?.groups;
    if (groups === undefined) continue;
    const named = groups['key'] ?? '';
    const key = named.includes('-') ? ticketKeys(named, given.projects)[0] : given.here;
    if (key !== undefined && key !== null) return make({ ...EMPTY, ...groups, key });
  }
  return null;
}

const EMPTY: Found = { key: '', sprint: '', who: '', priority: '', to: '' };
