import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/guarantees.md', ROOT), 'utf8');

test('every test that the page of guarantees names is there', () => {
  const named = [...page.matchAll(/`((?:test|src|emulators)\/[^`*]+)`/g)].map(
    ([, path]) => path ?? '',
  );

  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(fileURLToPath(new URL(path, ROOT))))).toEqual([]);
});
