import { describe, expect, test } from 'vitest';
import { cleaned, escapeText, renderMessage } from './blocks.ts';
import { plainText } from './plain-text.ts';
import { compareTimestamps, millisOf, timestampAt } from './timestamp.ts';

describe("Slack's text as plain text", () => {
  test.each([
    ['a &amp; b &lt;c&gt; &amp;lt;', 'a & b <c> &lt;'],
    ['<@U1> and <@U1|mia>', '<@U1> and <@U1>'],
    ['<#C1|payments> <#C2>', '#payments #C2'],
    ['<!here> <!channel|@channel> <!everyone>', '@here @channel @everyone'],
    ['<!subteam^S1|@leads> <!subteam^S1>', '@leads @subteam S1'],
    ['<!date^1392734382^{date}|Feb 18, 2014>', 'Feb 18, 2014'],
    ['<https://x.example|label>', 'label (https://x.example)'],
    ['<https://x.example> <https://x.example|x.example>', 'https://x.example https://x.example'],
    ['<mailto:mia@acme.example|mia@acme.example>', 'mia@acme.example'],
    ['<unclosed', '<unclosed'],
  ])('%s', (escaped, plain) => {
    expect(plainText(escaped)).toBe(plain);
  });
});

describe('plain text for Slack', () => {
  test('what it escapes comes back as it was', () => {
    for (const text of ['<!channel> & <@U1>', '&lt;', 'a|b> <https://x|y>']) {
      expect(plainText(escapeText(text))).toBe(text);
      expect(escapeText(text)).not.toMatch(/[<>]/);
    }
  });

  test('a long text is cut into sections that fit, whole characters and entities only', () => {
    const text = '&😀'.repeat(2_000);
    const { blocks } = renderMessage(text);
    const texts = blocks.map((block) => (block as { text: { text: string } }).text.text);

    expect(texts.every((one) => one.length <= 3_000)).toBe(true);
    expect(texts.join('')).toBe(escapeText(text));
    expect(texts.every((one) => /^(?:&amp;|😀)+$/u.test(one))).toBe(true);
  });

  test('fifty blocks at the most, the buttons among them', () => {
    const { blocks } = renderMessage('x'.repeat(3_000 * 60), [{ id: 'ok', label: 'OK' }]);

    expect(blocks).toHaveLength(50);
    expect(blocks.at(-1)).toMatchObject({ type: 'actions' });
  });

  test('what cannot be seen is taken out', () => {
    expect(cleaned('a\u0000\u202eb\u200bc\nd\te\ufeff\ud800')).toBe('abc\nd\te\ufffd');
  });

  test('of a megabyte of the worst text no more is read or rendered than can be shown', () => {
    const size = 1024 * 1024;
    for (const one of ['<', '&', '<@', '<a|', '&amp;', '>', '\u202e', '<!subteam^']) {
      const text = one.repeat(size / one.length);

      expect(plainText(text).length).toBeLessThanOrEqual(20_000);
      expect(escapeText(text)).not.toMatch(/[<>]/);
      expect(renderMessage(text).blocks.length).toBeLessThanOrEqual(50);
      expect(renderMessage(text).text.length).toBeLessThanOrEqual(40_000);
    }
  });
});

describe('timestamps', () => {
  test('are compared as text, with all their digits', () => {
    const sorted = ['999.000001', '1700000000.000001', '1700000000.000002', '1700000000.100000'];
    expect([...sorted].reverse().sort(compareTimestamps)).toEqual(sorted);
    expect(compareTimestamps('1.000000', '1.000000')).toBe(0);
    // As numbers these two are the same.
    expect(compareTimestamps('9007199254740.000001', '9007199254740.000002')).toBe(-1);
  });

  test('are milliseconds and back', () => {
    expect(millisOf('1719209506.817929')).toBe(1_719_209_506_817);
    expect(timestampAt(1_719_209_506_817)).toBe('1719209506.817000');
    expect(timestampAt(-5)).toBe('0.000000');
  });
});
