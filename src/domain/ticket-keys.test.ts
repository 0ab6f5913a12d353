import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ticketKeys } from './ticket-keys.ts';

const projects = new Set(['ECD', 'PAY', 'A1_B']);

describe('keys of known projects are found', () => {
  test.each([
    ['ECD-12 is blocked', ['ECD-12']],
    ['see ECD-12, PAY-3 and ECD-12 again', ['ECD-12', 'PAY-3']],
    ['feature/ecd-123-rounding', ['ECD-123']],
    ['[ECD-7] Fix it (PAY-8)', ['ECD-7', 'PAY-8']],
    ['https://acme.example/browse/ECD-9?x=1', ['ECD-9']],
    ['It ends with ECD-5.', ['ECD-5']],
    ['A1_B-4 too', ['A1_B-4']],
    ['bugfix/PAY-77_retry', ['PAY-77']],
  ])('%s', (text, keys) => {
    expect(ticketKeys(text, projects)).toEqual(keys);
  });
});

describe('what only looks like a key is none', () => {
  test.each([
    'UTF-8 and SHA-256',
    'ISO-8601',
    'XECD-12',
    'my_ECD-12',
    'ECD-0',
    'ECD-12x',
    'ECD-1.5 was released',
    'ECD -12',
    'ECD-',
    'ECD-1234567890',
  ])('%s', (text) => {
    expect(ticketKeys(text, projects)).toEqual([]);
  });
});

test('without known projects nothing is a key', () => {
  expect(ticketKeys('ECD-12', new Set())).toEqual([]);
});

test('a long list is cut at ten', () => {
  const text = Array.from({ length: 50 }, (_, n) => `ECD-${n + 1}`).join(' ');

  expect(ticketKeys(text, projects)).toHaveLength(10);
});

test('a key in any surroundings is found where words end beside it', () => {
  const side = fc.string().map((text) => text.replace(/[A-Za-z0-9_.-]/g, ' '));

  fc.assert(
    fc.property(side, side, (left, right) => {
      expect(ticketKeys(`${left}ECD-42${right}`, projects)).toEqual(['ECD-42']);
    }),
  );
});
