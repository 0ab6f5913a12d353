import type { Change } from '../../domain/event.ts';
import { cleanText } from '../../lib/clean-text.ts';

const ITEMS_LIMIT = 100;
const VALUE_LIMIT = 1_000;

/** The changes of a changelog, from its raw items; items that do not fit are left out. */
export function changesOf(items: readonly unknown[]): Change[] {
  return items
    .slice(0, ITEMS_LIMIT)
    .map(changeOf)
    .filter((change) => change !== null);
}

function changeOf(item: unknown): Change | null {
  if (typeof item !== 'object' || item === null) return null;
  const field = fieldOf(item);
  if (field === null) return null;
  if (field === 'assignee') {
    // People are known by id; older captures keep the account id beside a user name.
    const from = text(item, 'tmpFromAccountId') ?? text(item, 'from');
    const to = text(item, 'tmpToAccountId') ?? text(item, 'to');
    return { field, from, to };
  }
  const from = text(item, 'fromString') ?? text(item, 'from');
  const to = text(item, 'toString') ?? text(item, 'to');
  return { field, from, to };
}

/** One line per item for people: names rather than ids, and never long. */
export function changeLines(items: readonly unknown[]): string[] {
  return items.slice(0, ITEMS_LIMIT).flatMap((item) => {
    if (typeof item !== 'object' || item === null) return [];
    const field = fieldOf(item);
    const from = shown(text(item, 'fromString'));
    return field === null ? [] : [`${field}: ${from} → ${shown(text(item, 'toString'))}`];
  });
}

/** Whether an entry of the history is about a field, by its id or its label; the id of a custom field may be given. */
export function isAbout(item: unknown, names: readonly (string | null)[]): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const said = [text(item, 'fieldId'), text(item, 'field')?.toLowerCase() ?? null];
  return said.some((name) => name !== null && names.includes(name));
}

/** What an entry of the history says, in the words that people read; an empty text is nothing. */
export function wordsOfItem(item: unknown): { from: string | null; to: string | null } {
  if (typeof item !== 'object' || item === null) return { from: null, to: null };
  const [from, to] = [text(item, 'fromString'), text(item, 'toString')];
  return { from: from === '' ? null : from, to: to === '' ? null : to };
}

function shown(value: string | null): string {
  return value === null || value === '' ? '(none)' : cleanText(value, 120);
}

// Labels change with case and language, so a field of the system goes by its id; a custom field's id says nothing.
function fieldOf(item: object): string | null {
  const id = text(item, 'fieldId');
  const label = text(item, 'field');
  const name = id === null || id.startsWith('customfield_') ? (label ?? id) : id;
  if (name === null || name === '') return null;
  return name.toLowerCase() === 'assignee' ? 'assignee' : name;
}

// `toString` is a method of every object: only an own key of the right type counts.
function text(item: object, name: string): string | null {
  const value: unknown = Object.hasOwn(item, name) ? Reflect.get(item, name) : null;
  return typeof value === 'string' ? cleanText(value, VALUE_LIMIT) : null;
}
