import type { Clause } from './clauses.ts';
import { clausesOf } from './clauses.ts';
import type { Outcome } from './claim-words.ts';
import { HOLLOW, LURES, NEGATED, OPEN, OUTCOMES } from './claim-words.ts';
import type { Material } from './ground.ts';
import { excerpt, wordsOf } from './readable-text.ts';

const ITEM = /(?<![\p{L}\p{N}_-])[a-z][a-z0-9_]{1,19}-[1-9]\d{0,8}(?!\d)|[#!]\d{1,9}(?!\d)/gu;
// Deeds that only the record of our actions can show.
const OWN_DEED =
  /(?<!\p{L})i(?:'ve|'ll)?(?: have| had| will| just| now| also| already| am| going to){0,4} (?:moved?|moving|closed?|closing|assign(?:ed)?|reassign(?:ed)?|set|changed?|deleted?|merged?|approved?|updated?|created?|removed?|transition(?:ed)?|disabled?|enabled?|scheduled?|remember(?:ed)?|stored?|saved?|sent|granted?|escalated?)(?!\p{L})/u;

// After these words comes where something went.
const GOAL = / (?:to|now|is|auf|an)$/;
const BARE_YES =
  /^[^\p{L}]{0,9}(?:yes|yep|ok|okay|sure|agreed|affirmative|ja|oui|sí|si|sim|да|はい|好的|是)[^\p{L}]{0,9}$/u;
// How far before an outcome a condition or a negation still rules it.
const CONDITION_REACH = 6;
const NEGATION_REACH = 4;
const ROLES = new Set([
  'qa',
  'security',
  'legal',
  'management',
  'leadership',
  'finance',
  'customer',
  'audit',
]);

interface Evidence {
  readonly material: Material;
  readonly names: ReadonlySet<string>;
  /** Facts that bear out an outcome, found once. */
  readonly supporting: Map<Outcome, readonly string[]>;
}

/** Finds a statement of an outcome that no fact of a system bears out. */
export function unsupportedClaimIn(material: Material): string | null {
  if (BARE_YES.test(material.folded)) return 'a bare yes';
  const names = new Set(material.ground.names.flatMap((name) => wordsOf(name.toLowerCase())));
  const evidence: Evidence = { material, names, supporting: new Map() };
  for (const clause of clausesOf(material.folded)) {
    if (clause.isQuestion) continue;
    const what = claimOf(clause, evidence);
    if (what !== null && !isQuoted(clause.text, material.facts)) {
      return `${what} that no fact bears out: "${excerpt(clause.text)}"`;
    }
  }
  return null;
}

/** Finds a request for credentials or advice to fetch, run or buy something that no fact holds. */
export function lureIn({ folded, facts }: Material): string | null {
  for (const [what, pattern] of LURES) {
    const match = pattern.exec(folded);
    if (match === null || facts.some((fact) => fact.includes(match[0]))) continue;
    return `${what}, "${excerpt(match[0])}"`;
  }
  return null;
}

/** True when a fact says exactly this, in at least three words. */
export function isQuoted(clause: string, facts: readonly string[]): boolean {
  return (
    wordsOf(clause).length >= 3 && facts.some((fact) => fact.includes(clause.replace(/[.!]$/, '')))
  );
}

function claimOf(clause: Clause, evidence: Evidence): string | null {
  if (OWN_DEED.test(clause.text)) return 'a deed of ours';
  for (const outcome of OUTCOMES) {
    const match = outcome.claim.exec(clause.text);
    if (match === null) continue;
    const before = clause.text.slice(0, match.index);
    if (isOpen(before, match[0])) continue;
    const after = clause.text.slice(match.index + match[0].length);
    const goal = GOAL.test(match[0]) ? goalOf(after) : '';
    if (!isSupported(outcome, { clause: clause.text, goal }, evidence)) return outcome.what;
  }
  return null;
}

function goalOf(after: string): string {
  return wordsOf(after).find((word) => !/^(?:the|a|an|in|at|on|status)$/.test(word)) ?? '';
}

function isOpen(before: string, outcome: string): boolean {
  // "Please note that it is solved" is no wish: what counts begins after "that".
  const own = before.replace(/^.*(?<!\p{L})(?:that|dass|que)(?!\p{L})/su, '').replace(HOLLOW, '');
  // A state of calm is stated by a negation, so a negation before it opens nothing.
  const isCalm = /^(?:no|not|nothing|nicht|kein|mode|override)(?!\p{L})/u.test(outcome);
  const words = own.split(' ').filter((word) => word !== '');
  if (OPEN.test(words.slice(-CONDITION_REACH).join(' '))) return true;
  return !isCalm && NEGATED.test(words.slice(-NEGATION_REACH).join(' '));
}

interface Said {
  readonly clause: string;
  /** The first word of where something went, else empty. */
  readonly goal: string;
}

function isSupported(outcome: Outcome, { clause, goal }: Said, evidence: Evidence): boolean {
  const items = itemsIn(clause, evidence.material);
  const people = wordsOf(clause).filter(
    (word) => ROLES.has(word) || (word.length >= 3 && evidence.names.has(word)),
  );
  return supportersOf(outcome, evidence).some(
    (fact) =>
      isAbout(fact, items, evidence.material) &&
      fact.includes(goal) &&
      people.every((name) => fact.includes(name)),
  );
}

function supportersOf(outcome: Outcome, { material, supporting }: Evidence): readonly string[] {
  const kept = supporting.get(outcome);
  if (kept !== undefined) return kept;
  const found = material.facts.filter((fact) => {
    const match = outcome.support.exec(fact);
    return match !== null && !NEGATED.test(fact.slice(0, match.index));
  });
  supporting.set(outcome, found);
  return found;
}

// A fact that names no item speaks of the subject of the cycle.
function isAbout(fact: string, items: readonly string[], material: Material): boolean {
  const named = itemsIn(fact, material);
  const subjects = (material.ground.subject ?? []).map((one) => one.toLowerCase());
  const isSubject = (item: string) =>
    subjects.some((one) => one === item || one.endsWith(item.replace(/^[#!]/, '/')));
  if (items.length === 0) {
    return subjects.length === 0 || named.every((item) => isSubject(item));
  }
  return items.every((item) => named.includes(item) || (named.length === 0 && isSubject(item)));
}

// Only keys of known projects are items; `sprint-42` and `utf-8` are not.
function itemsIn(text: string, { ground }: Material): readonly string[] {
  const projects = ground.projects.map((key) => key.toLowerCase());
  return (text.match(ITEM) ?? []).filter((item) => {
    const project = item.slice(0, item.lastIndexOf('-'));
    return /^[#!]/.test(item) || projects.length === 0 || projects.includes(project);
  });
}
