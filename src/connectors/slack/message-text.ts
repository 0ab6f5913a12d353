import { cleanText } from '../../lib/clean-text.ts';
import type { Message } from './payload.ts';
import { plainText } from './plain-text.ts';

const NODES = 500;
const DEPTH = 8;

/** What a message says, in plain text. Where `text` is empty, what its blocks, attachments or files say. */
export function messageText(message: Message): string {
  const own = message.text ?? '';
  if (own.trim() !== '') return plainText(own);
  const walk: Walk = { pieces: [], left: NODES };
  visit(walk, message.blocks, 0);
  visit(walk, message.attachments, 0);
  if (walk.pieces.length === 0) visit(walk, message.files, 0);
  const lines = walk.pieces.map((piece) => plainText(piece)).filter((piece) => piece !== '');
  return cleanText(lines.join('\n'));
}

interface Walk {
  readonly pieces: string[];
  left: number;
}

// Every node that can be seen costs one of the budget, so that no nesting is followed without end.
function visit(walk: Walk, node: unknown, depth: number): void {
  if (depth > DEPTH || walk.left <= 0 || typeof node !== 'object' || node === null) return;
  walk.left -= 1;
  if (Array.isArray(node)) {
    node.slice(0, NODES).forEach((one) => visit(walk, one, depth + 1));
    return;
  }
  const piece = pieceOf(node);
  if (piece !== null) walk.pieces.push(piece);
  if (field(node, 'type') === 'rich_text_section') {
    walk.pieces.push(sectionOf(walk, node));
    return;
  }
  for (const name of ['text', 'elements', 'fields', 'blocks']) {
    visit(walk, Object.hasOwn(node, name) ? Reflect.get(node, name) : null, depth + 1);
  }
}

/** The parts of one line are written without a break between them. */
function sectionOf(walk: Walk, node: object): string {
  const elements: unknown = Object.hasOwn(node, 'elements') ? Reflect.get(node, 'elements') : null;
  if (!Array.isArray(elements)) return '';
  const taken = elements.slice(0, Math.max(0, walk.left));
  walk.left -= taken.length;
  return taken.map((one: unknown) => inlineOf(one)).join('');
}

function inlineOf(node: unknown): string {
  if (typeof node !== 'object' || node === null) return '';
  const told = (name: string): string => field(node, name) ?? '';
  switch (told('type')) {
    case 'user':
      return `<@${told('user_id')}>`;
    case 'channel':
      return `<#${told('channel_id')}>`;
    case 'broadcast':
      return `@${told('range')}`;
    case 'emoji':
      return `:${told('name')}:`;
    case 'link':
      return told('text') === '' ? told('url') : `${told('text')} (${told('url')})`;
    default:
      return escaped(told('text'));
  }
}

// In rich text the words are as they were typed; escaped, they pass `plainText` unchanged.
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const SPOKEN = new Set(['mrkdwn', 'plain_text']);

function pieceOf(node: object): string | null {
  const type = field(node, 'type') ?? '';
  if (SPOKEN.has(type)) return field(node, 'text');
  // An attachment has no type but a fallback; a file has a name.
  const fallback = field(node, 'fallback') ?? field(node, 'pretext');
  if (fallback !== null) return fallback;
  return field(node, 'mimetype') === null ? null : (field(node, 'title') ?? field(node, 'name'));
}

function field(node: object, name: string): string | null {
  const value: unknown = Object.hasOwn(node, name) ? Reflect.get(node, name) : null;
  return typeof value === 'string' && value !== '' ? value : null;
}
