import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBoundedJson } from './bounded-json.ts';

const parse = (text: string) => parseBoundedJson(Buffer.from(text));

describe('parseBoundedJson', () => {
  test('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const parsed = parse(text);
        if (!parsed.ok) return parsed.reason === 'two equal keys in one object';
        if (/\d{16}/.test(text)) return true;
        expect(parsed.value).toEqual(JSON.parse(text));
        return true;
      }),
    );
  });

  test('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(typeof parseBoundedJson(bytes).ok).toBe('boolean');
      }),
    );
  });

  test.each([
    ['', 'the body is empty'],
    [' \n', 'the body is empty'],
    ['{"a":1,"b":{"a":2},"a":3}', 'two equal keys in one object'],
    ['{"a":1,"\\u0061":2}', 'two equal keys in one object'],
    ['{"a":1', 'the body is not valid JSON'],
    ['{"a":NaN}', 'the body is not valid JSON'],
    ['['.repeat(65) + ']'.repeat(65), 'nested deeper than 64 levels'],
  ])('refuses %j', (text, reason) => {
    expect(parse(text)).toEqual({ ok: false, reason });
  });

  test('refuses a hundred thousand keys before parsing them', () => {
    const text = `{${Array.from({ length: 100_001 }, (_, n) => `"k${n}":0`).join(',')}}`;

    expect(parse(text)).toEqual({ ok: false, reason: 'more than 100000 keys' });
  });

  test('refuses bytes that are not UTF-8', () => {
    const bytes = Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);

    expect(parseBoundedJson(bytes)).toEqual({ ok: false, reason: 'the body is not valid UTF-8' });
  });

  test('keeps two ids apart that differ only above 2^53', () => {
    expect(parse('{"id":9007199254740993}')).toEqual({
      ok: true,
      value: { id: '9007199254740993' },
    });
    expect(parse('{"id":9007199254740992}')).not.toEqual(parse('{"id":9007199254740993}'));
  });

  test('leaves prototypes alone', () => {
    parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');

    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
