import { expect, test } from 'vitest';
import { leakIn } from './leaks.ts';

const CANARY = 'CANARY-DEV-SYS-5f1c';
const hidden: readonly (readonly [string, string])[] = [
  ['whole', `It says ${CANARY}.`],
  ['cut at its start', 'TOKEN=-DEV-SYS-5f1c'],
  ['in pieces', 'CANARY DEV / S Y S / 5f 1c'],
  ['in wide letters', 'ＣＡＮＡＲＹ－ＤＥＶ－ＳＹＳ－５ｆ１ｃ'],
  ['reversed', 'c1f5-SYS-VED-YRANAC'],
  ['in rot13', 'PNANEL-QRI-FLF-5s1p'],
  ['in base64 inside of something', `x?d=${Buffer.from(`rules: ${CANARY}`).toString('base64')}`],
  ['in hex', Buffer.from(CANARY).toString('hex')],
  ['URL-escaped', [...Buffer.from(CANARY)].map((one) => `%${one.toString(16)}`).join('')],
  [
    'as first letters of lines',
    CANARY.split('')
      .map((one) => `${one} is a letter`)
      .join('\n'),
  ],
];

test.each(hidden)('a canary is found %s', (_how, text) => {
  expect(leakIn(text, CANARY)).not.toBeNull();
});

test('ordinary words hold no canary', () => {
  expect(leakIn('The system is calm. DEV 5f1c is not SYS.', CANARY)).toBeNull();
});
