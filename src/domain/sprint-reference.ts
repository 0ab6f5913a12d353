import { z } from 'zod';

/** A sprint as people name it in a message. */
export const SprintReference = z.union([
  z.object({ kind: z.literal('number'), number: z.int() }),
  z.object({ kind: z.enum(['current', 'next', 'last']) }),
]);
export type SprintReference = z.infer<typeof SprintReference>;

/** The reference in words: `sprint 24`, `the current sprint`. */
export function sprintWords(reference: SprintReference): string {
  return reference.kind === 'number'
    ? `sprint ${reference.number}`
    : `the ${reference.kind} sprint`;
}

const WORDS: ReadonlyMap<string, 'current' | 'next' | 'last'> = new Map([
  ['current', 'current'],
  ['this', 'current'],
  ['active', 'current'],
  ['running', 'current'],
  ['ongoing', 'current'],
  ['next', 'next'],
  ['upcoming', 'next'],
  ['coming', 'next'],
  ['last', 'last'],
  ['previous', 'last'],
  ['past', 'last'],
]);

// Words of at most 40 signs; what stands between them counts, since a sentence that ends ends the phrase as well.
const TOKEN = /[\p{L}\p{N}_'’-]{1,40}|[.!?;:\n#]/gu;
const SPRINT = /^sprints?$/i;
const NUMBERED = /^sprint-?(\d{1,4})$/i;
const NUMBER = /^\d{1,4}$/;
const MOST = 5;

/**
 * Sprints that a text refers to, at the level of phrases: "sprint 24", "sprint #24", "Sprint-24", "the current sprint",
 * "next sprint". A sprint that is only a word ("let us sprint 3 times", "a sprint of 5 km", "sprint backlog 24") is none,
 * nor is a link or a part of a name. At most five, linear in the length of the text.
 */
export function sprintReferences(text: string): readonly SprintReference[] {
  const tokens = (text.match(TOKEN) ?? []).map((token) => token.toLowerCase());
  const found = new Map<string, SprintReference>();
  tokens.forEach((token, at) => {
    const reference = referenceAt(tokens, { token, at });
    if (reference === null || found.size === MOST) return;
    found.set(JSON.stringify(reference), reference);
  });
  return [...found.values()];
}

interface Place {
  readonly token: string;
  readonly at: number;
}

function referenceAt(tokens: readonly string[], { token, at }: Place): SprintReference | null {
  const joined = NUMBERED.exec(token)?.[1];
  if (joined !== undefined) return { kind: 'number', number: Number(joined) };
  if (!SPRINT.test(token)) return null;
  return numberAfter(tokens, at) ?? wordBefore(tokens, at);
}

// What follows the number says whether it counts sprints or something else: "sprint 3 times", "sprint 5 km".
const UNITS = new Set(
  (
    'times time km m meters metres miles minutes min minute hours hour h days day weeks week points point ' +
    'people persons tickets issues rounds laps percent years months'
  ).split(' '),
);
const VERB_BEFORE = new Set(
  "to can could will would let's lets must should we i you they he she who us not don't did do".split(
    ' ',
  ),
);

function numberAfter(tokens: readonly string[], at: number): SprintReference | null {
  const hash = tokens[at + 1] === '#' ? 1 : 0;
  const number = tokens[at + 1 + hash] ?? '';
  if (tokens[at] !== 'sprint' || !NUMBER.test(number)) return null;
  if (UNITS.has(tokens[at + 2 + hash] ?? '')) return null;
  if (VERB_BEFORE.has(tokens[at - 1] ?? '')) return null;
  return { kind: 'number', number: Number(number) };
}

function wordBefore(tokens: readonly string[], at: number): SprintReference | null {
  const kind = WORDS.get(tokens[at - 1] ?? '');
  if (kind === undefined || tokens[at] !== 'sprint') return null;
  // "finish this sprint to the bus": a verb follows "sprint" only where no sprint is meant.
  return tokens[at + 1] === 'to' || tokens[at + 1] === 'finish' ? null : { kind };
}
