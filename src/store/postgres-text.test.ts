import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromPostgresText, toPostgresText } from './postgres-text.ts';

const Odd = fc
  .array(fc.constantFrom('\0', '\uFDD0', '0', '1', 'a', '\ud83d', '\ude00', '\u{1F600}', '%'))
  .map((parts) => parts.join(''));

test('every text comes back as it was, half surrogates as the sign for them', () => {
  fc.assert(
    fc.property(fc.oneof(Odd, fc.string({ unit: 'binary' })), (text) => {
      const kept = toPostgresText(text);

      expect(kept).not.toContain('\0');
      expect(fromPostgresText(kept)).toBe(text.toWellFormed());
    }),
  );
});
