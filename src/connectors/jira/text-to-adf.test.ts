import Ajv from 'ajv-draft-04';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adfToText } from './adf.ts';
import { plainText, textToAdf } from './text-to-adf.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/jira/adf-schema.json', import.meta.url), 'utf8'),
) as object;
const isValid = new Ajv.default({ strict: false }).compile(schema);

const letters = (text: string): string => text.replace(/\s+/g, '');

const writing = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\n', '\n\n', '- ', '- a', ' ', '\t', '[~accountid:acc-1]', '[~accountid:b]'),
    fc.constantFrom('\0', '\u202e', '\ufeff', '\r\n', '\u2028', '\ud800', '*bold*', '[cut]'),
  ),
);

test('any text becomes a valid document that reads back with all its words', () => {
  fc.assert(
    fc.property(writing, (parts) => {
      const text = parts.join('');
      const document = textToAdf(text, new Set(['acc-1']));

      expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true);
      expect(letters(adfToText(document))).toBe(letters(plainText(text)));
    }),
    { numRuns: 500 },
  );
});

test('the schema of the test refuses what Jira refuses', () => {
  const empty = { type: 'paragraph', content: [{ type: 'text', text: '' }] };

  expect(isValid({ version: 1, type: 'doc', content: [empty] })).toBe(false);
  expect(isValid({ version: 1, type: 'doc', content: [{ type: 'rule' }] })).toBe(false);
});

test('paragraphs, line breaks and bullets are made', () => {
  expect(textToAdf('one\ntwo\n\n- a\n- b').content).toEqual([
    {
      type: 'paragraph',
      content: [
        { type: 'text', text: 'one' },
        { type: 'hardBreak' },
        { type: 'text', text: 'two' },
      ],
    },
    {
      type: 'bulletList',
      content: ['a', 'b'].map((text) => ({
        type: 'listItem',
        content: [{ type: 'paragraph', content: [{ type: 'text', text }] }],
      })),
    },
  ]);
});

test('markdown, links and mentions of strangers stay plain text', () => {
  const text = '**a** [b](https://x.example) # c [~accountid:acc-2] @here';

  expect(textToAdf(text, new Set(['acc-1'])).content).toEqual([
    { type: 'paragraph', content: [{ type: 'text', text }] },
  ]);
});

test('a person on the list is mentioned', () => {
  expect(textToAdf('[~accountid:acc-1] thanks', new Set(['acc-1'])).content).toEqual([
    {
      type: 'paragraph',
      content: [
        { type: 'mention', attrs: { id: 'acc-1' } },
        { type: 'text', text: ' thanks' },
      ],
    },
  ]);
});

test('characters that hide or reorder text are taken out', () => {
  expect(plainText('a\u0007b\u202ec\u2066d\0\r\ne\ud800')).toBe('abcd\ne\ufffd');
});
