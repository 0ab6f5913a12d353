import { expect, test } from 'vitest';
import fc from 'fast-check';
import { adfToText, bodyText } from './adf.ts';

interface Node {
  readonly type: string;
  readonly text?: string;
  readonly attrs?: object;
  readonly marks?: readonly object[];
  readonly content?: readonly Node[];
}

const text = (words: string): Node => ({ type: 'text', text: words });
const node = (type: string, ...content: Node[]): Node => ({ type, content });
const p = (...content: Node[]): Node => node('paragraph', ...content);
const doc = (...content: Node[]): Node => node('doc', ...content);
const leaf = (type: string, attrs: object): Node => ({ type, attrs });

test('paragraphs and hard breaks become lines', () => {
  const read = adfToText(doc(p(text('one'), { type: 'hardBreak' }, text('two')), p(text('three'))));

  expect(read).toBe('one\ntwo\nthree');
});

test('a mention keeps its account id', () => {
  const mention = leaf('mention', { id: '5b10:ab-1', text: '@Mia' });

  expect(adfToText(doc(p(text('ask '), mention)))).toBe('ask [~accountid:5b10:ab-1]');
});

test('lists keep their bullets, numbers and depth', () => {
  const inner = node('bulletList', node('listItem', p(text('deep'))));
  const list = node('bulletList', node('listItem', p(text('a')), inner), node('listItem', p()));
  const numbered: Node = {
    type: 'orderedList',
    attrs: { order: 3 },
    content: [node('listItem', p(text('c'))), node('listItem', p(text('d')))],
  };

  expect(adfToText(doc(list, numbered))).toBe('- a\n  - deep\n- \n3. c\n4. d');
});

test('tasks show whether they are done', () => {
  const task = (state: string): Node => ({ ...node('taskItem', text(state)), attrs: { state } });

  expect(adfToText(doc(node('taskList', task('TODO'), task('DONE'))))).toBe(
    '- [ ] TODO\n- [x] DONE',
  );
});

test('the cells of a table stand in one line', () => {
  const cell = (...words: string[]): Node =>
    node('tableCell', ...words.map((word) => p(text(word))));
  const table = node(
    'table',
    node('tableRow', cell('a', 'b'), cell('c')),
    node('tableRow', cell(), cell('d')),
  );

  expect(adfToText(doc(table, p(text('after'))))).toBe('a b | c\n| d\nafter');
});

test('dates, states, emoji, cards, code and attachments are words', () => {
  const read = adfToText(
    doc(
      p(leaf('date', { timestamp: '1772409600000' }), text(' '), leaf('status', { text: 'DONE' })),
      p(leaf('emoji', { shortName: ':ok:' }), leaf('inlineCard', { url: 'https://x.example/1' })),
      node('codeBlock', text('a = 1\nb = 2')),
      node('mediaSingle', leaf('media', { id: '1' })),
      node('madeUpNode', p(text('still read'))),
    ),
  );

  expect(read).toBe(
    '2026-03-02 DONE\n:ok:https://x.example/1\na = 1\nb = 2\n[attachment]\nstill read',
  );
});

test('a link shows where it goes', () => {
  const mark = { type: 'link', attrs: { href: 'https://x.example' } };

  expect(adfToText(doc(p({ ...text('here'), marks: [mark] })))).toBe('here (https://x.example)');
});

test('a document 3,000 levels deep is read', () => {
  let deep: Node = p(text('bottom'));
  for (let level = 0; level < 3_000; level += 1) deep = node('blockquote', deep);

  expect(adfToText(doc(deep))).toBe('bottom');
});

test('a huge document is cut and says so', () => {
  const words = Array.from({ length: 100_000 }, () => p(text('word')));
  const many: Node = { type: 'doc', content: words };
  const long = doc(p(text('x'.repeat(1_000_000))));

  expect(adfToText(many).endsWith('[cut]')).toBe(true);
  expect(adfToText(long)).toBe(`${'x'.repeat(20_000)}[cut]`);
  expect(adfToText(doc(p(text('abcdef'))), { nodes: 10, characters: 3 })).toBe('abc[cut]');
  expect(adfToText(doc(p(text('a')), p(text('b'))), { nodes: 3, characters: 9 })).toBe('a[cut]');
});

test('wiki text is left as it is', () => {
  expect(bodyText('ask [~accountid:x] *now*')).toBe('ask [~accountid:x] *now*');
  expect(bodyText(null)).toBeNull();
  expect(bodyText(7)).toBeNull();
});

test('no JSON value makes it throw', () => {
  const types = ['doc', 'paragraph', 'text', 'mention', 'tableRow', 'tableCell', 'orderedList'];
  const { tree } = fc.letrec((tie) => ({
    tree: fc.record(
      {
        type: fc.oneof(fc.constantFrom(...types), fc.jsonValue()),
        text: fc.jsonValue(),
        attrs: fc.jsonValue(),
        marks: fc.jsonValue(),
        content: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.array(tie('tree'), { maxLength: 3 })),
      },
      { requiredKeys: [] },
    ),
  }));

  fc.assert(
    fc.property(fc.oneof(tree, fc.jsonValue()), (value) => {
      expect(adfToText(value).isWellFormed()).toBe(true);
    }),
  );
});
