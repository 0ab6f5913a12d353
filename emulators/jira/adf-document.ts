/** A node of an Atlassian Document Format tree. */
interface AdfNode {
  readonly type: string;
  readonly text?: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly content?: readonly AdfNode[];
  readonly marks?: readonly { readonly type: string; readonly attrs?: object }[];
}

/** A whole document, as REST v3 takes and gives it. */
export interface AdfDocument {
  readonly version: 1;
  readonly type: 'doc';
  readonly content: readonly AdfNode[];
}

const MENTION = /\[~accountid:([^\]]+)\]/;

/** What a person types: one paragraph a line, `[~accountid:…]` becomes a mention. */
export function textToAdf(text: string): AdfDocument {
  return { version: 1, type: 'doc', content: text.split('\n').map(paragraph) };
}

function paragraph(line: string): AdfNode {
  const parts = line.split(MENTION).flatMap((part, at): AdfNode[] => {
    if (at % 2 === 1) return [{ type: 'mention', attrs: { id: part } }];
    return part === '' ? [] : [{ type: 'text', text: part }];
  });
  return parts.length === 0 ? { type: 'paragraph' } : { type: 'paragraph', content: parts };
}

/** The document as wiki markup, which is what webhooks carry. */
export function adfToWiki({ content }: AdfDocument): string {
  return content.map((block) => blockToWiki(block, '')).join('\n\n');
}

/** The words of a document, for searches. */
export function adfToText(document: AdfDocument | null): string {
  return document === null ? '' : adfToWiki(document);
}

function blockToWiki(node: AdfNode, bullet: string): string {
  const children = node.content ?? [];
  switch (node.type) {
    case 'bulletList':
    case 'orderedList': {
      const sign = bullet + (node.type === 'bulletList' ? '*' : '#');
      return children.map((child) => blockToWiki(child, sign)).join('\n');
    }
    case 'listItem':
      return children.map((child) => itemToWiki(child, bullet)).join('\n');
    case 'heading':
      return `h${Number(node.attrs?.['level'] ?? 1)}. ${inlineToWiki(node)}`;
    case 'codeBlock':
      return `{code}\n${inlineToWiki(node)}\n{code}`;
    case 'blockquote':
      return `{quote}\n${children.map((child) => blockToWiki(child, '')).join('\n')}\n{quote}`;
    case 'rule':
      return '----';
    default:
      return inlineToWiki(node);
  }
}

function itemToWiki(child: AdfNode, bullet: string): string {
  const text = blockToWiki(child, bullet);
  return child.type === 'paragraph' ? `${bullet} ${text}` : text;
}

function inlineToWiki(node: AdfNode): string {
  const attrs = node.attrs ?? {};
  switch (node.type) {
    case 'text':
      return markedText(node);
    case 'mention':
      return `[~accountid:${String(attrs['id'])}]`;
    case 'hardBreak':
      return '\n';
    case 'emoji':
      return String(attrs['shortName']);
    case 'inlineCard':
      return `[${String(attrs['url'])}]`;
    default:
      return (node.content ?? []).map(inlineToWiki).join('');
  }
}

const SIGNS: Readonly<Record<string, readonly [string, string]>> = {
  strong: ['*', '*'],
  em: ['_', '_'],
  strike: ['-', '-'],
  underline: ['+', '+'],
  code: ['{{', '}}'],
};

function markedText(node: AdfNode): string {
  return (node.marks ?? []).reduce((text, mark) => {
    if (mark.type === 'link')
      return `[${text}|${String(new Map(Object.entries(mark.attrs ?? {})).get('href'))}]`;
    const [open, close] = SIGNS[mark.type] ?? ['', ''];
    return open + text + close;
  }, node.text ?? '');
}
