/*
 * Reading and writing the Atlassian Document Format. No library: those in the registry lose the ids of mentions,
 * leave table cells empty that the schema wants filled, or read markdown into text that must stay plain.
 */
import { cleanText } from '../../lib/clean-text.ts';

/** How much of a document is read. */
export interface ReadLimits {
  readonly nodes: number;
  readonly characters: number;
}

const READ_LIMITS: ReadLimits = { nodes: 20_000, characters: 20_000 };

interface Place {
  /** What a list item begins with here. */
  readonly bullet: string;
  readonly indent: string;
  /** Inside a table cell, where a new line would tear the row. */
  readonly cell: boolean;
}

// The work that remains, last first: a stack instead of recursion, since a document may be 3,000 levels deep.
type Work =
  | { readonly kind: 'node'; readonly node: object; readonly place: Place }
  | { readonly kind: 'text' | 'bullet'; readonly text: string }
  | { readonly kind: 'line'; readonly cell: boolean; readonly opens: boolean };

const BLOCKS = new Set([
  'paragraph',
  'heading',
  'codeBlock',
  'blockquote',
  'panel',
  'rule',
  'listItem',
  'taskItem',
  'decisionItem',
  'tableRow',
  'mediaSingle',
  'mediaGroup',
  'blockCard',
  'embedCard',
  'expand',
  'nestedExpand',
  'caption',
]);
const LISTS = new Set(['bulletList', 'orderedList', 'taskList', 'decisionList']);
const ITEMS = new Set(['listItem', 'taskItem', 'decisionItem']);
const CARDS = new Set(['inlineCard', 'blockCard', 'embedCard']);
const CELLS = new Set(['tableCell', 'tableHeader']);

/** The plain text of an ADF document. Takes any value, never throws, and says "[cut]" where it stopped. */
export function adfToText(document: unknown, limits: ReadLimits = READ_LIMITS): string {
  const out = new Lines(limits.characters);
  const start: Place = { bullet: '', indent: '', cell: false };
  const stack: Work[] = isObject(document) ? [{ kind: 'node', node: document, place: start }] : [];
  let nodes = 0;
  for (let work = stack.pop(); work !== undefined; work = stack.pop()) {
    nodes += work.kind === 'node' ? 1 : 0;
    if (out.full || nodes > limits.nodes) return `${out.text()}[cut]`;
    if (work.kind === 'text') out.add(work.text);
    if (work.kind === 'bullet') out.addBullet(work.text);
    if (work.kind === 'line') out.endLine(work);
    if (work.kind !== 'node') continue;
    for (const next of stepInto(work, limits.nodes - nodes).reverse()) stack.push(next);
  }
  return out.full ? `${out.text()}[cut]` : out.text();
}

/** What a body says, be it ADF, wiki text or nothing. */
export function bodyText(body: unknown): string | null {
  if (typeof body === 'string') return cleanText(body);
  return isObject(body) ? adfToText(body) : null;
}

class Lines {
  private readonly parts: string[] = [];
  private length = 0;
  private afterBullet = false;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get full(): boolean {
    return this.length > this.limit;
  }

  add(text: string): void {
    if (text === '') return;
    const kept = text.slice(0, this.limit + 1 - this.length);
    this.parts.push(kept);
    this.length += kept.length;
    this.afterBullet = false;
  }

  addBullet(text: string): void {
    this.add(text);
    this.afterBullet = true;
  }

  endLine(line: { readonly cell: boolean; readonly opens: boolean }): void {
    // The first paragraph of an item stands on the line of its bullet.
    if (line.opens && this.afterBullet) return;
    const last = this.parts.at(-1) ?? '\n';
    if (line.cell && !/\s$/.test(last.slice(-1))) this.add(' ');
    if (line.cell) return;
    if (last === ' ') this.parts.pop();
    if (!last.endsWith('\n')) this.add('\n');
  }

  text(): string {
    return cleanText(this.parts.join(''), this.limit).trimEnd();
  }
}

function stepInto(work: { node: object; place: Place }, room: number): Work[] {
  const { node, place } = work;
  const type = stringOf(node, 'type') ?? '';
  const own = leafText(node, type);
  const inner = own === null ? innerOf(work, room) : [{ kind: 'text', text: own } as const];
  const isCell = CELLS.has(type);
  const isBlock = BLOCKS.has(type) || isCell;
  if (!isBlock) return inner;
  const cell = place.cell || isCell;
  return [
    { kind: 'line', cell, opens: true },
    ...leadOf(node, { type, place }),
    ...inner,
    { kind: 'line', cell, opens: false },
  ];
}

function innerOf(work: { node: object; place: Place }, room: number): Work[] {
  const { node, place } = work;
  const type = stringOf(node, 'type') ?? '';
  return childrenOf(node, room).flatMap((child, index): Work[] => {
    const item: Work = { kind: 'node', node: child, place: placeOf({ node, type, place, index }) };
    return type === 'tableRow' && index > 0 ? [{ kind: 'text', text: '| ' }, item] : [item];
  });
}

// The bullet, box or title that stands before what a block holds.
function leadOf(node: object, at: { type: string; place: Place }): Work[] {
  if (at.type === 'expand' || at.type === 'nestedExpand') {
    const title = stringOf(attrsOf(node), 'title') ?? '';
    return [
      { kind: 'text', text: title },
      { kind: 'line', cell: at.place.cell, opens: false },
    ];
  }
  if (!ITEMS.has(at.type)) return [];
  const state = stringOf(attrsOf(node), 'state');
  const box = at.type === 'taskItem' ? (state === 'DONE' ? '[x] ' : '[ ] ') : '';
  return [{ kind: 'bullet', text: at.place.indent + (at.place.bullet || '- ') + box }];
}

function placeOf(at: { node: object; type: string; place: Place; index: number }): Place {
  const { node, type, place, index } = at;
  if (CELLS.has(type)) return { ...place, cell: true };
  if (type === 'orderedList') {
    const first: unknown = Reflect.get(attrsOf(node), 'order');
    return { ...place, bullet: `${(typeof first === 'number' ? first : 1) + index}. ` };
  }
  if (LISTS.has(type)) return { ...place, bullet: '- ' };
  // Deeper than a few levels an indent only costs room.
  if (ITEMS.has(type) && place.indent.length < 8) return { ...place, indent: `${place.indent}  ` };
  return place;
}

// The words of a node that holds no others, `null` for one that does.
function leafText(node: object, type: string): string | null {
  const attrs = attrsOf(node);
  if (type === 'text') return linkedText(node);
  if (type === 'hardBreak') return '\n';
  if (type === 'mention') {
    const id = stringOf(attrs, 'id');
    return id === null ? (stringOf(attrs, 'text') ?? '') : `[~accountid:${id}]`;
  }
  if (type === 'emoji') return stringOf(attrs, 'text') ?? stringOf(attrs, 'shortName') ?? '';
  if (type === 'date') return dateText(Reflect.get(attrs, 'timestamp'));
  if (type === 'status' || type === 'placeholder') return stringOf(attrs, 'text') ?? '';
  if (type === 'media' || type === 'mediaInline') return '[attachment]';
  if (CARDS.has(type)) return stringOf(attrs, 'url') ?? '';
  return type === 'rule' ? '---' : null;
}

function linkedText(node: object): string {
  const text = stringOf(node, 'text') ?? '';
  const marks: unknown = Reflect.get(node, 'marks');
  if (!Array.isArray(marks)) return text;
  const link = marks
    .slice(0, 20)
    .filter(isObject)
    .find((mark) => stringOf(mark, 'type') === 'link');
  const href = link === undefined ? null : stringOf(attrsOf(link), 'href');
  return href === null || href === text ? text : `${text} (${href})`;
}

function dateText(timestamp: unknown): string {
  const at = new Date(Number(typeof timestamp === 'string' ? timestamp : NaN));
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 10);
}

function childrenOf(node: object, room: number): object[] {
  const content: unknown = Reflect.get(node, 'content');
  return Array.isArray(content) ? content.slice(0, room + 1).filter(isObject) : [];
}

function attrsOf(node: object): object {
  const attrs: unknown = Reflect.get(node, 'attrs');
  return isObject(attrs) ? attrs : {};
}

function stringOf(node: object, name: string): string | null {
  const value: unknown = Object.hasOwn(node, name) ? Reflect.get(node, name) : null;
  return typeof value === 'string' ? value : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
