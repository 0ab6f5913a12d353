import type { Change } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';

/** What the readers of a subject may be told: what a system says by itself, and what people have written into it. */
export interface Sorted {
  /** Ground for claims. */
  readonly stated: readonly string[];
  /** Ground for names, numbers and dates, never for a claim. */
  readonly written: readonly string[];
}

// Kinds of facts whose values come from lists of the system itself. Any other kind may hold a person's words: titles,
// branches, labels, sprints, errors and topics are all typed in by somebody.
const STATED: ReadonlySet<string> = new Set([
  'assignee',
  'assignees',
  'author',
  'build',
  'checks',
  'count',
  'draft',
  'due',
  'level',
  'priority',
  'reviewers',
  'seen',
  'state',
  'status',
  'urgency',
]);

const STATED_FIELDS: ReadonlySet<string> = new Set([
  'assignee',
  'draft',
  'flagged',
  'impediment',
  'priority',
  'resolution',
  'reviewer',
  'state',
  'status',
]);

/** Sorts facts by who speaks in them. A change tells of several fields at once, a review ends with its remark. */
export function sortFacts(facts: readonly Fact[]): Sorted {
  const sorted = facts.map(sortFact);
  return {
    stated: sorted.flatMap(({ stated }) => stated),
    written: sorted.flatMap(({ written }) => written),
  };
}

/** The same for the changes of an event. */
export function sortChanges(changes: readonly Change[]): Sorted {
  const lines = changes.map(({ field, to }) => ({ field, line: `${field}: ${to ?? 'none'}` }));
  const isStated = ({ field }: { field: string }) => STATED_FIELDS.has(field.toLowerCase());
  return {
    stated: lines.filter(isStated).map(({ line }) => line),
    written: lines.filter((one) => !isStated(one)).map(({ line }) => line),
  };
}

function sortFact({ kind, text }: Fact): Sorted {
  if (STATED.has(kind)) return { stated: [text], written: [] };
  if (kind === 'change') return sortLines(text.split('; '));
  if (kind === 'review') return cutRemark(text);
  return { stated: [], written: [text] };
}

/** A line without a field is a deed (`Mia Berg approved`). */
function sortLines(lines: readonly string[]): Sorted {
  const isStated = (line: string): boolean => {
    const colon = line.indexOf(':');
    return colon < 0 || STATED_FIELDS.has(line.slice(0, colon).trim().toLowerCase());
  };
  return {
    stated: lines.filter(isStated),
    written: lines.filter((line) => !isStated(line)),
  };
}

function cutRemark(text: string): Sorted {
  const colon = text.indexOf(':');
  return colon < 0
    ? { stated: [text], written: [] }
    : { stated: [text.slice(0, colon)], written: [text.slice(colon + 1)] };
}
