import { expect, test } from 'vitest';
import { memoryLimit } from './memory-limit.ts';

const MACHINE = 16 * 2 ** 30;

test('a limit of the system is told, and none is no number', () => {
  expect(memoryLimit(2 ** 30, MACHINE)).toBe(2 ** 30);
  expect(memoryLimit(0, MACHINE)).toBeNull();
  expect(memoryLimit(2 ** 64, MACHINE)).toBeNull();
});
