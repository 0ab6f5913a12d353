import { latinText, readableText, visibleText, wordsOf } from './readable-text.ts';

/** What may be said where. */
export interface Ground {
  /** Outside text that the readers of the target may see: ground for keys, numbers, names and dates, never for claims. */
  readonly texts: readonly string[];
  /** What systems state (status, assignee, reviews, checks): ground for claims too. */
  readonly facts: readonly string[];
  /** Names and account names of known people, of the team and of this subject. */
  readonly names: readonly string[];
  /** Known ticket project keys. */
  readonly projects: readonly string[];
  /** Names of the agent, e.g. `pm-agent`. */
  readonly ownNames: readonly string[];
  /** Hosts that may be linked to, with or without a port; `*.harbor.example` stands for all below it. */
  readonly linkHosts: readonly string[];
  /** Literal secrets of this process. Never logged, never in a reason. */
  readonly secrets: readonly string[];
  /** The text of the directives, which is not quoted. */
  readonly directives: string;
  /** What the subject is called, e.g. `ECD-12`: a fact that names no item speaks of it. */
  readonly subject?: readonly string[];
  readonly now: number;
  /** IANA zones in which instants of the ground may be told, besides UTC. */
  readonly zones?: readonly string[];
}

/** One objection to a text; the reason never holds a secret. */
export interface ContentFinding {
  readonly check: string;
  readonly answer: 'deny' | 'ask';
  readonly reason: string;
}

/** The words and their ground in the forms that the checks compare. */
export interface Material {
  readonly words: string;
  /** As a reader sees it, with its case. */
  readonly seen: string;
  readonly folded: string;
  readonly ground: Ground;
  /** Readable texts and facts, one each; a fact that only quotes a free field is a text. */
  readonly texts: readonly string[];
  readonly facts: readonly string[];
  /** All that is ground for names and numbers, visible, with its case. */
  readonly all: string;
  readonly allFolded: string;
  /** The words of it. */
  readonly known: ReadonlySet<string>;
}

/** One check: what it finds wrong, as a short description without the name of the check; `null` is fine. */
export type Look = (material: Material) => string | null;

// A system states that such a field has changed, but what it holds are the words of a person.
const FREE_FIELD =
  /(?:^|; )(?:summary|description|title|body|comment|environment|reason|message|goal|name|acceptance criteria)(?: changed)?(?::| ->)/;

/** Prepares words and ground once for all checks. Linear in their length. */
export function materialOf(words: string, ground: Ground): Material {
  const seen = visibleText(words);
  const all = visibleText([...ground.texts, ...ground.facts, ...(ground.subject ?? [])].join('\n'));
  const allFolded = all.toLowerCase();
  const facts = ground.facts.map(readableText);
  return {
    words,
    seen,
    folded: seen.toLowerCase(),
    ground,
    texts: [...ground.texts.map(readableText), ...facts.filter((fact) => FREE_FIELD.test(fact))],
    facts: facts.filter((fact) => !FREE_FIELD.test(fact)),
    all,
    allFolded,
    known: new Set(wordsOf(allFolded)),
  };
}

/** Compares names of people, hosts and bots whatever script draws them. */
export function likeness(text: string): string {
  return latinText(visibleText(text)).toLowerCase();
}
