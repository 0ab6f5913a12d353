import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commentUpdatedKey, errorChangedKey } from './keys.ts';

const HOUR = 3_600_000;

test('a change has one key however much later in its hour the last occurrence was read', () => {
  const hour = fc.integer({ min: 400_000, max: 600_000 });
  const within = fc.integer({ min: 0, max: HOUR - 1 });
  fc.assert(
    fc.property(hour, within, within, (at, push, poll) => {
      const keyOf = (lastSeen: number): string =>
        errorChangedKey('7', { word: 'unresolved', lastSeen });

      expect(keyOf(at * HOUR + push)).toBe(keyOf(at * HOUR + poll));
      expect(keyOf(at * HOUR + push)).not.toBe(keyOf((at + 1) * HOUR + poll));
    }),
  );
});

test('changes of another kind, to another issue or to another person have other keys', () => {
  const keys = [
    errorChangedKey('7', { word: 'assigned', lastSeen: 0, assignee: 'user:1' }),
    errorChangedKey('7', { word: 'assigned', lastSeen: 0, assignee: 'team:1' }),
    errorChangedKey('7', { word: 'resolved', lastSeen: 0 }),
    errorChangedKey('8', { word: 'resolved', lastSeen: 0 }),
    commentUpdatedKey('7', 'one'),
    commentUpdatedKey('7', 'two'),
  ];

  expect(new Set(keys).size).toBe(keys.length);
});
