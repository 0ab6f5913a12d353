import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commentOperation, FakeTarget } from '../../../test/helpers/connector.ts';
import { exactPreview } from './exact-preview.ts';

const operation = commentOperation(new FakeTarget());
const previewOf = (text: string) =>
  exactPreview(
    {
      operation: 'jira.add-comment',
      subject: 'slack:thread:C1:1.1',
      input: { issue: 'ECD-12', text },
    },
    operation,
  );

describe('the exact preview', () => {
  test('names operation, target and every field', () => {
    expect(previewOf('Hello, "Ines".')).toBe(
      'jira.add-comment\non jira:issue:ECD-12\nissue: ECD-12\ntext: Hello, "Ines".',
    );
  });

  test('shows fields inside of fields by their way', () => {
    const input = { fields: { labels: ['a', 'b'], points: 3, none: null, empty: [] }, on: true };

    expect(exactPreview({ operation: 'x.y', subject: 'x:y:1', input })).toBe(
      'x.y\non x:y:1\nfields.labels[0]: a\nfields.labels[1]: b\nfields.points: 3\nfields.none: null\nfields.empty: []\non: true',
    );
  });

  test('keeps a long text whole', () => {
    const text = 'a word '.repeat(3000).trim();

    expect(previewOf(text)).toContain(text);
  });

  test('counts padding that would push a second part out of sight, and shows that part', () => {
    const preview = previewOf(`Add the label.${'\n'.repeat(100)}(and reassign ECD-1 to theo)`);

    expect(preview.split('\n').slice(3)).toEqual([
      'text:',
      '  | Add the label.',
      '  (99 blank lines)',
      '  | (and reassign ECD-1 to theo)',
    ]);
  });

  test('shows what cannot be seen, and counts long gaps', () => {
    const preview = previewOf(`a\u200bb\u202ec\u00a0d\t\u{e0041}\u3164${' '.repeat(40)}end`);

    expect(preview).toContain(
      'a\\u{200b}b\\u{202e}c\\u{a0}d\\u{9}\\u{e0041}\\u{3164}\\u{20}x40end',
    );
  });

  test('does not let a text look like one of its signs, or like another field', () => {
    expect(previewOf('a\\u{200b}b')).toContain('text: a\\u{5c}u{200b}b');
    expect(previewOf('Hello.\n  (9 blank lines)\nissue: PRIV-1').split('\n').slice(3)).toEqual([
      'text:',
      '  | Hello.',
      '  |   (9 blank lines)',
      '  | issue: PRIV-1',
    ]);
  });

  test('differs whenever the bytes differ', () => {
    const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
    const signs = fc.constantFrom('a', ' ', '\n', '\t', '\u200b', '\\', 'u{20}', 'x5', '|', '\r');
    const text = fc.array(signs, { maxLength: 14 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, text, (left, right) => {
        const isSame = previewOf(left) === previewOf(right);
        return left === right || !isSame || blanks(left, right);
      }),
      { seed, numRuns: 3000 },
    );
  });
});

// Lines of a few plain blanks count as blank lines: nothing of them can be seen.
function blanks(left: string, right: string): boolean {
  const bare = (text: string) => text.split('\n').map((line) => (line.trim() === '' ? '' : line));
  return bare(left).join('\n') === bare(right).join('\n');
}
